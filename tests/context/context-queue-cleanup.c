/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "context/athr-deferred-free-private.h"
#include "context-queue-test.h"

static gpointer
free_elsewhere (gpointer data)
{
  gpointer *request = data;

  athr_free_in_context (request[0], request[1], athr_test_note_thread);
  return NULL;
}

static gpointer
run_cleanup (gpointer queue)
{
  athr_context_queue_run_cleanup (queue);
  return NULL;
}

static void
test_frees (Fixture       *fixture,
            gconstpointer  data)
{
  GThread *freed_on = NULL;
  gpointer request[] = { fixture->queue, &freed_on };

  athr_test_elsewhere (free_elsewhere, request);
  athr_context_queue_run_cleanup (fixture->queue);
  g_assert_true (freed_on == g_thread_self ());
}

static void
test_order (Fixture       *fixture,
            gconstpointer  data)
{
  LogItem a, b, c, d, e;

  g_test_summary ("A cleanup runs the cleanup-only items, in order, whatever their priority; the "
                  "others stay queued");

  log_item_init_cleanup_only (&a, fixture, 'a');
  log_item_init (&b, fixture, 'b');
  log_item_init_cleanup_only (&c, fixture, 'c');
  log_item_init (&d, fixture, 'd');
  log_item_init_cleanup_only (&e, fixture, 'e');
  log_item_push_at (&a, G_PRIORITY_DEFAULT_IDLE);
  log_item_push (&b);
  log_item_push (&c);
  log_item_push_at (&d, G_PRIORITY_DEFAULT_IDLE);
  log_item_push (&e);

  athr_context_queue_run_cleanup (fixture->queue);
  fixture_assert_log (fixture, "ace");
  athr_context_queue_run_cleanup (fixture->queue);
  fixture_assert_log (fixture, "");
  athr_test_drain (fixture->context);
  fixture_assert_log (fixture, "bd");
}

static gboolean
is_not_cleanup_only (AthrWorkItem *item)
{
  return FALSE;
}

static void
run_log_item (AthrWorkItem *item)
{
  log_item_run (item);
}

static void
test_not_cleanup_only (Fixture       *fixture,
                       gconstpointer  data)
{
  static const AthrWorkItemFuncs funcs = { run_log_item, log_item_drop, is_not_cleanup_only };
  LogItem a, b;

  g_test_summary ("An item that answers that it is not cleanup-only keeps its place");

  log_item_init (&a, fixture, 'a');
  a.item.funcs = &funcs;
  log_item_init (&b, fixture, 'b');
  log_item_push (&a);
  log_item_push (&b);
  athr_context_queue_run_cleanup (fixture->queue);
  fixture_assert_log (fixture, "");
  g_assert_false (athr_context_queue_push (fixture->queue, G_PRIORITY_DEFAULT, &a.item));

  athr_test_drain (fixture->context);
  fixture_assert_log (fixture, "ab");
}

static gboolean
is_cleanup_only_now (AthrWorkItem *item)
{
  LogItem *self = item->data;

  return self->data != NULL;
}

static void
test_cleanup_only_later (Fixture       *fixture,
                         gconstpointer  data)
{
  static const AthrWorkItemFuncs funcs = { run_log_item, log_item_drop, is_cleanup_only_now };
  LogItem a;

  g_test_summary ("The next cleanup asks an item again that was not cleanup-only");

  log_item_init (&a, fixture, 'a');
  a.item.funcs = &funcs;
  log_item_push (&a);
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
  LogItem a;

  g_test_summary ("A cleanup does not run an item again that the main loop has run");

  log_item_init_cleanup_only (&a, fixture, 'a');
  log_item_push (&a);
  athr_test_drain (fixture->context);
  fixture_assert_log (fixture, "a");

  athr_context_queue_run_cleanup (fixture->queue);
  fixture_assert_log (fixture, "");
}

static void
push_data_to_front (LogItem *self)
{
  LogItem *other = self->data;

  g_assert_true (athr_context_queue_push_front (self->fixture->queue, G_PRIORITY_DEFAULT,
                                                &other->item));
}

static void
test_front_from_run (Fixture       *fixture,
                     gconstpointer  data)
{
  static const AthrWorkItemFuncs funcs = { run_log_item, log_item_drop, is_not_cleanup_only };
  LogItem a, b, c, d;

  g_test_summary ("An item that a cleanup pushes to the front runs before those that it kept");

  log_item_init (&a, fixture, 'a');
  log_item_init_cleanup_only (&b, fixture, 'b');
  log_item_init (&c, fixture, 'c');
  log_item_init (&d, fixture, 'd');
  a.item.funcs = c.item.funcs = d.item.funcs = &funcs;
  b.then = push_data_to_front;
  b.data = &c;
  log_item_push (&a);
  log_item_push (&b);
  log_item_push (&d);

  athr_context_queue_run_cleanup (fixture->queue);
  fixture_assert_log (fixture, "b");
  athr_context_queue_run_cleanup (fixture->queue);
  fixture_assert_log (fixture, "");
  athr_test_drain (fixture->context);
  fixture_assert_log (fixture, "cad");
}

static void
test_slice_end (Fixture       *fixture,
                gconstpointer  data)
{
  LogItem a, b;

  g_test_summary ("A cleanup also runs cleanup-only items that wait for the end of a slice");

  log_item_init (&a, fixture, 'a');
  log_item_init_cleanup_only (&b, fixture, 'b');
  g_assert_true (athr_context_queue_push_at_slice_end (fixture->queue, G_PRIORITY_DEFAULT, &a.item));
  g_assert_true (athr_context_queue_push_at_slice_end (fixture->queue, G_PRIORITY_DEFAULT, &b.item));

  athr_context_queue_run_cleanup (fixture->queue);
  fixture_assert_log (fixture, "b");
  athr_test_drain (fixture->context);
  fixture_assert_log (fixture, "a");
}

static void
push_data (LogItem *self)
{
  log_item_push (self->data);
}

static void
test_push_from_run (Fixture       *fixture,
                    gconstpointer  data)
{
  LogItem a, b;

  g_test_summary ("A cleanup also runs an item that a cleanup-only item pushes");

  log_item_init_cleanup_only (&a, fixture, 'a');
  log_item_init_cleanup_only (&b, fixture, 'b');
  a.then = push_data;
  a.data = &b;
  log_item_push (&a);

  athr_context_queue_run_cleanup (fixture->queue);
  fixture_assert_log (fixture, "ab");
}

static void
push_and_withdraw (LogItem *self)
{
  LogItem *others = self->data;

  log_item_push (&others[0]);
  log_item_push (&others[1]);
  g_assert_true (athr_context_queue_withdraw (self->fixture->queue, &others[1].item));
}

static void
test_withdraw_from_run (Fixture       *fixture,
                        gconstpointer  data)
{
  LogItem a, others[2];

  g_test_summary ("A cleanup also runs an item that a cleanup-only item pushes before it withdraws another one");

  log_item_init_cleanup_only (&a, fixture, 'a');
  log_item_init_cleanup_only (&others[0], fixture, 'b');
  log_item_init (&others[1], fixture, 'c');
  a.then = push_and_withdraw;
  a.data = others;
  log_item_push (&a);

  athr_context_queue_run_cleanup (fixture->queue);
  fixture_assert_log (fixture, "ab");
}

static void
test_elsewhere (Fixture       *fixture,
                gconstpointer  data)
{
  GThread *freed_on = NULL;
  gpointer request[] = { fixture->queue, &freed_on };

  g_test_summary ("A cleanup on another thread than the owner's does nothing");

  athr_test_elsewhere (free_elsewhere, request);
  athr_test_elsewhere (run_cleanup, fixture->queue);
  g_assert_null (freed_on);

  fixture_iterate (fixture);
  g_assert_nonnull (freed_on);
}

static void
test_popped (Fixture       *fixture,
             gconstpointer  data)
{
  GThread *freed_on = NULL;
  gpointer request[] = { fixture->queue, &freed_on };

  g_test_summary ("A cleanup does nothing when the context is not the thread-default one: the "
                  "context may be gone");

  athr_test_elsewhere (free_elsewhere, request);
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
  gpointer request[] = { queue, &freed_on };

  athr_test_elsewhere (free_elsewhere, request);
  athr_context_queue_run_cleanup (queue);
  g_assert_true (freed_on == g_thread_self ());
}

static void
test_default_elsewhere (void)
{
  g_autoptr (AthrContextQueue) queue = athr_home_ref_for_context (g_main_context_default ());
  GThread *freed_on = NULL;
  gpointer request[] = { queue, &freed_on };

  g_test_summary ("A cleanup on another thread does nothing even if no thread runs the default "
                  "loop");

  athr_test_elsewhere (free_elsewhere, request);
  athr_test_elsewhere (run_cleanup, queue);
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
  gpointer request[] = { queue, &freed_on };
  AthrGate gates[2];
  GThread *thread;

  g_test_summary ("A cleanup does nothing when another thread has acquired the context");

  athr_gate_init (&gates[0]);
  athr_gate_init (&gates[1]);
  thread = g_thread_new ("owner", own_default, gates);
  athr_gate_pass (&gates[0]);
  athr_test_elsewhere (free_elsewhere, request);
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
  fixture_add_test ("cleanup/not-cleanup-only", test_not_cleanup_only);
  fixture_add_test ("cleanup/cleanup-only-later", test_cleanup_only_later);
  fixture_add_test ("cleanup/run-before", test_run_before);
  fixture_add_test ("cleanup/push-from-run", test_push_from_run);
  fixture_add_test ("cleanup/withdraw-from-run", test_withdraw_from_run);
  fixture_add_test ("cleanup/front-from-run", test_front_from_run);
  fixture_add_test ("cleanup/slice-end", test_slice_end);
  fixture_add_test ("cleanup/elsewhere", test_elsewhere);
  fixture_add_test ("cleanup/popped", test_popped);
  g_test_add_func ("/athr/context-queue/cleanup/default", test_default);
  g_test_add_func ("/athr/context-queue/cleanup/default/elsewhere", test_default_elsewhere);
  g_test_add_func ("/athr/context-queue/cleanup/default/owned", test_default_owned);

  return g_test_run ();
}
