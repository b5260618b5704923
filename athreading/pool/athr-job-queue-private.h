/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _AthrJob AthrJob;

/* A piece of work for a worker thread. It belongs to what embeds it. */
struct _AthrJob
{
  /* On a worker, unlocked. The job may be gone when it returns. */
  void (*run) (AthrJob *job);
  /* Instead of run, on any thread, unlocked: the job will never run, because of @error. */
  void (*fail) (AthrJob      *job,
                const GError *error);
  gpointer data;   /* set once; for run and fail */
  int priority;    /* set once; a lower number first */
  GList link;      /* (lock of the queue) */
  gboolean queued; /* (lock of the queue) */
};

/* Jobs by priority, first in first out within one. The owner of the queue locks it. */
typedef struct
{
  GArray *levels; /* (element-type AthrJobLevel), ordered, none empty */
  int length;     /* atomic, for threads that only look whether there is a job */
} AthrJobQueue;

void     athr_job_queue_init   (AthrJobQueue *self);
void     athr_job_queue_clear  (AthrJobQueue *self);
void     athr_job_queue_push   (AthrJobQueue *self,
                                AthrJob      *job);
AthrJob *athr_job_queue_pop    (AthrJobQueue *self);
gboolean athr_job_queue_remove (AthrJobQueue *self,
                                AthrJob      *job);

G_END_DECLS
