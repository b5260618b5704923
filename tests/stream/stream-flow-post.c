/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stream-flow-test.h"

#include "channel/athr-channel-private.h"
#include "stream/athr-stream-private.h"

/* Functions that are posted while the flow is about to take a value. */

typedef struct
{
  AthrFlow flow;
  AthrChannel *channel; /* owned, as the stream may be dropped */
  AthrGate is_put;      /* the first value is in the buffer, and the second one is being put */
} Fixture;

/* Puts 1, and begins to put 2. Meanwhile the flow, which has seen that nothing is posted, waits for 2 to
 * be put, and then takes 1. So what is posted here comes while the flow is about to take a value. */
static void
post_between (AthrYielder  *yielder,
              Fixture      *self,
              AthrPostFunc  func,
              GError      **error)
{
  AthrChannelFront *front = (AthrChannelFront *) self->channel;
  GValue *slot;

  athr_yielder_yield (yielder, error, G_TYPE_UINT, 1);
  slot = athr_channel_begin_quick_put (self->channel);
  g_assert_nonnull (slot);
  athr_gate_open (&self->is_put);
  athr_test_yield_until (g_atomic_pointer_get (&front->put_end) == NULL);
  athr_yielder_post (yielder, func, self, NULL);
  *slot = (GValue) G_VALUE_INIT;
  g_value_init (slot, G_TYPE_UINT);
  g_value_set_uint (slot, 2);
  athr_channel_end_quick_put (self->channel);
}

static void
log_post (Fixture *self)
{
  athr_log_add (&self->flow.log, "post");
}

static void
pause_flow (gpointer user_data)
{
  Fixture *self = user_data;

  log_post (self);
  athr_stream_set_flowing (self->flow.counter.stream, FALSE);
}

static void
run_pause (AthrYielder  *yielder,
           gpointer      user_data,
           GError      **error)
{
  post_between (yielder, user_data, pause_flow, error);
}

static void
close_nested (gpointer user_data)
{
  Fixture *self = user_data;

  log_post (self);
  athr_stream_close_async (self->flow.counter.stream, NULL, athr_log_close, &self->flow.log);
  athr_test_iterate_until (NULL, strstr (self->flow.log.words->str, "finished") != NULL);
}

static void
run_close (AthrYielder  *yielder,
           gpointer      user_data,
           GError      **error)
{
  post_between (yielder, user_data, close_nested, error);
}

static void
await_value_nested (gpointer user_data)
{
  Fixture *self = user_data;

  log_post (self);
  athr_test_iterate_until (NULL, self->flow.number == 2);
  athr_log_add (&self->flow.log, "over");
}

static void
run_await (AthrYielder  *yielder,
           gpointer      user_data,
           GError      **error)
{
  post_between (yielder, user_data, await_value_nested, error);
}

static void
drop_stream (gpointer user_data)
{
  Fixture *self = user_data;

  log_post (self);
  g_clear_object (&self->flow.counter.stream);
}

static void
run_drop (AthrYielder  *yielder,
          gpointer      user_data,
          GError      **error)
{
  post_between (yielder, user_data, drop_stream, error);
}

static void
note_destroyed (gpointer user_data)
{
  athr_test_note_thread (&((Fixture *) user_data)->flow.counter.destroyed_on);
}

static void
set_up (Fixture       *self,
        gconstpointer  func)
{
  AthrStream *stream = athr_stream_new ((AthrStreamFunc) func, self, note_destroyed);

  athr_gate_init (&self->is_put);
  athr_flow_init_stream (&self->flow, 0, 64, stream);
  self->channel = athr_channel_ref (stream->channel);
  athr_stream_set_flowing (stream, TRUE);
  athr_gate_pass (&self->is_put);
}

static void
tear_down (Fixture       *self,
           gconstpointer  func)
{
  athr_flow_clear (&self->flow);
  athr_test_drain (NULL);
  athr_channel_unref (self->channel);
  athr_gate_clear (&self->is_put);
}

static void
test_pause (Fixture       *self,
            gconstpointer  func)
{
  g_test_summary ("If a posted function stops the flow, the flow emits nothing before it is started again");

  athr_log_await (&self->flow.log, "post");
  athr_test_drain (NULL);
  g_assert_cmpstr (self->flow.log.words->str, ==, "post");
  g_assert_cmpuint (athr_stream_get_n_buffered (self->flow.counter.stream), ==, 2);
  athr_stream_set_flowing (self->flow.counter.stream, TRUE);
  athr_log_await (&self->flow.log, "post 1 2 finished");
}

static void
test_close (Fixture       *self,
            gconstpointer  func)
{
  g_test_summary ("If a posted function closes the stream and waits for that, no value comes after `finished`");

  athr_log_await (&self->flow.log, "post close finished");
  athr_test_drain (NULL);
  g_assert_cmpstr (self->flow.log.words->str, ==, "post close finished");
  /* The program can still take the values. */
  athr_test_expect_value (self->flow.counter.stream, 1);
  athr_test_expect_value (self->flow.counter.stream, 2);
  athr_test_expect_end (self->flow.counter.stream);
}

static void
test_await (Fixture       *self,
            gconstpointer  func)
{
  g_test_summary ("A posted function may wait for the values in a nested main loop");

  athr_test_iterate_until (NULL, strstr (self->flow.log.words->str, "over") != NULL);
  g_assert_true (g_str_has_prefix (self->flow.log.words->str, "post 1 2"));
}

static void
test_drop (Fixture       *self,
           gconstpointer  func)
{
  g_test_summary ("If a posted function drops the stream, the flow emits nothing more");

  athr_log_await (&self->flow.log, "post");
  athr_test_drain (NULL);
  g_assert_cmpstr (self->flow.log.words->str, ==, "post");
}

static void
add (const char      *path,
     AthrStreamFunc   func,
     void           (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, func, set_up, test, tear_down);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  add ("/athr/stream/flow/post/pause", run_pause, test_pause);
  add ("/athr/stream/flow/post/close", run_close, test_close);
  add ("/athr/stream/flow/post/await", run_await, test_await);
  add ("/athr/stream/flow/post/drop", run_drop, test_drop);

  return g_test_run ();
}
