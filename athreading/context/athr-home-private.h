/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "context/athr-context-queue-private.h"

G_BEGIN_DECLS

/* Which main context an object belongs to. The functions named `ref` return a new
 * reference. */

/* The queue of @context, which the caller keeps alive during the call. */
AthrContextQueue *athr_home_ref_for_context (GMainContext *context);
/* The home of an object that the calling thread creates now: the thread-default context; on a
 * worker that has none, the home of the work; elsewhere the default context. */
AthrContextQueue *athr_home_ref             (void);
/* The context to which home moves when the calling thread starts an operation on an object, or
 * NULL: then home stays. */
GMainContext     *athr_home_get_moved_context (void);
/* The new home of an object, whose home was @home, when the calling thread starts an operation
 * on the object: the thread-default context, or else the default context. On a worker that
 * has no thread-default context, @home stays. */
AthrContextQueue *athr_home_ref_moved       (AthrContextQueue *home);

/* A critical when @function, of the object @title, is called on another thread than the owner's.
 * Nevertheless @function goes on, since the program may be about to iterate the main context on
 * another thread than before. The thread whose number is @creator may use the object, too. */
void              athr_home_check_owner     (AthrContextQueue *home,
                                             guint64           creator,
                                             const char       *function,
                                             const char       *title);

/* A worker calls these two around a job. @home is the home of the object that the job belongs
 * to, and becomes the home of the objects that the job creates: those of the user's function,
 * and those of a destroy notify that runs on the worker because the context is gone. */
/* Whether the calling thread is between these two. */
gboolean          athr_home_is_at_work      (void);
void              athr_home_begin_work      (AthrContextQueue *home);
void              athr_home_end_work        (void);
/* On a worker: whether the context for which it has worked last waits for a wake-up. */
gboolean          athr_home_is_waiting      (void);

G_END_DECLS
