/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* An auto-reset event: one thread waits until another thread sets the event. The event may
 * live on the stack of the waiting thread. All events share one lock, since the waiting
 * thread may have freed the event, and the object that it waited for, before the setting
 * thread releases the lock. */
typedef struct
{
  GCond changed;   /* (events_lock) */
  gboolean is_set; /* (events_lock) */
} AthrEvent;

void athr_event_init  (AthrEvent *self);
void athr_event_clear (AthrEvent *self);
/* Any thread. */
void athr_event_set   (AthrEvent *self);
/* Waits until the event is set, and resets the event. If the caller is a worker, its pool
 * gives the worker's place to other work meanwhile. */
void athr_event_wait  (AthrEvent *self);

G_END_DECLS
