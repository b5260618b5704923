/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _AthrJob AthrJob;

/* A piece of work for a worker thread. The job belongs to the struct that embeds it. */
struct _AthrJob
{
  /* On a worker, unlocked. The job may be gone when this returns. */
  void (*run) (AthrJob *job);
  /* Instead of run, on any thread, unlocked: because of @error, the job will never run. */
  void (*fail) (AthrJob      *job,
                const GError *error);
  gpointer data;   /* set once; for run and fail */
  int priority;    /* set once; a job of a lower number runs first */
  GList link;      /* (lock of the queue) */
  gboolean queued; /* (lock of the queue) */
};

/* Jobs, ordered by priority. Jobs of one priority leave the queue in the order in which they
 * entered it. The owner of the queue does the locking. */
typedef struct
{
  GArray *levels; /* (element-type AthrJobLevel), ordered, none empty */
  int length;     /* atomic, for threads that read it unlocked to see whether there is a job */
} AthrJobQueue;

void      athr_job_queue_init   (AthrJobQueue *self);
void      athr_job_queue_clear  (AthrJobQueue *self);
void      athr_job_queue_push   (AthrJobQueue *self,
                                 AthrJob      *job);
AthrJob  *athr_job_queue_pop    (AthrJobQueue *self);
gboolean  athr_job_queue_remove (AthrJobQueue *self,
                                 AthrJob      *job);

G_END_DECLS
