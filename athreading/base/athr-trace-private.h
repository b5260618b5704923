/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "base/athr-alive-private.h"

G_BEGIN_DECLS

/* What the library tells of the life of objects while it goes on: to the table of what is alive, always; to the
 * debug log of the domain `Athr`, and to Sysprof, if somebody listens. What listens is looked up once, at the first
 * use. From then on what nobody listens to costs a comparison.
 *
 * A log writer is the user's code. So all of these functions are called unlocked. */

enum
{
  ATHR_TRACE_KNOWN = 1 << 0, /* the other bits are right */
  ATHR_TRACE_LOG = 1 << 1,
  ATHR_TRACE_MARKS = 1 << 2,
};

G_GNUC_INTERNAL extern int athr_trace_mode; /* atomic; it orders no other access */

void athr_trace_tell_start     (AthrAlive    *alive,
                                const char   *executor);
void athr_trace_tell_queue     (AthrAlive    *alive);
void athr_trace_tell_begin     (AthrAlive    *alive,
                                gboolean      is_first);
void athr_trace_tell_pause     (AthrAlive    *alive);
void athr_trace_tell_return    (AthrAlive    *alive);
void athr_trace_tell_stop      (AthrAlive    *alive,
                                const char   *what);
void athr_trace_tell_end       (AthrAlive    *alive,
                                const GError *error);
void athr_trace_tell_delivered (AthrAlive    *alive);
void athr_trace_tell_executor  (const char   *name,
                                const char   *what);

static inline gboolean
athr_trace_is_on (void)
{
  return G_UNLIKELY (g_atomic_int_get (&athr_trace_mode) != ATHR_TRACE_KNOWN);
}

/* The object starts. @executor: (nullable): the name */
static inline void
athr_trace_start (AthrAlive  *alive,
                  const char *executor)
{
  if (athr_trace_is_on ())
    athr_trace_tell_start (alive, executor);
}

/* The job of the object is about to be queued. */
static inline void
athr_trace_queue (AthrAlive *alive)
{
  athr_alive_queue (alive);
  if (athr_trace_is_on ())
    athr_trace_tell_queue (alive);
}

/* On the worker: the function begins. */
static inline void
athr_trace_begin (AthrAlive *alive)
{
  gboolean is_first = alive->begun == 0;

  athr_alive_begin (alive);
  if (athr_trace_is_on ())
    athr_trace_tell_begin (alive, is_first);
}

/* On the worker: the function has returned, and may be called again. */
static inline void
athr_trace_pause (AthrAlive *alive)
{
  athr_alive_pause (alive, ATHR_ALIVE_PARKED);
  if (athr_trace_is_on ())
    athr_trace_tell_pause (alive);
}

/* On the worker: the function has returned. */
static inline void
athr_trace_return (AthrAlive *alive)
{
  athr_alive_pause (alive, ATHR_ALIVE_RETURNED);
  if (athr_trace_is_on ())
    athr_trace_tell_return (alive);
}

/* Any thread stops the object: @what it does to the object is a verb. */
static inline void
athr_trace_stop (AthrAlive  *alive,
                 const char *what)
{
  athr_alive_add_flag (alive, ATHR_ALIVE_STOPPED);
  if (athr_trace_is_on ())
    athr_trace_tell_stop (alive, what);
}

/* The outcome is fixed. */
static inline void
athr_trace_end (AthrAlive      *alive,
                AthrAliveState  state,
                const GError   *error)
{
  athr_alive_set_state (alive, state);
  if (athr_trace_is_on ())
    athr_trace_tell_end (alive, error);
}

/* The owner's thread has heard that the function has returned. */
static inline void
athr_trace_delivered (AthrAlive *alive)
{
  if (athr_trace_is_on ())
    athr_trace_tell_delivered (alive);
}

/* What happens to the executor @name is a verb. */
static inline void
athr_trace_executor (const char *name,
                     const char *what)
{
  if (athr_trace_is_on ())
    athr_trace_tell_executor (name, what);
}

G_END_DECLS
