/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "athr-test.h"
#include "base/athr-alive-private.h"

#define N 100

/* An object is only an address. */
static char objects[N];

static const AthrAliveFacts *
find (GArray        *list,
      gconstpointer  object)
{
  for (guint i = 0; i < list->len; i++)
    if (g_array_index (list, AthrAliveFacts, i).object == object)
      return &g_array_index (list, AthrAliveFacts, i);

  return NULL;
}

static void
test_list (void)
{
  AthrAlive *entries[N];
  g_autoptr (GArray) all = NULL, rest = NULL, none = NULL;

  for (guint i = 0; i < N; i++)
    entries[i] = athr_alive_new (i % 2 == 0 ? ATHR_ALIVE_STREAM : ATHR_ALIVE_CALL, &objects[i]);
  all = athr_alive_list ();
  g_assert_cmpuint (all->len, ==, N);
  for (guint i = 0; i < N; i++)
    g_assert_cmpint (g_array_index (all, AthrAliveFacts, i).kind, ==,
                     i < N / 2 ? ATHR_ALIVE_CALL : ATHR_ALIVE_STREAM);

  athr_alive_hide (entries[0]);
  rest = athr_alive_list ();
  g_assert_cmpuint (rest->len, ==, N - 1);
  g_assert_null (find (rest, &objects[0]));

  for (guint i = 0; i < N; i++)
    athr_alive_free (entries[i]);
  none = athr_alive_list ();
  g_assert_cmpuint (none->len, ==, 0);
}

static void
test_life (void)
{
  AthrAlive *alive = athr_alive_new (ATHR_ALIVE_CALL, objects);
  g_autoptr (GArray) before = athr_alive_list ();
  g_autoptr (GArray) during = NULL, after = NULL;
  const AthrAliveFacts *facts = find (before, objects);

  g_assert_cmpint (facts->state, ==, ATHR_ALIVE_INITIAL);
  g_assert_cmpint (facts->thread, ==, 0);
  g_assert_cmpuint (athr_alive_now () - facts->created, <, ATHR_TEST_TIMEOUT / G_TIME_SPAN_MILLISECOND);

  athr_alive_queue (alive);
  athr_alive_begin (alive);
  athr_alive_wait (ATHR_ALIVE_WAITS_FOR_ROOM);
  athr_alive_add_flag (alive, ATHR_ALIVE_STOPPED);
  during = athr_alive_list ();
  facts = find (during, objects);
  g_assert_cmpint (facts->state, ==, ATHR_ALIVE_RUNNING);
  g_assert_cmpint (facts->wait, ==, ATHR_ALIVE_WAITS_FOR_ROOM);
  g_assert_cmpint (facts->flags, ==, ATHR_ALIVE_STOPPED);
  g_assert_cmpint (facts->thread, !=, 0);

  athr_alive_wait (ATHR_ALIVE_WAITS_FOR_NOTHING);
  athr_alive_pause (alive, ATHR_ALIVE_RETURNED);
  /* The thread runs nothing, so it waits for nothing. */
  athr_alive_wait (ATHR_ALIVE_WAITS_FOR_WORK);
  after = athr_alive_list ();
  facts = find (after, objects);
  g_assert_cmpint (facts->state, ==, ATHR_ALIVE_RETURNED);
  g_assert_cmpint (facts->wait, ==, ATHR_ALIVE_WAITS_FOR_NOTHING);
  g_assert_cmpint (facts->thread, ==, 0);
  athr_alive_free (alive);
}

/* A new object has nothing of the object that had the entry before. */
static void
test_reuse (void)
{
  AthrAlive *first = athr_alive_new (ATHR_ALIVE_STREAM, &objects[0]);
  AthrAlive *second;
  g_autoptr (GArray) list = NULL;
  const AthrAliveFacts *facts;

  athr_alive_set_name (first, "first");
  athr_alive_add_flag (first, ATHR_ALIVE_DROPPED);
  athr_alive_begin (first);
  athr_alive_wait (ATHR_ALIVE_WAITS_FOR_ROOM);
  athr_alive_pause (first, ATHR_ALIVE_FAILED);
  athr_alive_free (first);

  second = athr_alive_new (ATHR_ALIVE_CALL, &objects[1]);
  g_assert_true (second == first);
  list = athr_alive_list ();
  g_assert_cmpuint (list->len, ==, 1);
  facts = find (list, &objects[1]);
  g_assert_cmpint (facts->kind, ==, ATHR_ALIVE_CALL);
  g_assert_cmpint (facts->state, ==, ATHR_ALIVE_INITIAL);
  g_assert_cmpint (facts->flags, ==, 0);
  g_assert_cmpint (facts->wait, ==, ATHR_ALIVE_WAITS_FOR_NOTHING);
  g_assert_cmpstr (facts->name, ==, "");
  athr_alive_free (second);
}

static void
assert_name (const char *name,
             const char *expected)
{
  AthrAlive *alive = athr_alive_new (ATHR_ALIVE_CALL, objects);
  g_autoptr (GArray) list = NULL;

  athr_alive_set_name (alive, "another name");
  athr_alive_set_name (alive, name);
  list = athr_alive_list ();
  g_assert_cmpstr (find (list, objects)->name, ==, expected);
  athr_alive_free (alive);
}

static void
test_name (void)
{
  g_autofree char *longest = g_strnfill (ATHR_ALIVE_NAME_SIZE - 1, 'x');
  g_autofree char *too_long = g_strnfill (ATHR_ALIVE_NAME_SIZE, 'x');
  g_autofree char *cut = g_strconcat (longest + 3, "…", NULL);
  g_autofree char *accents = g_strconcat (longest + 3 + 1, "éééé", NULL);
  g_autofree char *cut_accents = g_strconcat (longest + 3 + 1, "…", NULL);

  assert_name (NULL, "");
  assert_name ("", "");
  assert_name ("näme", "näme");
  assert_name (longest, longest);
  assert_name (too_long, cut);
  assert_name (accents, cut_accents);
}

static void
test_title (void)
{
  AthrAlive *alive = athr_alive_new (ATHR_ALIVE_GROUP, objects);
  g_autofree char *unnamed = athr_alive_get_title (alive);
  g_autofree char *expected = g_strdup_printf ("group (AthrGroup %p)", (gpointer) objects);
  g_autofree char *expected_named = g_strdup_printf ("group “name” (AthrGroup %p)", (gpointer) objects);
  g_autofree char *named = NULL, *hidden = NULL;

  athr_alive_set_name (alive, "name");
  named = athr_alive_get_title (alive);
  athr_alive_hide (alive);
  hidden = athr_alive_get_title (alive);
  athr_alive_free (alive);

  g_assert_cmpstr (unnamed, ==, expected);
  g_assert_cmpstr (named, ==, expected_named);
  g_assert_cmpstr (hidden, ==, "group “name”");
}

static gpointer
new_on_thread (gpointer unused)
{
  AthrAlive **entries = g_new (AthrAlive *, N);

  for (guint i = 0; i < N; i++)
    entries[i] = athr_alive_new (ATHR_ALIVE_CALL, &objects[i]);

  return entries;
}

/* A thread makes objects and ends, and another thread frees them. The next thread gets the same entries. */
static void
test_other_thread (void)
{
  g_autoptr (GHashTable) known = g_hash_table_new (NULL, NULL);

  for (guint round = 0; round < 10; round++)
    {
      g_autofree AthrAlive **entries = g_thread_join (g_thread_new ("maker", new_on_thread, NULL));
      g_autoptr (GArray) all = athr_alive_list ();
      g_autoptr (GArray) none = NULL;

      g_assert_cmpuint (all->len, ==, N);
      for (guint i = 0; i < N; i++)
        {
          g_hash_table_add (known, entries[i]);
          athr_alive_free (entries[i]);
        }
      none = athr_alive_list ();
      g_assert_cmpuint (none->len, ==, 0);
    }
  g_assert_cmpuint (g_hash_table_size (known), <, 2 * N);
}

/* The name and the kind of an object always belong together. */
typedef struct
{
  int is_over; /* atomic */
  int n_made;  /* atomic */
  GAsyncQueue *made; /* entries that another thread frees */
} Churn;

static gpointer
churn (gpointer data)
{
  Churn *self = data;

  for (guint i = 0; !g_atomic_int_get (&self->is_over); i++)
    {
      gboolean is_call = i % 3 == 0;
      AthrAlive *alive = athr_alive_new (is_call ? ATHR_ALIVE_CALL : ATHR_ALIVE_GROUP, &objects[is_call]);

      athr_alive_set_name (alive, is_call ? "call with a name of some length" : "group with another name");
      g_atomic_int_inc (&self->n_made);
      /* Beside other work the other thread may free more slowly than this one makes. */
      if (i % 2 == 0 || g_async_queue_length (self->made) > 100)
        athr_alive_free (alive);
      else
        g_async_queue_push (self->made, alive);
    }

  return NULL;
}

static void
test_while_changing (void)
{
  Churn self = { FALSE, 0, g_async_queue_new () };
  GThread *threads[2];
  AthrAlive *alive;

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("churn", churn, &self);
  for (guint i = 0; i < 500 || g_atomic_int_get (&self.n_made) < 1000; i++)
    {
      g_autoptr (GArray) list = athr_alive_list ();

      for (guint j = 0; j < list->len; j++)
        {
          const AthrAliveFacts *facts = &g_array_index (list, AthrAliveFacts, j);
          gboolean is_call = facts->kind == ATHR_ALIVE_CALL;

          g_assert_true (facts->object == &objects[is_call]);
          if (facts->name[0] != '\0')
            g_assert_cmpstr (facts->name, ==, is_call ? "call with a name of some length" : "group with another name");
        }
      while ((alive = g_async_queue_try_pop (self.made)) != NULL)
        athr_alive_free (alive);
    }
  g_atomic_int_set (&self.is_over, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  while ((alive = g_async_queue_try_pop (self.made)) != NULL)
    athr_alive_free (alive);
  g_async_queue_unref (self.made);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/alive/list", test_list);
  g_test_add_func ("/athr/alive/life", test_life);
  g_test_add_func ("/athr/alive/reuse", test_reuse);
  g_test_add_func ("/athr/alive/name", test_name);
  g_test_add_func ("/athr/alive/title", test_title);
  g_test_add_func ("/athr/alive/other-thread", test_other_thread);
  g_test_add_func ("/athr/alive/while-changing", test_while_changing);

  return g_test_run ();
}
