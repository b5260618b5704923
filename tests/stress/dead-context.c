/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "tracked-test.h"

/* Hazard 9. A thread pushes a context, uses it and pops it, iterates it a little or never, and
 * destroys it while workers hand something to it. */

typedef struct
{
  AthrExecutor *executor;
  AthrRival rival;
  AthrOwner owner; /* without a thread: any thread may free what belongs to a destroyed context */
  GRand *rand;
  int n_made;      /* user data of calls and streams */
  int n_freed;     /* atomic; of n_made */
  int n_ended;     /* atomic */
  int n_refused;   /* atomic */
} Arena;

static void
never_called (void)
{
  g_assert_not_reached ();
}

static AthrCall *
make_call (Arena *self)
{
  AthrWork *work = athr_work_new (&self->owner, self->rand);
  AthrCall *call = athr_call_new (athr_work_call, work, athr_work_free);

  self->n_made++;
  work->n_freed = &self->n_freed;
  athr_call_set_executor (call, self->executor);
  athr_call_set_delivery_priority (call, g_rand_int_range (self->rand, -1, 2));
  athr_call_start (call);

  return call;
}

static AthrStream *
make_stream (Arena *self)
{
  AthrWork *work = athr_work_new (&self->owner, self->rand);
  AthrStream *stream = athr_stream_new (athr_work_stream, work, athr_work_free);

  self->n_made++;
  work->n_freed = &self->n_freed;
  work->n_values = athr_flip (self->rand) ? G_MAXUINT : (guint) g_rand_int_range (self->rand, 0, 4);
  work->n_ended = &self->n_ended;
  work->n_refused = &self->n_refused;
  athr_stream_set_executor (stream, self->executor);
  athr_stream_set_buffer_size (stream, g_rand_int_range (self->rand, 1, 4));
  athr_stream_set_delivery_priority (stream, g_rand_int_range (self->rand, -1, 2));
  athr_stream_start (stream);

  return stream;
}

static void
rival_unref_context (gpointer context,
                     gpointer unused)
{
  g_main_context_unref (context);
}

static void
use_context (Arena *self)
{
  GMainContext *context = g_main_context_new ();
  GObject *objects[4];
  guint n_objects = g_rand_int_range (self->rand, 1, G_N_ELEMENTS (objects) + 1);
  gboolean runs = athr_flip (self->rand);

  g_main_context_push_thread_default (context);
  for (guint i = 0; i < n_objects; i++)
    {
      objects[i] = athr_flip (self->rand) ? G_OBJECT (make_call (self)) : G_OBJECT (make_stream (self));
      if (!runs)
        g_signal_connect (objects[i], "notify", G_CALLBACK (never_called), NULL);
    }
  g_main_context_pop_thread_default (context);

  athr_random_pause (self->rand);
  for (int i = runs ? g_rand_int_range (self->rand, 1, 5) : 0; i > 0; i--)
    g_main_context_iteration (context, FALSE);
  for (guint i = 0; i < n_objects; i++)
    if (athr_flip (self->rand))
      athr_drop_somewhere (g_steal_pointer (&objects[i]), &self->rival, self->rand);

  if (athr_flip (self->rand))
    athr_rival_give (&self->rival, self->rand, rival_unref_context, context);
  else
    g_main_context_unref (context);
  if (athr_one_in (self->rand, 4))
    {
      /* All user data is freed when the context is destroyed, although the objects are alive. */
      athr_rival_await (&self->rival);
      athr_test_yield_until (g_atomic_int_get (&self->n_freed) == self->n_made);
    }
  athr_random_pause (self->rand);
  for (guint i = 0; i < n_objects; i++)
    if (objects[i] != NULL)
      athr_drop_somewhere (objects[i], &self->rival, self->rand);
}

static void
test_dead_context (AthrStress *stress)
{
  Arena arena = { .rand = stress->rand };

  g_test_summary ("Hazard 9: a context is never iterated, or is destroyed while values are pending: no "
                  "use after free, the yields of the workers fail, nothing leaks");

  arena.executor = athr_executor_new ("context", 2);
  athr_owner_init (&arena.owner, NULL);
  athr_rival_start (&arena.rival);
  while (athr_stress_more (stress, 8000))
    {
      use_context (&arena);
      if (athr_one_in (arena.rand, 16))
        {
          athr_rival_await (&arena.rival);
          athr_test_yield_until (g_atomic_int_get (&arena.owner.n_alive) == 0);
        }
    }
  athr_rival_stop (&arena.rival);
  athr_test_yield_until (g_atomic_int_get (&arena.owner.n_alive) == 0);
  athr_test_drain (NULL);
  g_object_unref (arena.executor);
  g_test_message ("%d producers returned, %d of them because of a close", arena.n_ended,
                  arena.n_refused);
}

int
main (int    argc,
      char **argv)
{
  athr_stress_init (&argc, &argv);

  athr_stress_add ("/athr/hazards/09-dead-context/stress", test_dead_context);

  return g_test_run ();
}
