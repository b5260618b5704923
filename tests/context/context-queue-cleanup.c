/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "context/athr-deferred-free-private.h"
#include "context-queue-test.h"

static gpointer
give_back (gpointer data)
{
  gpointer *parcel = data;

  athr_free_in_context (parcel[0], parcel[1], athr_test_note_thread);
  return NULL;
}

static gpointer
flush (gpointer queue)
{
  athr_context_queue_run_cleanup (queue);
  return NULL;
}

static void
test_frees (Fixture       *fixture,
            gconstpointer  data)
{
  GThread *freed_on = NULL;
  gpointer parcel[] = { fixture->queue, &freed_on };

  athr_test_elsewhere (give_back, parcel);
  athr_context_queue_run_cleanup (fixture->queue);
  g_assert_true (freed_on == g_thread_self ());
}

static void
test_order (Fixture       *fixture,
            gconstpointer  data)
{
  Letter a, b, c, d, e;

  g_test_summary ("Quiet items run, in order, whatever their priority; the others stay");

  letter_init_quiet (&a, fixture, 'a');
  letter_init (&b, fixture, 'b');
  letter_init_quiet (&c, fixture, 'c');
  letter_init (&d, fixture, 'd');
  letter_init_quiet (&e, fixture, 'e');
  letter_push_at (&a, G_PRIORITY_DEFAULT_IDLE);
  letter_push (&b);
  letter_push (&c);
  letter_push_at (&d, G_PRIORITY_DEFAULT_IDLE);
  letter_push (&e);

  athr_context_queue_run_cleanup (fixture->queue);
  fixture_assert_log (fixture, "ace");
  athr_context_queue_run_cleanup (fixture->queue);
  fixture_assert_log (fixture, "");
  athr_test_drain (fixture->context);
  fixture_assert_log (fixture, "bd");
}

static gboolean
is_loud (AthrWorkItem *item)
{
  return FALSE;
}

static void
run_letter (AthrWorkItem *item)
{
  letter_run (item);
}

static void
test_loud (Fixture       *fixture,
           gconstpointer  data)
{
  static const AthrWorkItemFuncs funcs = { run_letter, letter_drop, is_loud };
  Letter a, b;

  g_test_summary ("An item that says that it is not quiet keeps its place");

  letter_init (&a, fixture, 'a');
  a.item.funcs = &funcs;
  letter_init (&b, fixture, 'b');
  letter_push (&a);
  letter_push (&b);
  athr_context_queue_run_cleanup (fixture->queue);
  fixture_assert_log (fixture, "");
  g_assert_false (athr_context_queue_push (fixture->queue, G_PRIORITY_DEFAULT, &a.item));

  athr_test_drain (fixture->context);
  fixture_assert_log (fixture, "ab");
}

static gboolean
is_quiet_now (AthrWorkItem *item)
{
  Letter *self = item->data;

  return self->data != NULL;
}

static void
test_quiet_later (Fixture       *fixture,
                  gconstpointer  data)
{
  static const AthrWorkItemFuncs funcs = { run_letter, letter_drop, is_quiet_now };
  Letter a;

  g_test_summary ("One that was not quiet is asked again the next time");

  letter_init (&a, fixture, 'a');
  a.item.funcs = &funcs;
  letter_push (&a);
  athr_context_queue_run_cleanup (fixture->queue);
  fixture_assert_log (fixture, "");

  a.data = &a;
  athr_context_queue_run_cleanup (fixture->queue);
  fixture_assert_log (fixture, "a");
  athr_test_drain (fixture->context);
  fixture_assert_log (fixture, "");
}

static void
test_run_before (Fixture       *fixture,
                 gconstpointer  data)
{
  Letter a;

  g_test_summary ("A quiet item that was run by the loop is not run again");

  letter_init_quiet (&a, fixture, 'a');
  letter_push (&a);
  athr_test_drain (fixture->context);
  fixture_assert_log (fixture, "a");

  athr_context_queue_run_cleanup (fixture->queue);
  fixture_assert_log (fixture, "");
}

static void
push_data (Letter *self)
{
  letter_push (self->data);
}

static void
test_push_from_run (Fixture       *fixture,
                    gconstpointer  data)
{
  Letter a, b;

  g_test_summary ("What a quiet item brings is looked at, too");

  letter_init_quiet (&a, fixture, 'a');
  letter_init_quiet (&b, fixture, 'b');
  a.then = push_data;
  a.data = &b;
  letter_push (&a);

  athr_context_queue_run_cleanup (fixture->queue);
  fixture_assert_log (fixture, "ab");
}

static void
test_elsewhere (Fixture       *fixture,
                gconstpointer  data)
{
  GThread *freed_on = NULL;
  gpointer parcel[] = { fixture->queue, &freed_on };

  g_test_summary ("Another thread has nothing to free");

  athr_test_elsewhere (give_back, parcel);
  athr_test_elsewhere (flush, fixture->queue);
  g_assert_null (freed_on);

  fixture_iterate (fixture);
  g_assert_nonnull (freed_on);
}

static void
test_popped (Fixture       *fixture,
             gconstpointer  data)
{
  GThread *freed_on = NULL;
  gpointer parcel[] = { fixture->queue, &freed_on };

  g_test_summary ("A context that is not this thread's default may be gone: it is left alone");

  athr_test_elsewhere (give_back, parcel);
  g_main_context_pop_thread_default (fixture->context);
  athr_context_queue_run_cleanup (fixture->queue);
  g_assert_null (freed_on);

  g_main_context_push_thread_default (fixture->context);
  fixture_iterate (fixture);
  g_assert_nonnull (freed_on);
}

static void
test_default (void)
{
  g_autoptr (AthrContextQueue) queue = athr_home_ref_for_context (g_main_context_default ());
  GThread *freed_on = NULL;
  gpointer parcel[] = { queue, &freed_on };

  athr_test_elsewhere (give_back, parcel);
  athr_context_queue_run_cleanup (queue);
  g_assert_true (freed_on == g_thread_self ());
}

static void
test_default_elsewhere (void)
{
  g_autoptr (AthrContextQueue) queue = athr_home_ref_for_context (g_main_context_default ());
  GThread *freed_on = NULL;
  gpointer parcel[] = { queue, &freed_on };

  g_test_summary ("Nor has it anything to free where no loop is running at home");

  athr_test_elsewhere (give_back, parcel);
  athr_test_elsewhere (flush, queue);
  g_assert_null (freed_on);

  athr_context_queue_run_cleanup (queue);
  g_assert_true (freed_on == g_thread_self ());
}

static gpointer
own_default (gpointer data)
{
  AthrGate *gates = data;

  g_assert_true (g_main_context_acquire (NULL));
  athr_gate_open (&gates[0]);
  athr_gate_pass (&gates[1]);
  g_main_context_release (NULL);

  return NULL;
}

static void
test_default_owned (void)
{
  g_autoptr (AthrContextQueue) queue = athr_home_ref_for_context (g_main_context_default ());
  GThread *freed_on = NULL;
  gpointer parcel[] = { queue, &freed_on };
  AthrGate gates[2];
  GThread *thread;

  g_test_summary ("Nothing is taken from a loop that another thread is about to run");

  athr_gate_init (&gates[0]);
  athr_gate_init (&gates[1]);
  thread = g_thread_new ("owner", own_default, gates);
  athr_gate_pass (&gates[0]);
  athr_test_elsewhere (give_back, parcel);
  athr_context_queue_run_cleanup (queue);
  g_assert_null (freed_on);

  athr_gate_open (&gates[1]);
  g_thread_join (thread);
  athr_context_queue_run_cleanup (queue);
  g_assert_nonnull (freed_on);
  athr_gate_clear (&gates[0]);
  athr_gate_clear (&gates[1]);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  fixture_add_test ("cleanup/frees", test_frees);
  fixture_add_test ("cleanup/order", test_order);
  fixture_add_test ("cleanup/loud", test_loud);
  fixture_add_test ("cleanup/quiet-later", test_quiet_later);
  fixture_add_test ("cleanup/run-before", test_run_before);
  fixture_add_test ("cleanup/push-from-run", test_push_from_run);
  fixture_add_test ("cleanup/elsewhere", test_elsewhere);
  fixture_add_test ("cleanup/popped", test_popped);
  g_test_add_func ("/athr/context-queue/cleanup/default", test_default);
  g_test_add_func ("/athr/context-queue/cleanup/default/elsewhere", test_default_elsewhere);
  g_test_add_func ("/athr/context-queue/cleanup/default/owned", test_default_owned);

  return g_test_run ();
}
