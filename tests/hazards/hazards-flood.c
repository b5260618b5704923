/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stream/stream-hazards-test.h"

/* Hazard 5. A flood of values. */

#define N_VALUES 1000000
#define BUFFER_SIZE 64

typedef struct
{
  guint number;
  guint n_frames;
  guint n_frames_between; /* frames before the last value */
  int n_most;             /* the highest number of copies alive at the same time */
  gboolean has_finished;
} Flood;

static void
on_value (AthrStream   *stream,
          const GValue *value,
          gpointer      user_data)
{
  Flood *self = user_data;

  g_assert_false (self->has_finished);
  g_assert_cmpuint (((Parcel *) g_value_get_boxed (value))->number, ==, ++self->number);
  self->n_most = MAX (self->n_most, g_atomic_int_get (&n_alive));
}

static void
on_finished (AthrStream *stream,
             gpointer    user_data)
{
  ((Flood *) user_data)->has_finished = TRUE;
}

static gboolean
on_frame (gpointer user_data)
{
  Flood *self = user_data;

  self->n_frames++;
  if (!self->has_finished)
    self->n_frames_between++;

  return G_SOURCE_CONTINUE;
}

static void
test_flood (void)
{
  Flood flood = { 0, };
  AthrStream *stream;
  Work *work;
  guint frames = g_timeout_add_full (120, 16, on_frame, &flood, NULL);

  g_test_summary ("Hazard 5: a million values give frames their turn, and use little memory");

  stream = work_new_stream (&work, N_VALUES, BUFFER_SIZE);
  g_signal_connect (stream, "value", G_CALLBACK (on_value), &flood);
  g_signal_connect (stream, "finished", G_CALLBACK (on_finished), &flood);
  athr_stream_set_flowing (stream, TRUE);
  /* The time-out of the test counts for each tenth of the values. */
  for (guint part = 1; part <= 10; part++)
    athr_test_iterate_until (NULL, flood.number >= part * (N_VALUES / 10));
  athr_test_iterate_until (NULL, flood.has_finished);
  g_source_remove (frames);

  g_assert_cmpuint (flood.number, ==, N_VALUES);
  g_assert_cmpuint (flood.n_frames_between, >, 0);
  /* Alive are: the buffered values, the emitted value, the value that was asked for, a
   * value on its way into the buffer, a value on its way out, and the user data. */
  g_assert_cmpint (flood.n_most, <=, BUFFER_SIZE + 5);
  g_test_message ("%u frames, at most %d values alive", flood.n_frames, flood.n_most);
  g_object_unref (stream);
  await_deaths ();
}

/* Checks that a due frame is dispatched before the next slice. */
typedef struct
{
  GSource *frame;
  guint number;
  guint n_served;
  gboolean is_due;
} Frames;

static gboolean
serve_frame (gpointer user_data)
{
  Frames *self = user_data;

  g_assert_true (self->is_due);
  self->is_due = FALSE;
  self->n_served++;
  g_source_set_ready_time (self->frame, -1);

  return G_SOURCE_CONTINUE;
}

static gboolean
dispatch_frame (GSource     *source,
                GSourceFunc  callback,
                gpointer     user_data)
{
  return callback (user_data);
}

/* Every hundredth call makes a frame due, and lasts longer than a slice. */
static void
on_frame_value (AthrStream   *stream,
                const GValue *value,
                gpointer      user_data)
{
  Frames *self = user_data;

  g_assert_false (self->is_due);
  g_assert_cmpuint (((Parcel *) g_value_get_boxed (value))->number, ==, ++self->number);
  if (self->number % 100 == 0)
    {
      gint64 end = g_get_monotonic_time () + 5000;

      self->is_due = TRUE;
      g_source_set_ready_time (self->frame, 0);
      while (g_get_monotonic_time () < end)
        ;
    }
}

static void
test_frames (void)
{
  static GSourceFuncs funcs = { NULL, NULL, dispatch_frame, NULL };
  Frames frames = { .frame = g_source_new (&funcs, sizeof (GSource)) };
  AthrStream *stream;
  Work *work;

  g_test_summary ("Hazard 5: a frame that is due at the end of a slice comes before the next "
                  "value");

  g_source_set_priority (frames.frame, 120);
  g_source_set_callback (frames.frame, serve_frame, &frames, NULL);
  g_source_attach (frames.frame, NULL);
  stream = work_new_stream (&work, 5000, BUFFER_SIZE);
  g_signal_connect (stream, "value", G_CALLBACK (on_frame_value), &frames);
  athr_stream_set_flowing (stream, TRUE);
  athr_test_iterate_until (NULL, athr_stream_is_done (stream));
  athr_test_drain (NULL);
  g_assert_cmpuint (frames.number, ==, 5000);
  g_assert_cmpuint (frames.n_served, ==, 50);
  g_source_destroy (frames.frame);
  g_source_unref (frames.frame);
  g_object_unref (stream);
  await_deaths ();
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/hazards/05-flood/values", test_flood);
  g_test_add_func ("/athr/hazards/05-flood/frames", test_frames);

  return g_test_run ();
}
