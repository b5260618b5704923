/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <athreading/athreading.h>

G_BEGIN_DECLS

/* What the user says about a file that cannot be read. */
typedef enum
{
  SHEET_ANSWER_SKIP,
  SHEET_ANSWER_SKIP_ALL,
  SHEET_ANSWER_STOP,
} SheetAnswer;

/* A job reads all files below a folder, and fills a list with their items. There are two ways to do this:
 * SheetStreamJob and SheetIdleJob.
 *
 * Signals:
 *   ask (AthrQuestion *, name, message):  a worker cannot read a file; the answer is a SheetAnswer, an int
 *   done ():                              no worker works for the job any more; the job emits this once */

#define SHEET_TYPE_JOB (sheet_job_get_type ())
G_DECLARE_DERIVABLE_TYPE (SheetJob, sheet_job, SHEET, JOB, GObject)

struct _SheetJobClass
{
  GObjectClass parent_class;

  void (*start) (SheetJob *self);
  void (*stop)  (SheetJob *self);
};

void          sheet_job_start         (SheetJob     *self);
void          sheet_job_stop          (SheetJob     *self);

GListModel   *sheet_job_get_items     (SheetJob     *self);
gboolean      sheet_job_is_running    (SheetJob     *self);
gboolean      sheet_job_was_stopped   (SheetJob     *self);
double        sheet_job_get_fraction  (SheetJob     *self);
const char   *sheet_job_get_text      (SheetJob     *self);
guint         sheet_job_get_n_found   (SheetJob     *self);
guint         sheet_job_get_n_skipped (SheetJob     *self);
const GError *sheet_job_get_error     (SheetJob     *self);

/* For the two kinds of job */
void          sheet_job_set_items     (SheetJob     *self,
                                       GListModel   *items);
void          sheet_job_set_text      (SheetJob     *self,
                                       const char   *text);
void          sheet_job_set_n_found   (SheetJob     *self,
                                       guint         n_found);
void          sheet_job_add_skipped   (SheetJob     *self);
void          sheet_job_ask           (SheetJob     *self,
                                       AthrQuestion *question,
                                       const char   *name,
                                       const char   *message);
void          sheet_job_end           (SheetJob     *self,
                                       const GError *error);

G_END_DECLS
