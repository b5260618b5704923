/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _AthrJob AthrJob;
typedef struct _AthrJobLevel AthrJobLevel;

/* What may hold a job back. */
typedef enum
{
  ATHR_JOB_DEFAULT,  /* a pause */
  ATHR_JOB_PRODUCER, /* a pause, and producers that wait for room; the job may wait for room */
  ATHR_JOB_CLEAN_UP, /* nothing */
  ATHR_JOB_N_KINDS
} AthrJobKind;

/* A piece of work for a worker thread. The job belongs to the struct that embeds it. */
struct _AthrJob
{
  /* On a worker, unlocked. The job may be gone when this returns. */
  void (*run) (AthrJob *job);
  /* Instead of run, on any thread, unlocked: because of @error, the job will never run. */
  void (*fail) (AthrJob      *job,
                const GError *error);
  gpointer data;       /* set once; for run and fail */
  gboolean returns_task; /* set once; run() returns a GTask, which takes the lock of a main context in GLib */
  int priority;        /* (lock of the queue); a job of a lower number runs first */
  AthrJobKind kind;    /* (lock of the queue) */
  gboolean is_urgent;  /* (lock of the queue); the job runs before all others */
  gboolean has_begun;  /* (lock of the queue); a worker has taken the job out of the queue */
  guint64 serial;      /* (lock of the queue); the order within a priority */
  AthrJobLevel *level; /* (lock of the queue); NULL when the job is not queued */
  GList link;          /* (lock of the queue) */
  AthrJob *next;       /* in the list of jobs that were submitted to a pool */
};

/* Jobs, ordered by priority, and by serial within one priority. Each function takes a time
 * that is at most logarithmic in the number of priorities, if jobs are pushed in the order of
 * their serials. The owner of the queue does the locking. */
typedef struct
{
  GTree *levels;       /* (element-type AthrJobLevel); only the last one may be empty */
  AthrJobLevel *first; /* the level whose jobs run first; NULL before the first one */
  AthrJobLevel *last;  /* the level that was used last; NULL before the first one */
  guint length;
} AthrJobQueue;

/* Whether @job runs before @other. */
gboolean  athr_job_is_before    (const AthrJob *job,
                                 const AthrJob *other);

void      athr_job_queue_init   (AthrJobQueue  *self);
void      athr_job_queue_clear  (AthrJobQueue  *self);
void      athr_job_queue_push   (AthrJobQueue  *self,
                                 AthrJob       *job);
AthrJob  *athr_job_queue_peek   (AthrJobQueue  *self);
/* @job is in this queue. */
void      athr_job_queue_remove (AthrJobQueue  *self,
                                 AthrJob       *job);

G_END_DECLS
