/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "athr-examples.h"

#include <math.h>

/* JavaScript and Lua functions cannot run on threads. So a C library offers its work as calls and
 * streams, which these languages can use. */

/* On a worker thread */
static void
work (AthrCall *call, gpointer x, GError **error)
{
  g_usleep (G_USEC_PER_SEC / 2);
  athr_call_return (call, G_TYPE_DOUBLE, sqrt (*(double *) x));
}

/**
 * athr_examples_sqrt_call_new:
 * @x: a number
 *
 * Creates a call that computes the square root of @x in half a second.
 *
 * Threads: any; the new call belongs to the caller's thread.
 *
 * Returns: (transfer full): a new call of a gdouble
 */
AthrCall *
athr_examples_sqrt_call_new (double x)
{
  return athr_call_new (work, g_memdup2 (&x, sizeof x), g_free);
}

/* On a worker thread */
static void
produce (AthrYielder *yielder, gpointer n, GError **error)
{
  for (guint i = 0; i < GPOINTER_TO_UINT (n); i++)
    {
      g_autoptr (GDateTime) now = NULL;

      g_usleep (G_USEC_PER_SEC / 2);
      now = g_date_time_new_now_local ();
      if (!athr_yielder_yield (yielder, error, G_TYPE_DATE_TIME, now))
        return;
    }
}

/**
 * athr_examples_timestamps_stream_new:
 * @n: how many time stamps
 * @executor: (nullable): an executor; null for the default one
 *
 * Creates a stream of @n time stamps, one for each half second.
 *
 * Threads: any; the new stream belongs to the caller's thread.
 *
 * Returns: (transfer full): a new stream of [struct@GLib.DateTime]
 */
AthrStream *
athr_examples_timestamps_stream_new (guint         n,
                                     AthrExecutor *executor)
{
  AthrStream *stream = athr_stream_new (produce, GUINT_TO_POINTER (n), NULL);

  athr_stream_set_executor (stream, executor);

  return stream;
}
