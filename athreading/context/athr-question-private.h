/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "athr-question.h"
#include "base/athr-event-private.h"
#include "context/athr-context-queue-private.h"

G_BEGIN_DECLS

/* A worker that waits for the answer to a question. It is settled once: by an answer, by the
 * end of the question, or by what ends the work. */

typedef struct _AthrAsking AthrAsking;

/* About the subject, the object whose function asks. */
typedef struct
{
  /* Home: FALSE when the owner of the subject is gone. */
  gboolean (*may_call) (gpointer subject);
  /* Home, or any thread when home has ended. */
  void     (*unref)    (gpointer subject);
} AthrAskingFuncs;

/* The askings of a subject, for what ends the work. The subject does the locking. */
typedef GQueue AthrAskings;

/* @subject (transfer full). */
AthrAsking *athr_asking_new         (AthrContextQueue      *home,
                                     int                    priority,
                                     const AthrAskingFuncs *funcs,
                                     gpointer               subject,
                                     AthrAskFunc            func,
                                     gpointer               user_data,
                                     GDestroyNotify         destroy);
/* Has home call the function. */
void        athr_asking_post        (AthrAsking            *self);
/* Blocks until the asking is settled. */
void        athr_asking_wait        (AthrAsking            *self);
/* FALSE with @error, or TRUE with @answer, which may be NULL. Drops the asking. */
gboolean    athr_asking_finish      (AthrAsking            *self,
                                     GValue                *answer,
                                     GError               **error);
/* Before the asking is listed: @part of the subject asks, such as the item of a map. */
void        athr_asking_set_part    (AthrAsking            *self,
                                     gconstpointer          part);
/* Any thread: settles the asking with @error (transfer full), unless it is settled. */
void        athr_asking_settle      (AthrAsking            *self,
                                     GError                *error);

/* Under the lock of the subject. */
void        athr_askings_add        (AthrAskings           *askings,
                                     AthrAsking            *asking);
void        athr_askings_remove     (AthrAskings           *askings,
                                     AthrAsking            *asking);
/* Any thread: settles all askings with copies of @error. */
void        athr_askings_settle     (AthrAskings           *askings,
                                     AthrLock              *lock,
                                     const GError          *error);
/* Any thread: the same for the askings of @part. */
void        athr_askings_settle_part (AthrAskings          *askings,
                                     AthrLock              *lock,
                                     gconstpointer          part,
                                     const GError          *error);

/* Any thread, before it waits for @event, which concerns @home. If the thread may be the owner's thread of a queue, enlists
 * @event, and returns TRUE: until the thread delists @event, it iterates no context, so nobody answers the questions to
 * its contexts, and they fail with WOULD_BLOCK. */
gboolean    athr_home_block_begin   (AthrContextQueue      *home,
                                     AthrEvent             *event);

G_END_DECLS
