/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bench.h"

/* Round trips: a worker runs a function, and the main loop calls a callback. A crowd keeps so many of them
 * in flight: each callback starts the next one. */

typedef struct _Crowd Crowd;

/* Starts one round trip, at whose end the main loop calls crowd_ended(). */
typedef void (*CrowdStartFunc) (Crowd *crowd);

struct _Crowd
{
  CrowdStartFunc start;
  guint work;              /* microseconds of processor time that each function takes */
  gulong sleep;            /* microseconds that each function sleeps */
  guint n_to_start;
  guint n_to_end;
  AthrExecutor *executor;  /* of the calls; NULL: the default */
  GMainContext *context;   /* in which the callbacks come; NULL: the default */
};

void   crowd_work          (const Crowd *crowd);
void   crowd_ended         (Crowd       *crowd);

/* Runs `n` round trips, `n_in_flight` at once, in the thread-default main context. */
void   crowd_run           (Crowd       *crowd,
                            guint        n_in_flight,
                            guint        n);

void   call_start          (Crowd       *crowd);
void   run_task_start      (Crowd       *crowd);
void   task_start          (Crowd       *crowd);
void   pool_start          (Crowd       *crowd);
void   floor_call_start    (Crowd       *crowd);
void   floor_task_start    (Crowd       *crowd);
void   dex_fiber_start     (Crowd       *crowd);

/* For rows of calls. The field `how` of the way has a pointer to the CrowdStartFunc. */
double bench_measure_calls (const BenchRow *row,
                            const BenchWay *way,
                            guint           n);
