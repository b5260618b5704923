/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stream-flow-test.h"

/* Operations take some of the values, and the flow emits the others. */

static void
log_pulled (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  AthrFlow *self = user_data;
  g_autofree char *word = NULL;
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;

  if (!athr_stream_next_finish_into (ATHR_STREAM (source), result, &value, &error))
    word = g_strdup (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) ? "cancelled" : "error");
  else if (!G_IS_VALUE (&value))
    word = g_strdup ("end");
  else
    {
      guint number = g_value_get_uint (&value);

      g_assert_cmpuint (number, >, self->number);
      self->number = number;
      word = g_strdup_printf ("=%u", number);
    }
  athr_log_add (&self->log, word);
}

static void
log_batch (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  AthrFlow *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) values = NULL;

  values = athr_stream_next_batch_finish (ATHR_STREAM (source), result, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < values->len; i++)
    {
      guint number = g_value_get_uint (&g_array_index (values, GValue, i));
      g_autofree char *word = g_strdup_printf (i == 0 ? "[%u" : "+%u", number);

      g_assert_cmpuint (number, ==, ++self->number);
      athr_log_add (&self->log, word);
    }
}

static void
pull (AthrFlow *self)
{
  athr_stream_next_async (self->counter.stream, self->cancellable, log_pulled, self);
}

static void
test_before (void)
{
  g_auto (AthrFlow) flow = { 0, };

  g_test_summary ("Nexts get values before the flow, even if the flow was set before");

  athr_flow_init (&flow, 6, 10);
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  pull (&flow);
  pull (&flow);
  pull (&flow);
  athr_counter_await_returned (&flow.counter);
  athr_log_await (&flow.log, "=1 =2 =3 4 5 6 finished");
}

static void
test_before_scarce (void)
{
  g_auto (AthrFlow) flow = { 0, };

  g_test_summary ("In lock-step, too, nexts get values before the flow");

  athr_flow_init (&flow, 6, 0);
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  pull (&flow);
  pull (&flow);
  athr_log_await (&flow.log, "=1 =2 3 4 5 6 finished");
}

static void
test_batch (void)
{
  g_auto (AthrFlow) flow = { 0, };

  g_test_summary ("A batch takes the values that are there, and the flow emits the later ones");

  athr_flow_init (&flow, 6, 10);
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  athr_stream_next_batch_async (flow.counter.stream, 4, NULL, log_batch, &flow);
  athr_counter_await_returned (&flow.counter);
  athr_log_await (&flow.log, "[1 +2 +3 +4 5 6 finished");
}

static void
pull_twice (AthrFlow *self,
            guint     number)
{
  if (number % 3 != 1)
    return;

  pull (self);
  pull (self);
}

static void
test_in_handler (gconstpointer data)
{
  g_auto (AthrFlow) flow = { 0, };

  g_test_summary ("Two nexts that a handler asks for get the next two values");

  athr_flow_init (&flow, 9, GPOINTER_TO_UINT (data));
  flow.act = pull_twice;
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  athr_log_await (&flow.log, "1 =2 =3 4 =5 =6 7 =8 =9 finished");
}

static void
test_alternate (gconstpointer data)
{
  g_auto (AthrFlow) flow = { 0, };

  g_test_summary ("A stream may flow, be stopped, be asked, and flow again");

  athr_flow_init (&flow, 7, GPOINTER_TO_UINT (data));
  for (guint i = 0; i < 2; i++)
    {
      athr_stream_set_flowing (flow.counter.stream, TRUE);
      athr_stream_set_flowing (flow.counter.stream, FALSE);
      athr_test_expect_value (flow.counter.stream, ++flow.number);
    }
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  athr_log_await (&flow.log, "3 4 5 6 7 finished");
}

static void
stop (AthrFlow *self,
      guint     number)
{
  athr_stream_set_flowing (self->counter.stream, FALSE);
}

static void
test_one_each (gconstpointer data)
{
  g_auto (AthrFlow) flow = { 0, };
  GString *words = g_string_new (NULL);

  g_test_summary ("The flow and a next may take values in turn");

  athr_flow_init (&flow, 20, GPOINTER_TO_UINT (data));
  flow.act = stop;
  for (guint i = 1; i <= 20; i += 2)
    {
      g_string_append_printf (words, i > 1 ? " %u" : "%u", i);
      athr_stream_set_flowing (flow.counter.stream, TRUE);
      athr_log_await (&flow.log, words->str);
      athr_test_expect_value (flow.counter.stream, i + 1);
    }
  athr_test_expect_end (flow.counter.stream);
  g_string_free (words, TRUE);
}

static void
test_cancel (void)
{
  g_auto (AthrFlow) flow = { 0, };

  g_test_summary ("The flow emits the value of a next that was cancelled when the value was "
                  "there");

  athr_flow_init (&flow, 3, 10);
  flow.cancellable = g_cancellable_new ();
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  pull (&flow);
  pull (&flow);
  athr_counter_await_returned (&flow.counter);
  g_cancellable_cancel (flow.cancellable);
  athr_test_iterate_until (NULL, athr_stream_is_done (flow.counter.stream));
  athr_test_drain (NULL);
  g_assert_true (g_str_equal (flow.log.words->str, "cancelled cancelled 1 2 3 finished") ||
                 g_str_equal (flow.log.words->str, "1 2 3 cancelled cancelled finished"));
}

static void
test_cancel_waiting (void)
{
  g_auto (AthrFlow) flow = { 0, };

  g_test_summary ("The flow ends behind a next that was cancelled before there was a value");

  athr_flow_init (&flow, 0, 0);
  flow.counter.holds = TRUE;
  flow.cancellable = g_cancellable_new ();
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  athr_gate_await (&flow.counter.hold, 1);
  pull (&flow);
  athr_test_drain (NULL);
  g_cancellable_cancel (flow.cancellable);
  athr_log_await (&flow.log, "cancelled");
  athr_gate_open (&flow.counter.hold);
  athr_log_await (&flow.log, "cancelled finished");
}

static void
take_now (AthrFlow *self,
          guint     number)
{
  g_auto (GValue) value = G_VALUE_INIT;

  g_assert_true (athr_stream_try_next (self->counter.stream, &value));
  g_assert_cmpuint (g_value_get_uint (&value), ==, number + 1);
  self->number = number + 1;
}

static void
test_try_next (void)
{
  g_auto (AthrFlow) flow = { 0, };

  g_test_summary ("A handler may take the next value with try_next()");

  athr_flow_init (&flow, 6, 10);
  flow.act = take_now;
  athr_flow_start_full (&flow);
  athr_log_await (&flow.log, "1 3 5 finished");
}

static void
take_next (AthrFlow *self,
           guint     number)
{
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;

  g_assert_true (athr_stream_next (self->counter.stream, NULL, &value, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (g_value_get_uint (&value), ==, number + 1);
  self->number = number + 1;
}

static void
test_blocking (gconstpointer data)
{
  g_auto (AthrFlow) flow = { 0, };

  g_test_summary ("A handler may take the next value with the blocking next, without a main "
                  "loop");

  athr_flow_init (&flow, 6, GPOINTER_TO_UINT (data));
  flow.act = take_next;
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  athr_log_await (&flow.log, "1 3 5 finished");
}

static void
await_pulled (AthrFlow *self,
              guint     number)
{
  if (number != 2)
    return;

  pull (self);
  athr_test_iterate_until (NULL, self->number >= 3);
  athr_log_add (&self->log, "back");
  athr_stream_set_flowing (self->counter.stream, TRUE);
}

static void
test_nested (void)
{
  g_auto (AthrFlow) flow = { 0, };

  g_test_summary ("A handler may ask, and wait for the answer in a nested main loop");

  athr_flow_init (&flow, 5, 10);
  flow.act = await_pulled;
  athr_flow_start_full (&flow);
  athr_test_iterate_until (NULL, athr_stream_is_done (flow.counter.stream));
  athr_test_drain (NULL);
  g_assert_true (g_str_has_prefix (flow.log.words->str, "1 2 =3"));
  g_assert_nonnull (strstr (flow.log.words->str, "back"));
  g_assert_cmpuint (flow.number, ==, 5);
}

static void
test_end (void)
{
  g_auto (AthrFlow) flow = { 0, };

  g_test_summary ("Nexts get the error and the end; `finished` is emitted once, after them");

  athr_flow_init (&flow, 1, 10);
  flow.counter.error = athr_test_boom ();
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  pull (&flow);
  pull (&flow);
  pull (&flow);
  athr_counter_await_returned (&flow.counter);
  athr_log_await (&flow.log, "=1 error end finished");
}

static void
test_demand (void)
{
  g_auto (AthrFlow) flow = { 0, };

  g_test_summary ("Each next makes room for one value, and the flow for one");

  athr_flow_init (&flow, 20, 2);
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  athr_counter_await_blocked (&flow.counter, 3);
  pull (&flow);
  pull (&flow);
  athr_counter_await_blocked (&flow.counter, 5);
  flow.act = stop;
  athr_log_await (&flow.log, "=1 =2 3");
  athr_counter_await_blocked (&flow.counter, 5);
  pull (&flow);
  athr_counter_await_blocked (&flow.counter, 6);
}

int
main (int    argc,
      char **argv)
{
  const struct
  {
    const char *name;
    GTestDataFunc func;
  } sized[] = {
    { "in-handler", test_in_handler },
    { "alternate", test_alternate },
    { "one-each", test_one_each },
    { "blocking", test_blocking },
  };
  const struct
  {
    const char *name;
    guint size;
  } sizes[] = { { "one", 1 }, { "lock-step", 0 }, { "default", 64 } };

  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/stream/flow/pull/before", test_before);
  g_test_add_func ("/athr/stream/flow/pull/before-lock-step", test_before_scarce);
  g_test_add_func ("/athr/stream/flow/pull/batch", test_batch);
  for (guint i = 0; i < G_N_ELEMENTS (sized); i++)
    for (guint j = 0; j < G_N_ELEMENTS (sizes); j++)
      {
        g_autofree char *path = g_strdup_printf ("/athr/stream/flow/pull/%s/%s", sized[i].name,
                                                 sizes[j].name);

        g_test_add_data_func (path, GUINT_TO_POINTER (sizes[j].size), sized[i].func);
      }
  g_test_add_func ("/athr/stream/flow/pull/cancel", test_cancel);
  g_test_add_func ("/athr/stream/flow/pull/cancel-waiting", test_cancel_waiting);
  g_test_add_func ("/athr/stream/flow/pull/try-next", test_try_next);
  g_test_add_func ("/athr/stream/flow/pull/nested", test_nested);
  g_test_add_func ("/athr/stream/flow/pull/end", test_end);
  g_test_add_func ("/athr/stream/flow/pull/demand", test_demand);

  return g_test_run ();
}
