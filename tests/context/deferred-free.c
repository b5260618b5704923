/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "base/athr-thread-private.h"
#include "context/athr-deferred-free-private.h"
#include "context-queue-test.h"

/* What comes home to be freed. */

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
} Parcel;

static gpointer
give_back (gpointer data)
{
  Parcel *parcel = data;

  athr_free_in_context (parcel->queue, parcel->data, parcel->destroy);
  return NULL;
}

static void
test_elsewhere (Fixture       *fixture,
                          gconstpointer  data)
{
  GThread *freed_on = NULL;
  Parcel parcel = { fixture->queue, 0, athr_witness_new (&freed_on), g_object_unref };

  athr_test_elsewhere (give_back, &parcel);
  g_assert_null (freed_on);

  fixture_iterate (fixture);
  g_assert_true (freed_on == g_thread_self ());
}

static void
test_dead (Fixture       *fixture,
                     gconstpointer  data)
{
  GThread *freed_on = NULL;
  Parcel parcel = { fixture->queue, 0, &freed_on, athr_test_note_thread };
  GThread *thread;

  g_test_summary ("What comes home too late is freed by the thread that brings it");

  fixture_destroy_context (fixture);
  thread = g_thread_new ("elsewhere", give_back, &parcel);
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
  Parcel parcel = { fixture->queue, 0, &freed_on, athr_test_note_thread };

  g_test_summary ("What has come home as the context ends is freed with it");

  athr_test_elsewhere (give_back, &parcel);
  fixture_destroy_context (fixture);
  g_assert_true (freed_on == g_thread_self ());
}

static gpointer
iterate_until_freed (gpointer data)
{
  Parcel *parcel = data;
  GMainContext *context = ((GMainContext **) parcel->data)[0];

  g_assert_true (g_main_context_acquire (context));
  athr_test_iterate_until (context, g_atomic_pointer_get ((GThread **) parcel->data + 1) != NULL);
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
  Parcel parcel = { fixture->queue, 0, note, note_second };
  GMainContext *context = fixture->context;
  GThread *thread;

  g_test_summary ("Home is where the context is iterated, not where it was made");

  g_main_context_pop_thread_default (context);
  athr_test_elsewhere (iterate_once, context);
  athr_free_in_context (parcel.queue, parcel.data, parcel.destroy);
  g_assert_null (note[1]);

  thread = g_thread_new ("elsewhere", iterate_until_freed, &parcel);
  g_thread_ref (thread);
  g_thread_join (thread);
  g_assert_true (note[1] == thread);
  g_thread_unref (thread);
  g_main_context_push_thread_default (context);
}

static gpointer
end (gpointer data)
{
  AthrDeferredFree left = ATHR_DEFERRED_FREE_INIT;
  Parcel *parcel = data;

  athr_deferred_free_add (&left, parcel->data, parcel->destroy);
  athr_deferred_free_submit (&left, parcel->queue, G_PRIORITY_DEFAULT, parcel->creator);
  return NULL;
}

static gpointer
end_as_creator (gpointer data)
{
  Parcel *parcel = data;

  parcel->creator = athr_thread_id ();
  return end (parcel);
}

static void
test_end_creator (Fixture       *fixture,
                  gconstpointer  data)
{
  GThread *freed_on = NULL;
  Parcel parcel = { fixture->queue, 0, &freed_on, athr_test_note_thread };

  g_test_summary ("The thread that created the owner of it ends it at once, home or not");

  athr_test_elsewhere (end_as_creator, &parcel);
  g_assert_nonnull (freed_on);
  g_assert_true (freed_on != g_thread_self ());
}

static void
test_end_elsewhere (Fixture       *fixture,
                    gconstpointer  data)
{
  GThread *freed_on = NULL;
  Parcel parcel = { fixture->queue, athr_thread_id (), &freed_on, athr_test_note_thread };

  athr_test_elsewhere (end, &parcel);
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
  fixture_add_test ("deferred-free/creator", test_end_creator);
  fixture_add_test ("deferred-free/creator/elsewhere", test_end_elsewhere);

  return g_test_run ();
}
