/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "call-test.h"
#include "context/athr-context-queue-private.h"

/* What the function of a call asks home, and has home do. */

typedef struct
{
  AthrExecutor *executor;
  AthrCall *call;
  GObject *owner;
  AthrGate begin;          /* the function waits before it asks */
  AthrGate over;           /* open when the ask has returned */
  AthrQuestion *question;  /* kept; owned */
  gboolean drops;          /* the ask function keeps nothing */
  int n_asked;
  GThread *asked_on;
  GThread *destroyed_on;   /* atomic */
  int n_destroyed;         /* atomic */
  GValue value;            /* what the function got; read it when the call is over */
  GError *error;           /* likewise */
  GString *log;
  AthrAnswer answer;
} Fixture;

static void
note_destroyed (gpointer user_data)
{
  Fixture *self = user_data;

  g_atomic_pointer_set (&self->destroyed_on, g_thread_self ());
  g_atomic_int_inc (&self->n_destroyed);
}

static void
ask (AthrQuestion *question,
     gpointer      user_data)
{
  Fixture *self = user_data;

  self->asked_on = g_thread_self ();
  if (!self->drops)
    self->question = g_object_ref (question);
  self->n_asked++;
}

static void
run_ask (AthrCall  *call,
         gpointer   user_data,
         GError   **error)
{
  Fixture *self = user_data;

  athr_gate_pass (&self->begin);
  if (athr_call_ask (call, ask, self, note_destroyed, &self->value, &self->error))
    athr_call_return_value (call, &self->value);
  else
    g_propagate_error (error, g_error_copy (self->error));
  athr_gate_open (&self->over);
}

static void
set_up (Fixture       *self,
        gconstpointer  func)
{
  memset (self, 0, sizeof *self);
  athr_gate_init (&self->begin);
  athr_gate_init (&self->over);
  self->executor = athr_executor_new ("test", 2);
  self->call = athr_call_new ((AthrCallFunc) func, self, NULL);
  athr_call_set_executor (self->call, self->executor);
  self->log = g_string_new (NULL);
  self->answer.log = self->log;
  self->answer.name = "callback";
  self->owner = g_object_new (G_TYPE_OBJECT, NULL);
  athr_call_bind (self->call, self->owner);
}

static void
tear_down (Fixture       *self,
           gconstpointer  func)
{
  g_clear_object (&self->call);
  athr_test_finish (self->executor);
  g_assert_true (self->destroyed_on == NULL || self->destroyed_on == g_thread_self ());
  g_clear_object (&self->question);
  g_clear_object (&self->owner);
  athr_answer_clear (&self->answer);
  g_clear_error (&self->error);
  if (G_IS_VALUE (&self->value))
    g_value_unset (&self->value);
  g_object_unref (self->executor);
  g_string_free (self->log, TRUE);
  athr_gate_clear (&self->begin);
  athr_gate_clear (&self->over);
}

/* Runs the call until the question has come. */
static void
run (Fixture *self)
{
  athr_call_run_async (self->call, NULL, athr_answer_take, &self->answer);
  athr_gate_open (&self->begin);
  athr_test_iterate_until (NULL, self->n_asked == 1);
  g_assert_true (self->asked_on == g_thread_self ());
  g_assert_cmpint (self->n_destroyed, ==, 1);
}

static void
assert_failed (Fixture *self,
               int      code)
{
  athr_gate_pass (&self->over);
  athr_test_finish (self->executor);
  g_assert_error (self->error, G_IO_ERROR, code);
  g_assert_false (G_IS_VALUE (&self->value));
  g_assert_cmpint (self->n_destroyed, ==, 1);
}

static void
answer_int (Fixture *self,
            int      number)
{
  g_auto (GValue) value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_INT);
  g_value_set_int (&value, number);
  athr_question_answer (self->question, &value);
}

static void
test_answer (Fixture       *self,
             gconstpointer  func)
{
  run (self);
  /* The worker has given its place back. */
  athr_test_yield_until (athr_executor_get_n_running (self->executor) == 0);
  answer_int (self, 42);
  athr_answer_await (&self->answer, NULL);
  athr_answer_assert_int (&self->answer, 42);
}

static void
test_null (Fixture       *self,
           gconstpointer  func)
{
  run (self);
  athr_question_answer (self->question, NULL);
  athr_answer_await (&self->answer, NULL);
  g_assert_true (G_VALUE_HOLDS (&self->answer.value, G_TYPE_POINTER));
}

static void
test_fail (Fixture       *self,
           gconstpointer  func)
{
  run (self);
  athr_question_fail_literal (self->question, G_IO_ERROR, G_IO_ERROR_EXISTS, "There is one");
  assert_failed (self, G_IO_ERROR_EXISTS);
}

static void
test_fail_with_error (Fixture       *self,
                      gconstpointer  func)
{
  g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_EXISTS, "There is one");

  run (self);
  athr_question_fail (self->question, error);
  assert_failed (self, G_IO_ERROR_EXISTS);
  g_assert_cmpstr (self->error->message, ==, "There is one");
  g_assert_true (self->error != error);
}

static void
test_dropped (Fixture       *self,
              gconstpointer  func)
{
  self->drops = TRUE;
  run (self);
  assert_failed (self, G_IO_ERROR_FAILED);
}

static void
test_cancelled (Fixture       *self,
                gconstpointer  func)
{
  run (self);
  athr_call_cancel (self->call);
  assert_failed (self, G_IO_ERROR_CANCELLED);
  /* Too late: dropped, and no critical. */
  answer_int (self, 42);
}

static void
test_timed_out (Fixture       *self,
                gconstpointer  func)
{
  athr_call_set_run_timeout (self->call, 1);
  athr_gate_open (&self->begin);
  athr_call_run_async (self->call, NULL, athr_answer_take, &self->answer);
  athr_answer_await (&self->answer, NULL);
  assert_failed (self, G_IO_ERROR_TIMED_OUT);
}

static void
test_stopped_before (Fixture       *self,
                     gconstpointer  func)
{
  athr_call_run_async (self->call, NULL, athr_answer_take, &self->answer);
  athr_gate_await (&self->begin, 1);
  athr_call_cancel (self->call);
  athr_gate_open (&self->begin);
  assert_failed (self, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (self->n_asked, ==, 0);
}

static void
test_owner_gone (Fixture       *self,
                 gconstpointer  func)
{
  run (self);
  g_clear_object (&self->owner);
  athr_answer_await (&self->answer, NULL);
  assert_failed (self, G_IO_ERROR_CANCELLED);
}

/* The question waits at home as the owner goes: its function is not called. */
static void
test_owner_gone_before (Fixture       *self,
                        gconstpointer  func)
{
  athr_call_run_async (self->call, NULL, athr_answer_take, &self->answer);
  athr_gate_await (&self->begin, 1);
  athr_test_drain (NULL);
  athr_gate_open (&self->begin);
  athr_test_yield_until (athr_executor_get_n_running (self->executor) == 0);
  g_clear_object (&self->owner);
  athr_answer_await (&self->answer, NULL);
  assert_failed (self, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (self->n_asked, ==, 0);
}

static void
test_blocked_before (Fixture       *self,
                     gconstpointer  func)
{
  g_autoptr (GError) error = NULL;

  athr_gate_open (&self->begin);
  g_assert_false (athr_call_run (self->call, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  assert_failed (self, G_IO_ERROR_WOULD_BLOCK);
  g_assert_cmpint (self->n_asked, ==, 0);
}

static void
wait_for_ask (AthrCall  *call,
              gpointer   user_data,
              GError   **error)
{
  Fixture *self = user_data;

  athr_gate_pass (&self->over);
}

/* The wait at home begins when the question has come, and ends only with it. */
static void
test_blocked_after (Fixture       *self,
                    gconstpointer  func)
{
  g_autoptr (AthrCall) other = athr_call_new (wait_for_ask, self, NULL);

  run (self);
  athr_call_set_executor (other, self->executor);
  g_assert_true (athr_call_run (other, NULL, NULL, NULL));
  assert_failed (self, G_IO_ERROR_WOULD_BLOCK);
}

static void
open_and_wait_for_ask (AthrCall  *call,
                       gpointer   user_data,
                       GError   **error)
{
  Fixture *self = user_data;

  athr_gate_open (&self->begin);
  athr_gate_pass (&self->over);
}

/* The thread waits under another context of its own than that of the question. */
static void
test_blocked_elsewhere (Fixture       *self,
                        gconstpointer  func)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (AthrCall) other = NULL;

  athr_call_run_async (self->call, NULL, athr_answer_take, &self->answer);
  athr_test_drain (NULL);
  g_main_context_push_thread_default (context);
  other = athr_call_new (open_and_wait_for_ask, self, NULL);
  athr_call_set_executor (other, self->executor);
  g_assert_true (athr_call_run (other, NULL, NULL, NULL));
  g_main_context_pop_thread_default (context);
  athr_answer_await (&self->answer, NULL);
  assert_failed (self, G_IO_ERROR_WOULD_BLOCK);
}

static void
log_second (AthrCall  *call,
            gpointer   user_data,
            GError   **error)
{
  athr_test_log (((Fixture *) user_data)->log, "second");
}

static void
run_ask_and_log (AthrCall  *call,
                 gpointer   user_data,
                 GError   **error)
{
  Fixture *self = user_data;

  run_ask (call, user_data, error);
  athr_test_log (self->log, "first");
}

/* Only the one thread logs, so the log needs no lock. */
static void
test_one_thread (Fixture       *self,
                 gconstpointer  func)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("one", 1);
  g_autoptr (AthrCall) second = athr_call_new (log_second, self, NULL);
  g_auto (AthrAnswer) answer = { 0 };

  athr_call_set_executor (self->call, executor);
  athr_call_set_executor (second, executor);
  self->answer.log = NULL;
  run (self);
  athr_call_run_async (second, NULL, athr_answer_take, &answer);
  athr_test_drain (NULL);
  g_assert_cmpint (athr_call_get_state (second), ==, ATHR_CALL_STATE_QUEUED);
  answer_int (self, 42);
  athr_answer_await (&self->answer, NULL);
  athr_answer_await (&answer, NULL);
  g_assert_cmpstr (self->log->str, ==, "first second");
  athr_test_finish (executor);
}

static void
test_dead_home (Fixture       *self,
                gconstpointer  func)
{
  GMainContext *context = g_main_context_new ();

  g_main_context_push_thread_default (context);
  athr_call_start (self->call);
  g_main_context_pop_thread_default (context);
  athr_gate_await (&self->begin, 1);
  g_main_context_unref (context);
  athr_gate_open (&self->begin);
  athr_gate_pass (&self->over);
  g_assert_error (self->error, G_IO_ERROR, G_IO_ERROR_CLOSED);
  athr_test_yield_until (g_atomic_int_get (&self->n_destroyed) == 1);
  g_atomic_pointer_set (&self->destroyed_on, NULL);
}

/* Posts */

static void
post (gpointer user_data)
{
  Fixture *self = user_data;

  athr_test_log (self->log, "post");
  g_assert_cmpint (self->answer.n_times, ==, 0);
}

static void
run_posts (AthrCall  *call,
           gpointer   user_data,
           GError   **error)
{
  Fixture *self = user_data;

  for (int i = 0; i < 3; i++)
    athr_call_post (call, post, self, note_destroyed);
  athr_gate_pass (&self->begin);
  athr_call_post (call, post, self, note_destroyed);
  athr_call_return (call, G_TYPE_INT, 42);
  athr_gate_open (&self->over);
}

static void
test_posts (Fixture       *self,
            gconstpointer  func)
{
  athr_gate_open (&self->begin);
  athr_call_run_async (self->call, NULL, athr_answer_take, &self->answer);
  athr_answer_await (&self->answer, NULL);
  athr_answer_assert_int (&self->answer, 42);
  g_assert_cmpint (self->n_destroyed, ==, 4);
  g_assert_cmpstr (self->log->str, ==, "post post post post callback");
}

static void
test_posts_fixed (Fixture       *self,
                  gconstpointer  func)
{
  athr_call_set_return_on_cancel (self->call, TRUE);
  athr_call_run_async (self->call, NULL, athr_answer_take, &self->answer);
  athr_gate_await (&self->begin, 1);
  athr_call_cancel (self->call);
  athr_answer_await (&self->answer, NULL);
  /* The fourth one comes when the outcome is fixed. */
  athr_gate_open (&self->begin);
  athr_test_finish (self->executor);
  g_assert_cmpint (self->n_destroyed, ==, 4);
  g_assert_cmpstr (self->log->str, ==, "post post post callback");
}

static void
test_posts_owner_gone (Fixture       *self,
                       gconstpointer  func)
{
  athr_call_run_async (self->call, NULL, athr_answer_take, &self->answer);
  athr_gate_await (&self->begin, 1);
  g_clear_object (&self->owner);
  athr_gate_open (&self->begin);
  athr_answer_await (&self->answer, NULL);
  athr_test_finish (self->executor);
  g_assert_cmpint (self->n_destroyed, ==, 4);
  g_assert_cmpstr (self->log->str, ==, "callback");
}

static void
burn_slice (gpointer user_data)
{
  Fixture *self = user_data;
  gint64 end = g_get_monotonic_time () + 4500; /* longer than a slice */

  while (g_get_monotonic_time () < end)
    ;
  athr_test_log (self->log, "post");
}

static void
run_long_posts (AthrCall  *call,
                gpointer   user_data,
                GError   **error)
{
  for (int i = 0; i < 3; i++)
    athr_call_post (call, burn_slice, user_data, note_destroyed);
  athr_gate_open (&((Fixture *) user_data)->over);
}

static gboolean
log_source (gpointer user_data)
{
  Fixture *self = user_data;

  if (strcmp (self->log->str, "") != 0)
    athr_test_log (self->log, "other");

  return G_SOURCE_CONTINUE;
}

/* Another source of the same priority has its turn after each function that fills a slice. */
static void
test_posts_slices (Fixture       *self,
                   gconstpointer  func)
{
  guint source = g_idle_add_full (G_PRIORITY_DEFAULT, log_source, self, NULL);

  athr_call_run_async (self->call, NULL, athr_answer_take, &self->answer);
  athr_gate_pass (&self->over);
  athr_answer_await (&self->answer, NULL);
  g_source_remove (source);
  g_assert_true (g_str_has_prefix (self->log->str, "post other post other post other"));
}

static void
nest (gpointer user_data)
{
  Fixture *self = user_data;

  athr_test_log (self->log, "nest");
  athr_answer_await (&self->answer, NULL);
}

static void
run_nested (AthrCall  *call,
            gpointer   user_data,
            GError   **error)
{
  Fixture *self = user_data;

  athr_call_post (call, nest, self, note_destroyed);
  athr_call_post (call, post, self, note_destroyed);
  athr_call_post (call, post, self, note_destroyed);
}

static void
test_posts_nested (Fixture       *self,
                   gconstpointer  func)
{
  athr_call_run_async (self->call, NULL, athr_answer_take, &self->answer);
  athr_answer_await (&self->answer, NULL);
  athr_test_finish (self->executor);
  g_assert_cmpstr (self->log->str, ==, "nest post post callback");
  g_assert_cmpint (self->n_destroyed, ==, 3);
}

/* The linker lets the library call this in place of athr_context_queue_push(). */
gboolean __wrap_athr_context_queue_push (AthrContextQueue *queue,
                                         int               priority,
                                         AthrWorkItem     *item);
gboolean __real_athr_context_queue_push (AthrContextQueue *queue,
                                         int               priority,
                                         AthrWorkItem     *item);

static GThread *held; /* atomic; (nullable): the thread that waits before it pushes */
static AthrGate may_push;

gboolean
__wrap_athr_context_queue_push (AthrContextQueue *queue,
                                int               priority,
                                AthrWorkItem     *item)
{
  if (g_atomic_pointer_get (&held) == g_thread_self ())
    athr_gate_pass (&may_push);

  return __real_athr_context_queue_push (queue, priority, item);
}

static void
run_held_post (AthrCall  *call,
               gpointer   user_data,
               GError   **error)
{
  g_atomic_pointer_set (&held, g_thread_self ());
  athr_call_post (call, post, user_data, note_destroyed);
  g_atomic_pointer_set (&held, NULL);
}

/* The call is cancelled, and answered, between the two steps by which the worker posts. */
static void
test_post_after_answer (Fixture       *self,
                        gconstpointer  func)
{
#ifdef ATHR_TEST_LTO
  g_test_skip ("Link-time optimization leaves no symbol that the linker could wrap");
  return;
#endif

  athr_gate_init (&may_push);
  athr_call_set_return_on_cancel (self->call, TRUE);
  athr_call_run_async (self->call, NULL, athr_answer_take, &self->answer);
  athr_gate_await (&may_push, 1);
  athr_call_cancel (self->call);
  athr_answer_await (&self->answer, NULL);
  g_assert_error (self->answer.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  athr_gate_open (&may_push);
  athr_test_iterate_until (NULL, g_atomic_int_get (&self->n_destroyed) == 1);
  g_assert_cmpstr (self->log->str, ==, "callback");
  athr_gate_clear (&may_push);
}

/* Mistakes */

static void
assert_critical (const char *pattern)
{
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr (pattern);
}

static void
test_twice (void)
{
  Fixture self;

  if (!g_test_subprocess ())
    {
      assert_critical ("*A question was answered twice*");
      return;
    }

  set_up (&self, run_ask);
  run (&self);
  answer_int (&self, 1);
  answer_int (&self, 2);
}

static gpointer
answer_on_thread (gpointer self)
{
  answer_int (self, 1);

  return NULL;
}

static gpointer
fail_on_thread (gpointer self)
{
  athr_question_fail_literal (((Fixture *) self)->question, G_IO_ERROR, G_IO_ERROR_EXISTS, "There is one");

  return NULL;
}

static void
test_elsewhere (gconstpointer func)
{
  Fixture self;

  g_test_summary ("A thread that answers a question of another thread is named in a critical");

  if (!g_test_subprocess ())
    {
      assert_critical ("*athr_question_*was called on the thread*answers*the question*");
      return;
    }

  set_up (&self, run_ask);
  run (&self);
  g_thread_join (g_thread_new ("answers", (GThreadFunc) func, &self));
}

static void
test_ask_outside (void)
{
  Fixture self;

  if (!g_test_subprocess ())
    {
      assert_critical ("*athr_call_ask*outside of the function*");
      return;
    }

  set_up (&self, run_ask);
  athr_call_ask (self.call, ask, &self, note_destroyed, NULL, NULL);
}

static void
test_post_outside (void)
{
  Fixture self;

  if (!g_test_subprocess ())
    {
      assert_critical ("*athr_call_post*outside of the function*");
      return;
    }

  set_up (&self, run_posts);
  athr_gate_open (&self.begin);
  athr_call_run (self.call, NULL, NULL, NULL);
  athr_call_post (self.call, post, &self, note_destroyed);
}

static void
add (const char   *path,
     AthrCallFunc  func,
     void        (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, func, set_up, test, tear_down);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  add ("/athr/call/ask/answer", run_ask, test_answer);
  add ("/athr/call/ask/null", run_ask, test_null);
  add ("/athr/call/ask/fail", run_ask, test_fail);
  add ("/athr/call/ask/fail-with-error", run_ask, test_fail_with_error);
  add ("/athr/call/ask/dropped", run_ask, test_dropped);
  add ("/athr/call/ask/cancelled", run_ask, test_cancelled);
  add ("/athr/call/ask/timed-out", run_ask, test_timed_out);
  add ("/athr/call/ask/stopped-before", run_ask, test_stopped_before);
  add ("/athr/call/ask/owner-gone", run_ask, test_owner_gone);
  add ("/athr/call/ask/owner-gone-before", run_ask, test_owner_gone_before);
  add ("/athr/call/ask/blocked-before", run_ask, test_blocked_before);
  add ("/athr/call/ask/blocked-after", run_ask, test_blocked_after);
  add ("/athr/call/ask/blocked-elsewhere", run_ask, test_blocked_elsewhere);
  add ("/athr/call/ask/one-thread", run_ask_and_log, test_one_thread);
  add ("/athr/call/ask/dead-home", run_ask, test_dead_home);
  add ("/athr/call/post/order", run_posts, test_posts);
  add ("/athr/call/post/fixed", run_posts, test_posts_fixed);
  add ("/athr/call/post/owner-gone", run_posts, test_posts_owner_gone);
  add ("/athr/call/post/slices", run_long_posts, test_posts_slices);
  add ("/athr/call/post/nested", run_nested, test_posts_nested);
  add ("/athr/call/post/after-answer", run_held_post, test_post_after_answer);
  g_test_add_func ("/athr/call/ask/twice", test_twice);
  g_test_add_data_func ("/athr/call/ask/elsewhere/answer", (gconstpointer) answer_on_thread, test_elsewhere);
  g_test_add_data_func ("/athr/call/ask/elsewhere/fail", (gconstpointer) fail_on_thread, test_elsewhere);
  g_test_add_func ("/athr/call/ask/outside", test_ask_outside);
  g_test_add_func ("/athr/call/post/outside", test_post_outside);

  return g_test_run ();
}
