/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <athreading/athreading.h>

#include <malloc.h>

/* A row of the table: one kind of work, and the ways to do it. The program measures the ways in turn, many
 * times, so that other load on the machine affects all ways alike. The median of the turns counts. */

typedef struct _BenchRow BenchRow;
typedef struct _BenchWay BenchWay;

struct _BenchWay
{
  const char *name;
  /* Does the work for `n` units. Returns the figure of one unit, in the unit of the row. */
  double (*measure) (const BenchRow *row, const BenchWay *way, guint n);
  const void *how; /* what `measure` knows about this way */
  guint share;     /* divides the number of units, because slow ways need long; 0: 1 */
};

struct _BenchRow
{
  const char *name;  /* in the JSON and on the command line */
  const char *title; /* in the table */
  const char *unit;
  guint n;           /* how many units a turn has */
  guint scale;       /* how many calls in flight, streams or contexts: what `measure` makes of it */
  guint n_turns;     /* at most; 0: as many as the program is told */
  BenchWay ways[12];  /* the last has no name */
};

/* The rows of each file end with a row that has no name. */
extern const BenchRow bench_call_rows[];
extern const BenchRow bench_value_rows[];
extern const BenchRow bench_stream_rows[];
extern const BenchRow bench_map_rows[];
extern const BenchRow bench_cost_rows[];
extern const BenchRow bench_memory_rows[];

/* Microseconds since `begin`, a time of g_get_monotonic_time() */
static inline double
bench_since (gint64 begin)
{
  return g_get_monotonic_time () - begin;
}

/* Iterates the default main context until *is_over is TRUE. */
static inline void
bench_iterate (const gboolean *is_over)
{
  while (!*is_over)
    g_main_context_iteration (NULL, TRUE);
}

/* Bytes that malloc() has given out */
static inline gsize
bench_memory (void)
{
  struct mallinfo2 info = mallinfo2 ();

  return info.uordblks + info.hblkhd;
}

/* Frees what earlier turns have left in the default main context. */
static inline void
bench_settle (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}
