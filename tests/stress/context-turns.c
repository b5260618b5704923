/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stress-test.h"

/* Two threads iterate one main context by turns. The thread that waits for its turn may cancel calls: any thread may.
 * That thread iterated the context last, so it may take itself for the owner's thread while the other thread
 * begins to iterate the context. */

#define N_CALLS 8

typedef struct
{
  GMainContext *context;
  AthrExecutor *executor; /* paused: its calls end only when they are cancelled */
  GRand *other_rand;
  int n_cancelled; /* atomic */
  int is_over;     /* atomic */
} Table;

static void
never_run (AthrCall  *call,
           gpointer   user_data,
           GError   **error)
{
  g_assert_not_reached ();
}

static void
on_cancelled (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  Table *self = user_data;
  g_autoptr (GError) error = NULL;

  g_assert_false (athr_call_run_finish_into (ATHR_CALL (source), result, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_atomic_int_inc (&self->n_cancelled);
}

static void
take_turn (Table *self)
{
  if (!g_main_context_acquire (self->context))
    return;

  g_main_context_iteration (self->context, FALSE);
  g_main_context_release (self->context);
}

static gpointer
take_turns (gpointer data)
{
  Table *self = data;

  while (!g_atomic_int_get (&self->is_over))
    {
      take_turn (self);
      athr_random_pause (self->other_rand);
    }

  return NULL;
}

static void
start_calls (Table    *self,
             AthrCall *calls[])
{
  athr_test_yield_until (g_main_context_acquire (self->context));
  g_main_context_push_thread_default (self->context);
  for (guint i = 0; i < N_CALLS; i++)
    {
      calls[i] = athr_call_new (never_run, NULL, NULL);
      athr_call_set_executor (calls[i], self->executor);
      athr_call_run_async (calls[i], NULL, on_cancelled, self);
    }
  g_main_context_iteration (self->context, FALSE);
  g_main_context_pop_thread_default (self->context);
  g_main_context_release (self->context);
}

static void
test_turns (AthrStress *stress)
{
  Table table = { .context = g_main_context_new () };
  GThread *other;
  int n_started = 0;

  g_test_summary ("A thread cancels calls while another thread begins to iterate their main context. Each call is "
                  "answered once");

  table.executor = athr_executor_new ("turns", 2);
  athr_executor_set_paused (table.executor, TRUE);
  table.other_rand = athr_stress_rand (stress);
  other = g_thread_new ("other", take_turns, &table);

  while (athr_stress_more (stress, 2000))
    {
      AthrCall *calls[N_CALLS];

      start_calls (&table, calls);
      n_started += N_CALLS;
      for (guint i = 0; i < N_CALLS; i++)
        {
          athr_random_pause (stress->rand);
          athr_call_cancel (calls[i]);
          g_object_unref (calls[i]);
        }
    }
  while (g_atomic_int_get (&table.n_cancelled) < n_started)
    take_turn (&table);

  g_atomic_int_set (&table.is_over, TRUE);
  g_thread_join (other);
  g_assert_cmpint (table.n_cancelled, ==, n_started);
  g_object_unref (table.executor);
  g_main_context_unref (table.context);
  g_rand_free (table.other_rand);
}

int
main (int    argc,
      char **argv)
{
  athr_stress_init (&argc, &argv);

  athr_stress_add ("/athr/stress/context-turns", test_turns);

  return g_test_run ();
}
