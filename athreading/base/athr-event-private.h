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
  GCond changed;     /* (events_lock) */
  gboolean is_set;   /* (events_lock) */
  gboolean is_woken; /* (events_lock) */
  guint64 thread;    /* set once, before the event is enlisted */
  GList link;        /* (events_lock) */
} AthrEvent;

void     athr_event_init        (AthrEvent *self);
void     athr_event_clear       (AthrEvent *self);
/* Any thread. */
void     athr_event_set         (AthrEvent *self);
/* TRUE when the event was set. */
gboolean athr_event_reset       (AthrEvent *self);
/* Waits until the event is set, or until athr_event_wake_thread() wakes the thread, and resets the event. TRUE when the
 * event was set. */
gboolean athr_event_wait        (AthrEvent *self);

/* The calling thread is about to wait for the event: from now on other threads find the thread blocked, and can wake
 * it. */
void     athr_event_enlist      (AthrEvent *self);
void     athr_event_delist      (AthrEvent *self);
/* Whether @thread, a number of athr_thread_id(), has enlisted an event. */
gboolean athr_event_blocks      (guint64    thread);
/* Ends the wait of @thread, if it is blocked, without setting its event. */
void     athr_event_wake_thread (guint64    thread);

G_END_DECLS
