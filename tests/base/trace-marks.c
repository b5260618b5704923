/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <sysprof-capture.h>

#include <athreading/athreading.h>

#include "athr-test.h"

/* The linker lets the library call the functions below in place of those of Sysprof's library, which need a
 * profiler at the other end of a socket. */

void __wrap_sysprof_collector_init      (void);
bool __wrap_sysprof_collector_is_active (void);
void __wrap_sysprof_collector_mark      (int64_t     time,
                                         int64_t     duration,
                                         const char *group,
                                         const char *name,
                                         const char *message);

static GMutex lock;
static GHashTable *counts; /* lock; how many marks there are, by their texts */
static int is_active = TRUE;

void
__wrap_sysprof_collector_init (void)
{
}

bool
__wrap_sysprof_collector_is_active (void)
{
  return is_active;
}

void
__wrap_sysprof_collector_mark (int64_t     time,
                               int64_t     duration,
                               const char *group,
                               const char *name,
                               const char *message)
{
  char *text;

  g_assert_true (is_active);
  g_assert_cmpstr (group, ==, "athreading");
  g_assert_cmpint (time, >, 0);
  g_assert_cmpint (duration, >=, 0);
  g_assert_cmpint (time + duration, <=, SYSPROF_CAPTURE_CURRENT_TIME);

  /* Without the address. */
  text = g_strdup_printf ("%s of %.*s", name, (int) strcspn (message, "("), message);
  g_mutex_lock (&lock);
  g_hash_table_replace (counts, text, GINT_TO_POINTER (GPOINTER_TO_INT (g_hash_table_lookup (counts, text)) + 1));
  g_mutex_unlock (&lock);
}

static int
count_marks (const char *text)
{
  int n;

  g_mutex_lock (&lock);
  n = GPOINTER_TO_INT (g_hash_table_lookup (counts, text));
  g_mutex_unlock (&lock);

  return n;
}

static void
return_nothing (AthrCall  *call,
                gpointer   user_data,
                GError   **error)
{
}

static void
yield_or_end (AthrYielder  *yielder,
              gpointer      n_left,
              GError      **error)
{
  if (--*(int *) n_left == 0)
    athr_yielder_end (yielder);
  else
    athr_yielder_yield (yielder, error, G_TYPE_INT, 1);
}

static void
run_call (const char *name,
          gboolean    is_cancelled)
{
  g_autoptr (AthrCall) call = athr_call_new (return_nothing, NULL, NULL);
  g_autoptr (GAsyncResult) result = NULL;

  athr_call_set_name (call, name);
  if (is_cancelled)
    athr_call_cancel (call);
  athr_call_run_async (call, NULL, athr_test_keep_result, &result);
  athr_test_iterate_until (NULL, result != NULL);
  athr_test_drain (NULL);
}

static void
run_steps (int n_steps)
{
  g_autoptr (AthrStream) stream = athr_stream_new_steps (yield_or_end, &n_steps, NULL);

  athr_stream_set_name (stream, "steps");
  while (!athr_stream_is_done (stream))
    g_assert_true (athr_stream_next (stream, NULL, NULL, NULL));
  g_clear_object (&stream);
  athr_test_drain (NULL);
}

/* The library looks once whether the profiler listens. So each test runs in a process of its own. */
static gboolean
begin (void)
{
  if (g_test_subprocess ())
    return TRUE;

  g_test_trap_subprocess (NULL, ATHR_TEST_TIMEOUT, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();

  return FALSE;
}

static void
test_call (void)
{
  if (!begin ())
    return;

  run_call ("marked", FALSE);
  g_assert_cmpint (count_marks ("queued of call “marked” "), ==, 1);
  g_assert_cmpint (count_marks ("run of call “marked” "), ==, 1);
  g_assert_cmpint (count_marks ("delivered of call “marked” "), ==, 1);
}

/* A function that never ran has no marks, also in an entry that another object had before. */
static void
test_never_run (void)
{
  if (!begin ())
    return;

  run_call ("marked", FALSE);
  run_call ("cancelled", TRUE);
  g_assert_cmpint (count_marks ("run of call “cancelled” "), ==, 0);
  g_assert_cmpint (count_marks ("delivered of call “cancelled” "), ==, 0);
  g_assert_cmpint (count_marks ("run of call “marked” "), ==, 1);
}

static void
test_steps (void)
{
  if (!begin ())
    return;

  run_steps (3);
  g_assert_cmpint (count_marks ("queued of stream “steps” "), ==, 3);
  g_assert_cmpint (count_marks ("run of stream “steps” "), ==, 3);
  g_assert_cmpint (count_marks ("delivered of stream “steps” "), ==, 1);
}

static void
test_no_profiler (void)
{
  if (!begin ())
    return;

  is_active = FALSE;
  run_call ("unmarked", FALSE);
  run_steps (3);
  g_assert_cmpuint (g_hash_table_size (counts), ==, 0);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  g_test_add_func ("/athr/trace-marks/call", test_call);
  g_test_add_func ("/athr/trace-marks/never-run", test_never_run);
  g_test_add_func ("/athr/trace-marks/steps", test_steps);
  g_test_add_func ("/athr/trace-marks/no-profiler", test_no_profiler);

  return g_test_run ();
}
