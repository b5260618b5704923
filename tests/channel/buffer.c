/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "channel/athr-buffer-private.h"

static void
push (AthrBuffer *buffer,
      int         number)
{
  GValue value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_INT);
  g_value_set_int (&value, number);
  athr_buffer_push (buffer, &value);
}

static void
assert_pops (AthrBuffer *buffer,
             int         number)
{
  GValue value = G_VALUE_INIT;

  athr_buffer_pop (buffer, &value);
  g_assert_cmpint (g_value_get_int (&value), ==, number);
}

static void
test_order (void)
{
  AthrBuffer buffer = { NULL };
  int n_pushed = 0, n_popped = 0;

  g_test_summary ("Values come out in order, however many there are and however they are popped");

  for (int round = 0; round < 200; round++)
    {
      int n_push = g_test_rand_int_range (0, 3 * ATHR_SEGMENT_MAX);
      int n_pop = round % 20 == 19 ? (int) buffer.n_values + n_push
                                   : g_test_rand_int_range (0, 3 * ATHR_SEGMENT_MAX);

      for (int i = 0; i < n_push; i++)
        push (&buffer, n_pushed++);
      g_assert_cmpint (buffer.n_values, ==, n_pushed - n_popped);

      n_pop = MIN (n_pop, (int) buffer.n_values);
      if (round % 2 == 0)
        {
          g_autofree GValue *values = g_new (GValue, n_pop);

          athr_buffer_pop_many (&buffer, values, n_pop);
          for (int i = 0; i < n_pop; i++)
            g_assert_cmpint (g_value_get_int (&values[i]), ==, n_popped++);
        }
      else
        {
          for (int i = 0; i < n_pop; i++)
            assert_pops (&buffer, n_popped++);
        }
      g_assert_cmpint (buffer.n_values, ==, n_pushed - n_popped);
    }

  while (n_popped < n_pushed)
    assert_pops (&buffer, n_popped++);
  athr_buffer_clear (&buffer);
}

static void
test_pop_nth (void)
{
  const int n_values = 2 * ATHR_SEGMENT_MAX;

  g_test_summary ("A value that is popped from the middle leaves the order of the others as it was");

  for (int nth = 0; nth < n_values; nth++)
    {
      AthrBuffer buffer = { NULL };
      GValue value = G_VALUE_INIT;

      for (int i = 0; i < n_values; i++)
        push (&buffer, i);
      athr_buffer_pop_nth (&buffer, nth, &value);
      g_assert_cmpint (g_value_get_int (&value), ==, nth);
      for (int i = 0; i < n_values; i++)
        if (i != nth)
          assert_pops (&buffer, i);
      g_assert_cmpint (buffer.n_values, ==, 0);
      athr_buffer_clear (&buffer);
    }
}

static guint
count_segments (AthrBuffer *buffer)
{
  guint n = buffer->spare != NULL;

  for (AthrSegment *segment = buffer->head; segment != NULL; segment = segment->next)
    n++;

  return n;
}

static void
test_memory (void)
{
  AthrBuffer buffer = { NULL };
  const int n_values = 100 * ATHR_SEGMENT_MAX;

  g_test_summary ("A buffer that was emptied gives its memory back, and a small one stays small");

  for (int i = 0; i < 10 * ATHR_SEGMENT_MAX; i++)
    {
      push (&buffer, i);
      assert_pops (&buffer, i);
    }
  g_assert_cmpuint (count_segments (&buffer), ==, 1);
  g_assert_cmpuint (buffer.head->size, ==, ATHR_SEGMENT_MIN);

  for (int i = 0; i < n_values; i++)
    push (&buffer, i);
  g_assert_cmpuint (count_segments (&buffer), >=, 100);
  for (int i = 0; i < n_values; i++)
    assert_pops (&buffer, i);
  g_assert_cmpuint (count_segments (&buffer), ==, 2);

  athr_buffer_clear (&buffer);
  g_assert_cmpuint (count_segments (&buffer), ==, 0);
}

static void
test_full (void)
{
  g_test_summary ("A buffer that cannot count its values ends the program");

  if (g_test_subprocess ())
    {
      AthrBuffer buffer = { .n_values = G_MAXUINT };
      GValue value = G_VALUE_INIT;

      athr_buffer_push (&buffer, &value);
      return;
    }

  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*A buffer cannot hold more than 4294967295 values*");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/buffer/order", test_order);
  g_test_add_func ("/athr/buffer/pop-nth", test_pop_nth);
  g_test_add_func ("/athr/buffer/memory", test_memory);
  g_test_add_func ("/athr/buffer/full", test_full);

  return g_test_run ();
}
