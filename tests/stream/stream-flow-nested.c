/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stream-flow-test.h"

/* Nested main loops inside the handlers of a flow. */

#define N_VALUES 40

static void
assert_all (AthrFlow *flow)
{
  GString *expected = athr_test_count_to (flow->counter.n_values);

  g_string_append (expected, " finished");
  athr_log_await (&flow->log, expected->str);
  g_string_free (expected, TRUE);
}

static void
await_end_at_two (AthrFlow *self,
                  guint     number)
{
  if (number != 2)
    return;

  athr_test_iterate_until (NULL, athr_stream_is_done (self->counter.stream));
  athr_test_drain (NULL);
  g_assert_true (g_str_has_suffix (self->log.words->str, "finished"));
  self->depth++;
}

static void
test_to_the_end (gconstpointer data)
{
  g_auto (AthrFlow) flow = { 0, };

  g_test_summary ("A main loop inside a handler emits the later values, up to the end, each "
                  "once");

  athr_flow_init (&flow, N_VALUES, GPOINTER_TO_UINT (data));
  flow.act = await_end_at_two;
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  assert_all (&flow);
  g_assert_cmpint (flow.depth, ==, 1);
}

static void
iterate_once (AthrFlow *self,
              guint     number)
{
  g_main_context_iteration (NULL, FALSE);
}

static void
test_each (gconstpointer data)
{
  g_auto (AthrFlow) flow = { 0, };

  g_test_summary ("Each handler may iterate the main context");

  athr_flow_init (&flow, N_VALUES, GPOINTER_TO_UINT (data));
  flow.act = iterate_once;
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  assert_all (&flow);
}

static void
await_next (AthrFlow *self,
            guint     number)
{
  if (number % 4 == 0)
    return;

  self->depth++;
  athr_test_iterate_until (NULL, self->number > number);
  self->depth--;
}

static void
test_three_deep (gconstpointer data)
{
  g_auto (AthrFlow) flow = { 0, };

  g_test_summary ("Three nested handlers each wait for the value after theirs, and get it");

  athr_flow_init (&flow, N_VALUES, GPOINTER_TO_UINT (data));
  flow.act = await_next;
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  assert_all (&flow);
  g_assert_cmpint (flow.depth, ==, 0);
}

/* The first three handlers wait for the fourth value, and log that they return. */
static void
await_fourth (AthrFlow *self,
              guint     number)
{
  static const char *const words[] = { "", "one", "two", "three" };

  if (number == 4)
    athr_stream_set_flowing (self->counter.stream, FALSE);
  if (number >= 4)
    return;

  athr_test_iterate_until (NULL, self->number >= 4);
  athr_log_add (&self->log, words[number]);
  if (number == 1)
    athr_stream_set_flowing (self->counter.stream, TRUE);
}

static void
test_unwinds (void)
{
  g_auto (AthrFlow) flow = { 0, };

  g_test_summary ("When a nested flow stops the stream, the flows around it stay stopped, "
                  "until one handler starts it again");

  athr_flow_init (&flow, 6, 10);
  flow.act = await_fourth;
  athr_flow_start_full (&flow);
  athr_log_await (&flow.log, "1 2 3 4 three two one 5 6 finished");
}

static void
pause_and_drain (AthrFlow *self,
                 guint     number)
{
  if (number != 2)
    return;

  athr_stream_set_flowing (self->counter.stream, FALSE);
  athr_test_drain (NULL);
  athr_log_add (&self->log, "stopped");
  athr_stream_set_flowing (self->counter.stream, TRUE);
  athr_test_iterate_until (NULL, self->number >= 3);
  athr_stream_set_flowing (self->counter.stream, FALSE);
  athr_test_drain (NULL);
}

static void
test_pause (void)
{
  g_auto (AthrFlow) flow = { 0, };

  g_test_summary ("A nested main loop emits nothing while the flow is stopped, and goes on "
                  "when it is started");

  athr_flow_init (&flow, 5, 1);
  flow.act = pause_and_drain;
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  athr_test_iterate_until (NULL, flow.number >= 3);
  athr_test_drain (NULL);
  g_assert_true (g_str_has_prefix (flow.log.words->str, "1 2 stopped 3"));
  g_assert_false (athr_stream_get_flowing (flow.counter.stream));
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  athr_log_await (&flow.log, "1 2 stopped 3 4 5 finished");
}

static void
end_at_three (AthrFlow *self,
              guint     number)
{
  if (number == 3)
    athr_stream_set_flowing (self->counter.stream, FALSE);
  else
    athr_test_iterate_until (NULL, !athr_stream_get_flowing (self->counter.stream));
}

static void
test_pause_nested (void)
{
  g_auto (AthrFlow) flow = { 0, };

  g_test_summary ("When the innermost of three handlers stops the flow, the flows around it "
                  "stop, too");

  athr_flow_init (&flow, 5, 10);
  flow.act = end_at_three;
  athr_flow_start_full (&flow);
  athr_log_await (&flow.log, "1 2 3");
  flow.act = NULL;
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  athr_log_await (&flow.log, "1 2 3 4 5 finished");
}

static void
close_at_three (AthrFlow *self,
                guint     number)
{
  if (number == 3)
    athr_stream_close_async (self->counter.stream, NULL, athr_log_close, &self->log);
  athr_test_iterate_until (NULL, strstr (self->log.words->str, "close") != NULL);
}

static void
test_close (gconstpointer data)
{
  g_auto (AthrFlow) flow = { 0, };

  g_test_summary ("The innermost of three handlers may close the stream and wait for that "
                  "inside");

  athr_flow_init (&flow, G_MAXUINT, GPOINTER_TO_UINT (data));
  flow.act = close_at_three;
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  athr_log_await (&flow.log, "1 2 3 close finished");
  g_assert_false (athr_stream_get_flowing (flow.counter.stream));
}

static void
drop_at_three (AthrFlow *self,
               guint     number)
{
  if (number == 3)
    g_clear_object (&self->counter.stream);
  if (number <= 3)
    athr_test_iterate_until (NULL, self->counter.stream == NULL);
}

static void
test_drop (void)
{
  g_auto (AthrFlow) flow = { 0, };
  guint number;

  g_test_summary ("When the innermost of three handlers drops the stream, it ends when all "
                  "handlers have returned");

  athr_flow_init (&flow, G_MAXUINT, 2);
  flow.act = drop_at_three;
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  athr_test_iterate_until (NULL, flow.counter.stream == NULL);
  number = flow.number;
  athr_test_iterate_until (NULL, g_atomic_pointer_get (&flow.counter.destroyed_on) != NULL);
  g_assert_cmpuint (flow.number, ==, number);
  g_assert_true (flow.counter.destroyed_on == g_thread_self ());
  g_assert_error (flow.counter.refused, G_IO_ERROR, G_IO_ERROR_CLOSED);
}

static void
drop_and_drain (AthrFlow *self,
                guint     number)
{
  if (number != 2)
    return;

  g_clear_object (&self->counter.stream);
  athr_test_drain (NULL);
}

static void
test_drop_drain (void)
{
  g_auto (AthrFlow) flow = { 0, };

  g_test_summary ("A handler may drop the stream and then iterate: no use after free, and "
                  "everything is freed");

  athr_flow_init (&flow, 5, 10);
  flow.act = drop_and_drain;
  athr_flow_start_full (&flow);
  athr_test_iterate_until (NULL, g_atomic_pointer_get (&flow.counter.destroyed_on) != NULL);
  athr_test_drain (NULL);
  g_assert_null (flow.counter.stream);
  g_assert_cmpuint (flow.number, >=, 2);
}

/* Uses up the slice, so that the nested flow leaves its later values to the next slice. */
static void
use_slices_up (AthrFlow *self,
               guint     number)
{
  gint64 end = g_get_monotonic_time () + 4500;

  while (g_get_monotonic_time () < end)
    ;
  if (number % 3 == 1)
    athr_test_iterate_until (NULL, self->number > number);
}

static void
test_slices (void)
{
  g_auto (AthrFlow) flow = { 0, };

  g_test_summary ("When nested flows use up their slices, the flow around them goes on in "
                  "order");

  athr_flow_init (&flow, 9, 3);
  flow.act = use_slices_up;
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  assert_all (&flow);
}

static void
on_other (AthrStream   *stream,
          const GValue *value,
          gpointer      user_data)
{
  AthrFlow *self = user_data;
  guint number = self->number;

  /* The first flow may have emitted its last value before this one came. */
  if (g_value_get_uint (value) == 1 && number < 8)
    athr_test_iterate_until (NULL, self->number > number);
}

static void
await_other (AthrFlow *self,
             guint     number)
{
  AthrStream *other = g_object_get_data (G_OBJECT (self->counter.stream), "other");

  if (number == 1)
    athr_test_iterate_until (NULL, athr_stream_is_done (other));
}

static void
test_two (void)
{
  g_auto (AthrFlow) flow = { 0, };
  g_auto (AthrCounter) other = { 0, };

  g_test_summary ("A handler of one flow waits for a second flow, whose handler waits for "
                  "the first one");

  athr_flow_init (&flow, 8, 1);
  athr_counter_init (&other, 8, 1);
  g_object_set_data (G_OBJECT (flow.counter.stream), "other", other.stream);
  flow.act = await_other;
  g_signal_connect (other.stream, "value", G_CALLBACK (on_other), &flow);
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  athr_stream_set_flowing (other.stream, TRUE);
  assert_all (&flow);
  athr_test_iterate_until (NULL, athr_stream_is_done (other.stream));
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
    { "to-the-end", test_to_the_end },
    { "each", test_each },
    { "three-deep", test_three_deep },
    { "close", test_close },
  };
  const struct
  {
    const char *name;
    guint size;
  } sizes[] = { { "one", 1 }, { "lock-step", 0 }, { "default", 64 } };

  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (sized); i++)
    for (guint j = 0; j < G_N_ELEMENTS (sizes); j++)
      {
        g_autofree char *path = g_strdup_printf ("/athr/stream/flow/nested/%s/%s", sized[i].name,
                                                 sizes[j].name);

        g_test_add_data_func (path, GUINT_TO_POINTER (sizes[j].size), sized[i].func);
      }
  g_test_add_func ("/athr/stream/flow/nested/unwinds", test_unwinds);
  g_test_add_func ("/athr/stream/flow/nested/pause", test_pause);
  g_test_add_func ("/athr/stream/flow/nested/pause-innermost", test_pause_nested);
  g_test_add_func ("/athr/stream/flow/nested/drop", test_drop);
  g_test_add_func ("/athr/stream/flow/nested/drop-and-iterate", test_drop_drain);
  g_test_add_func ("/athr/stream/flow/nested/slices", test_slices);
  g_test_add_func ("/athr/stream/flow/nested/two", test_two);

  return g_test_run ();
}
