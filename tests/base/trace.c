/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <athreading/athreading.h>

#include "athr-test.h"

/* The library looks once whether somebody listens. So each test runs in a process of its own. */

static GMutex lock;
static GString *messages; /* lock; a line each */

static void
keep_message (const char     *domain,
              GLogLevelFlags  level,
              const char     *message,
              gpointer        unused)
{
  g_assert_cmpstr (domain, ==, "Athr");
  g_assert_cmpint (level, ==, G_LOG_LEVEL_DEBUG);

  g_mutex_lock (&lock);
  g_string_append_printf (messages, "%s\n", message);
  g_mutex_unlock (&lock);
}

/* TRUE: this is the process of the test. Otherwise the test is over. */
static gboolean
begin (const char *domains)
{
  if (!g_test_subprocess ())
    {
      g_test_trap_subprocess (NULL, ATHR_TEST_TIMEOUT, G_TEST_SUBPROCESS_DEFAULT);
      g_test_trap_assert_passed ();
      return FALSE;
    }

  if (domains != NULL)
    g_setenv ("G_MESSAGES_DEBUG", domains, TRUE);
  else
    g_unsetenv ("G_MESSAGES_DEBUG");
  messages = g_string_new (NULL);
  g_log_set_handler ("Athr", G_LOG_LEVEL_DEBUG, keep_message, NULL);

  return TRUE;
}

/* Matches all the messages so far, and forgets them. */
static void
assert_messages (const char *pattern)
{
  g_mutex_lock (&lock);
  if (!g_regex_match_simple (pattern, messages->str, G_REGEX_ANCHORED, 0))
    g_error ("“%s” does not match “%s”", messages->str, pattern);
  g_string_set_size (messages, 0);
  g_mutex_unlock (&lock);
}

static void
set_true (gpointer object,
          gpointer flag)
{
  *(gboolean *) flag = TRUE;
}

/* Starts @call, and waits for its end. */
static void
run (AthrCall *call)
{
  gboolean has_finished = FALSE;

  g_signal_connect (call, "finished", G_CALLBACK (set_true), &has_finished);
  athr_call_start (call);
  athr_test_iterate_until (NULL, has_finished);
}

static void
return_nothing (AthrCall  *call,
                gpointer   user_data,
                GError   **error)
{
}

static void
fail (AthrCall  *call,
      gpointer   user_data,
      GError   **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "No luck");
}

static void
wait_for_cancel (AthrCall  *call,
                 gpointer   begun,
                 GError   **error)
{
  GPollFD fd;

  athr_gate_open (begun);
  if (g_cancellable_make_pollfd (athr_call_get_cancellable (call), &fd))
    g_poll (&fd, 1, -1);
  g_cancellable_release_fd (athr_call_get_cancellable (call));
}

static void
test_calls (void)
{
  g_autoptr (AthrCall) good = NULL, bad = NULL, cancelled = NULL, withdrawn = NULL;
  AthrGate begun;

  if (!begin ("Athr"))
    return;

  good = athr_call_new (return_nothing, NULL, NULL);
  bad = athr_call_new (fail, NULL, NULL);
  cancelled = athr_call_new (wait_for_cancel, &begun, NULL);
  withdrawn = athr_call_new (return_nothing, NULL, NULL);

  athr_call_set_name (good, "good");
  run (good);
  assert_messages ("call “good” \\(AthrCall 0x[0-9a-f]+\\) starts on the executor “athreading”\n"
                   "call “good” \\(AthrCall 0x[0-9a-f]+\\) begins on thread \\d+ after \\d+ ms in the queue\n"
                   "call “good” \\(AthrCall 0x[0-9a-f]+\\) has returned after \\d+ ms\n"
                   "call “good” \\(AthrCall 0x[0-9a-f]+\\) ends \\d+ ms after its creation\n$");
  run (bad);
  assert_messages ("(.*\n){3}call \\(AthrCall 0x[0-9a-f]+\\) fails \\d+ ms after its creation: No luck\n$");

  athr_gate_init (&begun);
  athr_call_start (cancelled);
  athr_gate_pass (&begun);
  assert_messages ("(.*\n){2}$");
  athr_call_cancel (cancelled);
  run (cancelled);
  assert_messages ("call .* is cancelled\n"
                   "call .* has returned after \\d+ ms\n"
                   "call .* ends as cancelled \\d+ ms after its creation: .*\n$");

  athr_call_cancel (withdrawn);
  run (withdrawn);
  assert_messages ("call .* is cancelled\n"
                   "call .* starts on the executor “athreading”\n"
                   "call .* ends as cancelled \\d+ ms after its creation: .*\n$");
  athr_gate_clear (&begun);
}

static void
yield_for_ever (AthrYielder  *yielder,
                gpointer      user_data,
                GError      **error)
{
  while (athr_yielder_yield (yielder, error, G_TYPE_INT, 1))
    ;
}

static void
fail_at_once (AthrYielder  *yielder,
              gpointer      user_data,
              GError      **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "No luck");
}

/* Steps are logged once for all. */
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
test_streams (void)
{
  g_autoptr (AthrStream) endless = NULL, bad = NULL, steps = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  int n_steps = 5;

  if (!begin ("Athr"))
    return;

  endless = athr_stream_new (yield_for_ever, NULL, NULL);
  athr_stream_set_name (endless, "endless");
  g_assert_true (athr_stream_next (endless, NULL, NULL, NULL));
  athr_stream_close_async (endless, NULL, athr_test_keep_result, &result);
  athr_test_iterate_until (NULL, result != NULL);
  assert_messages ("stream “endless” \\(AthrStream 0x[0-9a-f]+\\) starts on the executor “athreading”\n"
                   "stream “endless” .* begins on thread \\d+ after \\d+ ms in the queue\n"
                   "stream “endless” .* is closed\n"
                   "stream “endless” .* ends as closed \\d+ ms after its creation\n$");

  bad = athr_stream_new (fail_at_once, NULL, NULL);
  g_assert_false (athr_stream_next (bad, NULL, NULL, NULL));
  assert_messages ("stream \\(.* starts .*\nstream .* begins .*\n"
                   "stream .* fails \\d+ ms after its creation: No luck\n$");

  steps = athr_stream_new_steps (yield_or_end, &n_steps, NULL);
  while (!athr_stream_is_done (steps))
    g_assert_true (athr_stream_next (steps, NULL, NULL, NULL));
  assert_messages ("stream .* starts .*\nstream .* begins .*\nstream .* ends \\d+ ms after its creation\n$");
}

static void
test_groups (void)
{
  g_autoptr (AthrGroup) group = NULL;
  g_autoptr (AthrCall) call = NULL;
  g_autoptr (GAsyncResult) result = NULL;

  if (!begin ("Athr"))
    return;

  group = athr_group_new (ATHR_GROUP_FAIL_FAST);
  call = athr_call_new (fail, NULL, NULL);
  athr_group_set_name (group, "fragile");
  g_assert_true (athr_group_add (group, call, NULL));
  athr_group_wait_async (group, NULL, athr_test_keep_result, &result);
  athr_test_iterate_until (NULL, result != NULL);
  assert_messages ("group “fragile” \\(AthrGroup 0x[0-9a-f]+\\) starts\n"
                   "(call .*\n)+"
                   "group “fragile” .* fails, and cancels the other calls\n"
                   "group “fragile” .* fails \\d+ ms after its creation: No luck\n"
                   "(call .*\n)*$");
}

static void
test_executors (void)
{
  g_autoptr (AthrExecutor) executor = NULL;
  g_autoptr (GAsyncResult) result = NULL;

  if (!begin ("Athr"))
    return;

  executor = athr_executor_new ("mine", 2);
  athr_executor_close_async (executor, TRUE, NULL, athr_test_keep_result, &result);
  athr_test_iterate_until (NULL, result != NULL);
  assert_messages ("executor “mine” closes, and cancels what is queued\nexecutor “mine” is closed\n$");
}

static void
play (void)
{
  g_autoptr (AthrCall) call = athr_call_new (return_nothing, NULL, NULL);
  g_autoptr (AthrStream) stream = athr_stream_new (fail_at_once, NULL, NULL);

  run (call);
  g_assert_false (athr_stream_next (stream, NULL, NULL, NULL));
}

static void
test_off (void)
{
  if (!begin (NULL))
    return;

  play ();
  assert_messages ("$");
}

static void
test_other_domain (void)
{
  if (!begin ("Gtk athreading"))
    return;

  play ();
  assert_messages ("$");
}

static void
test_all_domains (void)
{
  if (!begin ("all"))
    return;

  play ();
  assert_messages ("call .*\n");
}

/* The log writer is code of the program: it may use the library. */
static void
write_and_call (const char     *domain,
                GLogLevelFlags  level,
                const char     *message,
                gpointer        unused)
{
  static _Thread_local gboolean is_writing;

  if (is_writing)
    return;

  is_writing = TRUE;
  g_free (athr_dump_alive ());
  g_object_unref (athr_call_new (return_nothing, NULL, NULL));
  is_writing = FALSE;
}

static void
test_writer_uses_library (void)
{
  if (!begin ("Athr"))
    return;

  g_log_set_handler ("Athr", G_LOG_LEVEL_DEBUG, write_and_call, NULL);
  play ();
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/trace/calls", test_calls);
  g_test_add_func ("/athr/trace/streams", test_streams);
  g_test_add_func ("/athr/trace/groups", test_groups);
  g_test_add_func ("/athr/trace/executors", test_executors);
  g_test_add_func ("/athr/trace/off", test_off);
  g_test_add_func ("/athr/trace/other-domain", test_other_domain);
  g_test_add_func ("/athr/trace/all-domains", test_all_domains);
  g_test_add_func ("/athr/trace/writer-uses-library", test_writer_uses_library);

  return g_test_run ();
}
