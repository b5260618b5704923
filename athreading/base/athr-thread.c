/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#define _GNU_SOURCE /* gettid() */

#include "config.h"

#include <unistd.h>

#include "base/athr-fork-private.h"
#include "base/athr-thread-private.h"

static _Thread_local guint64 thread_id;
static _Thread_local int kernel_id; /* 0: not asked for yet */

static void
athr_thread_forked (void)
{
  kernel_id = 0;
}

ATHR_IN_FORKED_CHILD (athr_thread_forked)

guint64
athr_thread_id (void)
{
  static gsize last; /* atomic; it orders no other access */

  if (G_UNLIKELY (thread_id == 0))
    thread_id = (guint64) g_atomic_pointer_add (&last, 1) + 1;

  return thread_id;
}

int
athr_thread_get_kernel_id (void)
{
  if (G_UNLIKELY (kernel_id == 0))
    kernel_id = gettid ();

  return kernel_id;
}
