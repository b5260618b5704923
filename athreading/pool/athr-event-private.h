/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "pool/athr-pool-private.h"

G_BEGIN_DECLS

/* A thread that is blocked until it is woken, once; it may live on that thread's stack.
 * It is woken under a lock that is nobody's, since what it waited for may be gone when
 * the one who wakes it leaves. */
typedef struct
{
  GCond woken;       /* (sleepers_lock) */
  gboolean is_woken; /* (sleepers_lock) */
} AthrSleeper;

void     athr_sleeper_init     (AthrSleeper *self);
void     athr_sleeper_clear    (AthrSleeper *self);
/* Any thread. */
void     athr_sleeper_wake     (AthrSleeper *self);
/* Waits until it is woken, and makes it one that can be woken again. On a worker, the
 * place in its pool is free meanwhile. */
void     athr_sleeper_sleep    (AthrSleeper *self);

G_END_DECLS
