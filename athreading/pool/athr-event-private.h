/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* An auto-reset event: one thread waits until another sets it. It may live on the stack of
 * the thread that waits. All events share one lock, since the object that the thread waits
 * for, and its lock, may be gone when the setting thread leaves. */
typedef struct
{
  GCond changed;   /* (events_lock) */
  gboolean is_set; /* (events_lock) */
} AthrEvent;

void athr_event_init  (AthrEvent *self);
void athr_event_clear (AthrEvent *self);
/* Any thread. */
void athr_event_set   (AthrEvent *self);
/* Waits until the event is set, and resets it. On a worker, the pool gives the worker's place
 * to other work meanwhile. */
void athr_event_wait  (AthrEvent *self);

G_END_DECLS
