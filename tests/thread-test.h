/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

#include "athr-test.h"

/* Helpers for tests with threads. */

/* Runs @func on another thread, and waits until that thread has ended. */
static inline gpointer
athr_test_elsewhere (GThreadFunc func,
                     gpointer    data)
{
  return g_thread_join (g_thread_new ("elsewhere", func, data));
}

/* A GThreadFunc. */
static inline gpointer
athr_test_cancel (gpointer cancellable)
{
  g_cancellable_cancel (cancellable);
  return NULL;
}

/* Keeps the processor busy. */
static inline void
athr_test_burn (gint64 microseconds)
{
  gint64 end = g_get_monotonic_time () + microseconds;

  while (g_get_monotonic_time () < end)
    ;
}
