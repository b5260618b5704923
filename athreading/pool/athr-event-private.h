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
  GCond woken;       /* (events_lock) */
  gboolean is_woken; /* (events_lock) */
} AthrEvent;

void athr_event_init  (AthrEvent *self);
void athr_event_clear (AthrEvent *self);
/* Any thread. */
void athr_event_set   (AthrEvent *self);
/* Waits until it is woken, and makes it one that can be woken again. On a worker, the
 * place in its pool is free meanwhile. */
void athr_event_wait  (AthrEvent *self);

G_END_DECLS
