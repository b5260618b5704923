/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "base/athr-thread-private.h"
#include "context/athr-deferred-free-private.h"
#include "context-queue-test.h"

/* What only the owner's thread may free. */

static void
test_home (Fixture       *fixture,
           gconstpointer  data)
{
  GThread *freed_on = NULL;

  athr_free_in_context (fixture->queue, &freed_on, athr_test_note_thread);
  g_assert_true (freed_on == g_thread_self ());
}

typedef struct
{
  AthrContextQueue *queue;
  guint64 creator;
  gpointer data;
  GDestroyNotify destroy;
} FreeRequest;

static gpointer
free_elsewhere (gpointer data)
{
  FreeRequest *request = data;

  athr_free_in_context (request->queue, request->data, request->destroy);
  return NULL;
}

static void
test_elsewhere (Fixture       *fixture,
                gconstpointer  data)
{
  GThread *freed_on = NULL;
  FreeRequest request = { fixture->queue, 0, athr_witness_new (&freed_on), g_object_unref };

  athr_test_elsewhere (free_elsewhere, &request);
  g_assert_null (freed_on);

  fixture_iterate (fixture);
  g_assert_true (freed_on == g_thread_self ());
}

static void
test_dead (Fixture       *fixture,
           gconstpointer  data)
{
  GThread *freed_on = NULL;
  FreeRequest request = { fixture->queue, 0, &freed_on, athr_test_note_thread };
  GThread *thread;

  g_test_summary ("When the context is gone, the thread that submits something frees it");

  fixture_destroy_context (fixture);
  thread = g_thread_new ("elsewhere", free_elsewhere, &request);
  g_thread_ref (thread);
  g_thread_join (thread);

  g_assert_true (freed_on == thread);
  g_thread_unref (thread);
}

static void
test_pending (Fixture       *fixture,
              gconstpointer  data)
{
  GThread *freed_on = NULL;
  FreeRequest request = { fixture->queue, 0, &freed_on, athr_test_note_thread };

  g_test_summary ("The thread that ends the context frees what still waits in the queue");

  athr_test_elsewhere (free_elsewhere, &request);
  fixture_destroy_context (fixture);
  g_assert_true (freed_on == g_thread_self ());
}

static gpointer
iterate_until_freed (gpointer data)
{
  FreeRequest *request = data;
  GMainContext *context = ((GMainContext **) request->data)[0];

  g_assert_true (g_main_context_acquire (context));
  athr_test_iterate_until (context, g_atomic_pointer_get ((GThread **) request->data + 1) != NULL);
  g_main_context_release (context);

  return NULL;
}

static void
note_second (gpointer data)
{
  athr_test_note_thread ((GThread **) data + 1);
}

static gpointer
iterate_once (gpointer context)
{
  g_main_context_iteration (context, FALSE);
  return NULL;
}

static void
test_other_owner (Fixture       *fixture,
                  gconstpointer  data)
{
  gpointer note[2] = { fixture->context, NULL };
  FreeRequest request = { fixture->queue, 0, note, note_second };
  GMainContext *context = fixture->context;
  GThread *thread;

  g_test_summary ("The owner's thread is the one that iterates the context, not the one that "
                  "made it");

  g_main_context_pop_thread_default (context);
  athr_test_elsewhere (iterate_once, context);
  athr_free_in_context (request.queue, request.data, request.destroy);
  g_assert_null (note[1]);

  thread = g_thread_new ("elsewhere", iterate_until_freed, &request);
  g_thread_ref (thread);
  g_thread_join (thread);
  g_assert_true (note[1] == thread);
  g_thread_unref (thread);
  g_main_context_push_thread_default (context);
}

static gpointer
submit (gpointer data)
{
  AthrDeferredFree left = ATHR_DEFERRED_FREE_INIT;
  FreeRequest *request = data;

  athr_deferred_free_add (&left, request->data, request->destroy);
  athr_deferred_free_submit (&left, request->queue, G_PRIORITY_DEFAULT, request->creator);
  return NULL;
}

static gpointer
submit_as_creator (gpointer data)
{
  FreeRequest *request = data;

  request->creator = athr_thread_id ();
  return submit (request);
}

static void
test_creator (Fixture       *fixture,
              gconstpointer  data)
{
  GThread *freed_on = NULL;
  FreeRequest request = { fixture->queue, 0, &freed_on, athr_test_note_thread };

  g_test_summary ("The thread that created the object frees its things at once, even if it is "
                  "not the owner's thread");

  athr_test_elsewhere (submit_as_creator, &request);
  g_assert_nonnull (freed_on);
  g_assert_true (freed_on != g_thread_self ());
}

static void
test_creator_elsewhere (Fixture       *fixture,
                        gconstpointer  data)
{
  GThread *freed_on = NULL;
  FreeRequest request = { fixture->queue, athr_thread_id (), &freed_on, athr_test_note_thread };

  athr_test_elsewhere (submit, &request);
  g_assert_null (freed_on);

  fixture_iterate (fixture);
  g_assert_true (freed_on == g_thread_self ());
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  fixture_add_test ("deferred-free/home", test_home);
  fixture_add_test ("deferred-free/elsewhere", test_elsewhere);
  fixture_add_test ("deferred-free/dead", test_dead);
  fixture_add_test ("deferred-free/pending", test_pending);
  fixture_add_test ("deferred-free/other-owner", test_other_owner);
  fixture_add_test ("deferred-free/creator", test_creator);
  fixture_add_test ("deferred-free/creator/elsewhere", test_creator_elsewhere);

  return g_test_run ();
}
