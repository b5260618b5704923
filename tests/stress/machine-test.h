/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "tracked-test.h"

/* What the two state machines share. Each machine does random operations on one object, and
 * compares what comes with a small model of the object. A round of the stress test is one
 * operation. */

#define N_MACHINES 3
#define MAX_DEPTH 3
#define MAX_REQUESTS 6

typedef struct
{
  GRand *rand;
  AthrExecutor *executor;
  AthrRival rival;
} AthrArena;

static inline void
athr_arena_init (AthrArena  *self,
                 AthrStress *stress)
{
  self->rand = stress->rand;
  self->executor = athr_executor_new ("machines", 3);
  athr_rival_start (&self->rival);
}

static inline void
athr_arena_clear (AthrArena *self)
{
  athr_rival_stop (&self->rival);
  g_object_unref (self->executor);
}

/* The default context, or a new one. */
static inline GMainContext *
athr_arena_make_context (AthrArena *self)
{
  return athr_flip (self->rand) ? g_main_context_ref (g_main_context_default ())
                                : g_main_context_new ();
}

/* The library calls back on the owner's thread, from a source of @context. */
static inline void
athr_assert_home (AthrOwner    *owner,
                  GMainContext *context)
{
  g_assert_true (g_thread_self () == owner->thread);
  g_assert_true (g_source_get_context (g_main_current_source ()) == context);
}

/* One operation under way, in a queue of its machine */
typedef struct
{
  gpointer machine;
  GQueue *queue;
  GList link;
  GCancellable *cancellable;
  gboolean may_be_cancelled; /* a thread was told to cancel it */
  gboolean is_close;
  guint max;                 /* values of a batch */
} AthrRequest;

static inline AthrRequest *
athr_request_new (gpointer  machine,
                  GQueue   *queue)
{
  AthrRequest *self = g_new0 (AthrRequest, 1);

  self->machine = machine;
  self->queue = queue;
  self->link.data = self;
  self->cancellable = g_cancellable_new ();
  g_queue_push_tail_link (queue, &self->link);

  return self;
}

static inline void
athr_request_free (AthrRequest *self)
{
  g_queue_unlink (self->queue, &self->link);
  g_object_unref (self->cancellable);
  g_free (self);
}

static inline AthrRequest *
athr_request_pick (GQueue *queue,
                   GRand  *rand)
{
  if (queue->length == 0)
    return NULL;

  return g_queue_peek_nth (queue, g_rand_int_range (rand, 0, queue->length));
}

/* Cancels a request, on this thread or on the rival. */
static inline void
athr_request_cancel (AthrRequest *self,
                     AthrArena   *arena)
{
  if (self->may_be_cancelled)
    return;

  self->may_be_cancelled = TRUE;
  if (athr_flip (arena->rand))
    athr_rival_give (&arena->rival, arena->rand, athr_rival_cancel_and_unref,
                     g_object_ref (self->cancellable));
  else
    g_cancellable_cancel (self->cancellable);
}

static inline void
athr_note_finalized (gpointer  is_finalized,
                     GObject  *object)
{
  g_atomic_int_set ((int *) is_finalized, TRUE);
}
