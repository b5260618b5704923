/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <athreading/athreading.h>

/* What the benchmarks share. A benchmark measures each way in turn, many times, so that other load
 * on the machine affects all ways alike. The median of the turns counts. */

#define BENCH_MAX_TURNS 32

static inline int
bench_compare (const void *a,
               const void *b)
{
  double first = *(const double *) a, second = *(const double *) b;

  return (first > second) - (first < second);
}

static inline double
bench_median (const double *turns,
              guint         n_turns)
{
  double sorted[BENCH_MAX_TURNS];

  g_assert (n_turns > 0 && n_turns <= BENCH_MAX_TURNS);
  memcpy (sorted, turns, n_turns * sizeof (double));
  qsort (sorted, n_turns, sizeof (double), bench_compare);

  return sorted[n_turns / 2];
}
