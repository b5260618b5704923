/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "athr-call.h"

G_BEGIN_DECLS

/* How many of the functions of some calls may run at once, whatever executors the calls have.
 * The limit holds back the other calls, in the order of their priorities. A call that was given
 * to its pool counts, and so does one that waits there. A function that waits inside this
 * library does not count. */

typedef struct _AthrCallLimit AthrCallLimit;

AthrCallLimit *athr_call_limit_new             (void);
AthrCallLimit *athr_call_limit_ref             (AthrCallLimit *self);
void           athr_call_limit_unref           (AthrCallLimit *self);
/* Any thread. 0: no limit. */
void           athr_call_limit_set_max_running (AthrCallLimit *self,
                                                guint          max_running);

/* Any thread. While the limit is on hold, it starts no call, even if there is room. */
void           athr_call_limit_set_on_hold     (AthrCallLimit *self,
                                                gboolean       is_on_hold);

/* Any thread, as @call starts. TRUE: there is room, and the caller gives the job of @call to its pool. */
gboolean       athr_call_limit_enter           (AthrCallLimit *self,
                                                AthrCall      *call);
/* The same, after the job of @call was promised to its pool. TRUE: there is no room, and the limit pushes the job later.
 * Until then the job belongs to the limit. FALSE: there is room now, and the caller pushes the job. */
gboolean       athr_call_limit_hold            (AthrCallLimit *self,
                                                AthrCall      *call);
/* Any thread. A call whose job counts (ATHR_CALL_LIMIT_ENTERED) is over. */
void           athr_call_limit_leave           (AthrCallLimit *self);
/* Any thread. TRUE when the limit held @call back: now it does not any more, and the caller breaks the promise to the
 * pool. Otherwise @has_entered
 * says whether the job of @call belongs to its pool. A thread may not ask the pool for a job that
 * another thread is just giving to the limit: each has a lock of its own. */
gboolean       athr_call_limit_withdraw        (AthrCallLimit *self,
                                                AthrCall      *call,
                                                gboolean      *has_entered);
/* Any thread. FALSE when the job of @call belongs to its pool. */
gboolean       athr_call_limit_set_priority    (AthrCallLimit *self,
                                                AthrCall      *call,
                                                int            priority);
/* A worker calls these two around the function of a call. */
void           athr_call_limit_begin_function  (AthrCallLimit *self);
void           athr_call_limit_end_function    (AthrCallLimit *self);

G_END_DECLS
