/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "call-test.h"

static void
test_context_destroyed_with_the_end_pending (void)
{
  GMainContext *context = g_main_context_new ();
  g_autoptr (AthrExecutor) executor = athr_executor_new ("test", 2);
  AthrErrand errand;
  AthrCall *call;

  athr_errand_init (&errand);
  g_main_context_push_thread_default (context);
  call = athr_errand_new_call (&errand, athr_errand_run, executor);
  g_object_add_weak_pointer (G_OBJECT (call), (gpointer *) &call);
  athr_call_start (call);
  g_object_unref (call);
  g_main_context_pop_thread_default (context);
  athr_test_settle (executor);
  g_assert_cmpint (errand.n_destroyed, ==, 0);

  g_main_context_unref (context);
  g_assert_null (call);
  g_assert_cmpint (errand.n_destroyed, ==, 1);
  g_assert_true (errand.destroyed_on == g_thread_self ());
  athr_errand_clear (&errand);
}

static void
test_context_reused (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("test", 2);
  g_autoptr (GPtrArray) contexts = NULL;
  g_auto (AthrAnswer) answer = { 0, };
  GMainContext *context;
  gpointer address;
  AthrErrand errand;
  AthrCall *call;

  g_test_summary ("A run joins under a context that has the address of the dead home");

  contexts = g_ptr_array_new_with_free_func ((GDestroyNotify) g_main_context_unref);
  for (guint i = 0; i < 16; i++)
    g_ptr_array_add (contexts, g_main_context_new ());

  athr_errand_init (&errand);
  address = context = g_main_context_new ();
  g_main_context_push_thread_default (context);
  call = athr_errand_new_call (&errand, athr_errand_run, executor);
  athr_call_start (call);
  g_main_context_pop_thread_default (context);
  athr_test_settle (executor);

  /* What is freed first stays in a cache of malloc's. */
  g_ptr_array_set_size (contexts, 0);
  g_main_context_unref (context);
  do
    {
      context = g_main_context_new ();
      g_ptr_array_add (contexts, context);
    }
  while (context != address && contexts->len < 1000);

  if (context == address)
    {
      g_main_context_push_thread_default (context);
      athr_call_run_async (call, NULL, athr_answer_take, &answer);
      g_main_context_pop_thread_default (context);
      athr_answer_await (&answer, context);
      athr_answer_assert_int (&answer, 42);
    }
  else
    {
      g_test_skip ("No context came to the same address");
    }

  g_object_unref (call);
  athr_errand_clear (&errand);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/call/context/destroyed-with-the-end-pending",
                   test_context_destroyed_with_the_end_pending);
  g_test_add_func ("/athr/call/context/reused", test_context_reused);

  return g_test_run ();
}
