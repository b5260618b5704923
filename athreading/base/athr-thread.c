/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "base/athr-thread-private.h"

static _Thread_local guint64 thread_id;

guint64
athr_thread_id (void)
{
  static gsize last; /* atomic; it orders no other access */

  if (G_UNLIKELY (thread_id == 0))
    thread_id = (guint64) g_atomic_pointer_add (&last, 1) + 1;

  return thread_id;
}
