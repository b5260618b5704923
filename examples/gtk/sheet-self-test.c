/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sheet-self-test.h"

/* The self-test shows the same items both ways, and compares what the user sees. The items are made up: with real
 * files the speed of the disk would decide how many items wait for the main loop, and with it the result. */

/* By how much the longest work between two frames must be longer with an idle function for each item */
#define LEAST_RATIO 2

/* The first job loads fonts and icons, and makes the cells of the grid. Nothing of that is measured. */
#define N_WARM_UP 1000

typedef enum
{
  ROUND_WARM_UP,
  ROUND_STREAM,
  ROUND_IDLE,
  N_ROUNDS
} Round;

typedef struct
{
  SheetWindow *window;   /* not owned */
  guint n_files;
  SheetSelfTestFunc func;
  gpointer data;

  Round round;
  gint64 begin;
  SheetMeasurement measurements[N_ROUNDS];
} SelfTest;

static void
sheet_measurement_print (const SheetMeasurement *self,
                         const char             *name)
{
  g_print ("%-18s %u files in %.1f s, %u of %u frames, longest gap %.0f ms\n", name, self->n_items, self->seconds,
           MIN (self->n_frames, self->n_wanted), self->n_wanted, (double) self->worst / G_TIME_SPAN_MILLISECOND);
}

/* Compares the ways, and never a time: both have run on the same machine one after the other. The test compares the
 * work of the main thread, because other programs on the machine make any gap longer. */
gboolean
sheet_measurement_compare (const SheetMeasurement *stream,
                           const SheetMeasurement *idle)
{
  double ratio = (double) idle->worst_work / (double) MAX (stream->worst_work, 1);
  gboolean passed = stream->n_items == idle->n_items && ratio >= LEAST_RATIO;

  g_print ("%s: at most %.0f and %.0f ms of work between two frames, %.1f times as much\n", passed ? "passed" : "FAILED",
           (double) stream->worst_work / G_TIME_SPAN_MILLISECOND, (double) idle->worst_work / G_TIME_SPAN_MILLISECOND,
           ratio);

  return passed;
}

static void self_test_run (SelfTest *self);

static void
self_test_end_round (SelfTest *self)
{
  if (self->round == ROUND_STREAM)
    sheet_measurement_print (&self->measurements[ROUND_STREAM], "athreading:");
  else if (self->round == ROUND_IDLE)
    sheet_measurement_print (&self->measurements[ROUND_IDLE], "One idle per item:");

  if (++self->round < N_ROUNDS)
    {
      self_test_run (self);
      return;
    }

  self->func (self->window,
              sheet_measurement_compare (&self->measurements[ROUND_STREAM], &self->measurements[ROUND_IDLE]),
              self->data);
  g_free (self);
}

/* GTK calls this function before each frame after the end of the job. The second frame ends the last gap. */
static gboolean
self_test_measure (GtkWidget     *widget,
                   GdkFrameClock *clock,
                   gpointer       data)
{
  SelfTest *self = data;
  SheetFrameGraph *graph = sheet_window_get_graph (self->window);
  SheetMeasurement *result = &self->measurements[self->round];

  if (result->n_items == 0)
    {
      result->n_items = g_list_model_get_n_items (sheet_window_get_rows (self->window));
      return G_SOURCE_CONTINUE;
    }

  result->seconds = (double) (g_get_monotonic_time () - self->begin) / G_TIME_SPAN_SECOND;
  result->n_frames = sheet_frame_graph_get_n_frames (graph);
  result->n_wanted = sheet_frame_graph_get_n_wanted (graph);
  result->worst = sheet_frame_graph_get_worst (graph);
  result->worst_work = sheet_frame_graph_get_worst_work (graph);
  self_test_end_round (self);

  return G_SOURCE_REMOVE;
}

static void
self_test_done (SelfTest *self)
{
  gtk_widget_add_tick_callback (GTK_WIDGET (self->window), self_test_measure, self, NULL);
}

static gboolean
self_test_begin (GtkWidget     *widget,
                 GdkFrameClock *clock,
                 gpointer       data)
{
  SelfTest *self = data;
  guint n_files = self->round == ROUND_WARM_UP ? N_WARM_UP : self->n_files;

  self->begin = g_get_monotonic_time ();
  sheet_window_open_made_up (self->window, n_files);
  g_signal_connect_swapped (sheet_window_get_job (self->window), "done", G_CALLBACK (self_test_done), self);

  return G_SOURCE_REMOVE;
}

/* The round begins with the next frame, and the window is empty then. */
static void
self_test_run (SelfTest *self)
{
  sheet_window_close (self->window);
  sheet_window_set_idle_way (self->window, self->round == ROUND_IDLE);
  gtk_widget_add_tick_callback (GTK_WIDGET (self->window), self_test_begin, self, NULL);
}

void
sheet_self_test_start (SheetWindow       *window,
                       guint              n_files,
                       SheetSelfTestFunc  func,
                       gpointer           data)
{
  SelfTest *self = g_new0 (SelfTest, 1);

  self->window = window;
  self->n_files = n_files;
  self->func = func;
  self->data = data;
  g_action_group_change_action_state (G_ACTION_GROUP (window), "show-frames", g_variant_new_boolean (TRUE));
  self_test_run (self);
}
