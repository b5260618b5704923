/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sheet-frame-graph.h"

#include <time.h>

/* How much time the graph shows, and which gap between two frames fills the height of the graph. In us */
#define SPAN (8 * G_TIME_SPAN_SECOND)
#define HIGHEST (100 * G_TIME_SPAN_MILLISECOND)

/* A screen with 60 frames a second. GTK tells another interval where it knows one. */
#define USUAL_INTERVAL 16667

#define N_FRAMES_KEPT 2048

/* How often the text beside the graph changes */
#define SUMMARY_INTERVAL (G_TIME_SPAN_SECOND / 4)

typedef struct
{
  gint64 time;   /* of the frame */
  gint64 gap;    /* since the frame before */
} Frame;

struct _SheetFrameGraph
{
  GtkWidget parent_instance;

  guint tick;                  /* 0 unless the graph waits for a frame */
  guint idle;                  /* 0 unless the graph is going to ask for a frame */
  Frame frames[N_FRAMES_KEPT]; /* a ring */
  guint n_seen;                /* since the graph was made */
  gint64 last;                 /* 0: the next frame has no frame before */

  gint64 interval;             /* between two frames of the screen */
  guint n_frames;              /* since the last reset, as the rest */
  gint64 elapsed;
  gint64 worst;
  gint64 worst_work;
  gint64 worked;               /* by the main thread until the last frame */
};

enum
{
  PROP_0,
  PROP_SUMMARY,
};

G_DEFINE_FINAL_TYPE (SheetFrameGraph, sheet_frame_graph, GTK_TYPE_WIDGET)

static gint64
refresh_interval (GdkFrameClock *clock)
{
  gint64 interval;

  gdk_frame_clock_get_refresh_info (clock, 0, &interval, NULL);

  return interval > 0 ? interval : USUAL_INTERVAL;
}

/* Gets how long the thread has computed, in microseconds. Other programs may have had the processor meanwhile. */
static gint64
thread_time (void)
{
  struct timespec time = { 0, };

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &time);

  return time.tv_sec * G_TIME_SPAN_SECOND + time.tv_nsec / 1000;
}

static void
sheet_frame_graph_add (SheetFrameGraph *self,
                       gint64           now,
                       gint64           worked)
{
  gint64 gap = now - self->last;
  gint64 work = worked - self->worked;

  self->frames[self->n_seen++ % N_FRAMES_KEPT] = (Frame) { now, gap };
  self->n_frames++;
  self->elapsed += gap;
  self->worst = MAX (self->worst, gap);
  self->worst_work = MAX (self->worst_work, work);
}

static gboolean sheet_frame_graph_ask (gpointer data);

static gboolean
sheet_frame_graph_tick (GtkWidget     *widget,
                        GdkFrameClock *clock,
                        gpointer       data)
{
  SheetFrameGraph *self = SHEET_FRAME_GRAPH (widget);
  gint64 now = g_get_monotonic_time ();
  gint64 worked = thread_time ();

  self->interval = refresh_interval (clock);
  if (self->last != 0)
    sheet_frame_graph_add (self, now, worked);
  if (now / SUMMARY_INTERVAL != self->last / SUMMARY_INTERVAL)
    g_object_notify (G_OBJECT (self), "summary");
  self->last = now;
  self->worked = worked;
  gtk_widget_queue_draw (widget);

  self->tick = 0;
  self->idle = g_idle_add (sheet_frame_graph_ask, self);

  return G_SOURCE_REMOVE;
}

/* Asks for another frame. This is an idle function, so between two frames the main loop also calls what waits with the
 * priority of idle functions, such as the items that workers bring. If the graph asked for all frames at once, a slow
 * computer would do nothing but draw. */
static gboolean
sheet_frame_graph_ask (gpointer data)
{
  SheetFrameGraph *self = data;

  self->idle = 0;
  self->tick = gtk_widget_add_tick_callback (GTK_WIDGET (self), sheet_frame_graph_tick, NULL, NULL);

  return G_SOURCE_REMOVE;
}

static void
color_of_gap (gint64   gap,
              gint64   interval,
              GdkRGBA *color)
{
  const char *name = gap < 2 * interval ? "#2ec27e" : gap < HIGHEST ? "#e5a50a" : "#e01b24";

  gdk_rgba_parse (color, name);
}

/* Draws each frame as a block: as wide and as high as the gap before the frame is long. */
static void
draw_frame (SheetFrameGraph *self,
            GtkSnapshot     *snapshot,
            const Frame     *frame,
            float            width,
            float            height)
{
  float right = width * (1.0f - (float) (self->last - frame->time) / SPAN);
  float block_width = MAX (width * (float) frame->gap / SPAN, 1.0f);
  float block_height = height * (float) MIN (frame->gap, HIGHEST) / HIGHEST;
  GdkRGBA color;

  color_of_gap (frame->gap, self->interval, &color);
  gtk_snapshot_append_color (snapshot, &color, &GRAPHENE_RECT_INIT (right - block_width, height - block_height,
                                                                    block_width, block_height));
}

/* A line where the screen would like each frame to end */
static void
draw_line (SheetFrameGraph *self,
           GtkSnapshot     *snapshot,
           float            width,
           float            height)
{
  float y = height - height * (float) self->interval / HIGHEST;
  GdkRGBA color;

  gtk_style_context_get_color (gtk_widget_get_style_context (GTK_WIDGET (self)), &color);
  color.alpha *= 0.3f;
  gtk_snapshot_append_color (snapshot, &color, &GRAPHENE_RECT_INIT (0, y, width, 1));
}

static void
sheet_frame_graph_snapshot (GtkWidget   *widget,
                            GtkSnapshot *snapshot)
{
  SheetFrameGraph *self = SHEET_FRAME_GRAPH (widget);
  float width = (float) gtk_widget_get_width (widget);
  float height = (float) gtk_widget_get_height (widget);
  guint n_kept = MIN (self->n_seen, N_FRAMES_KEPT);

  gtk_snapshot_push_clip (snapshot, &GRAPHENE_RECT_INIT (0, 0, width, height));
  for (guint i = 1; i <= n_kept; i++)
    {
      const Frame *frame = &self->frames[(self->n_seen - i) % N_FRAMES_KEPT];

      if (self->last - frame->time > SPAN)
        break;
      draw_frame (self, snapshot, frame, width, height);
    }
  draw_line (self, snapshot, width, height);
  gtk_snapshot_pop (snapshot);
}

static void
sheet_frame_graph_map (GtkWidget *widget)
{
  SheetFrameGraph *self = SHEET_FRAME_GRAPH (widget);

  GTK_WIDGET_CLASS (sheet_frame_graph_parent_class)->map (widget);
  self->last = 0;
  sheet_frame_graph_ask (self);
}

static void
sheet_frame_graph_unmap (GtkWidget *widget)
{
  SheetFrameGraph *self = SHEET_FRAME_GRAPH (widget);

  if (self->tick != 0)
    gtk_widget_remove_tick_callback (widget, self->tick);
  self->tick = 0;
  g_clear_handle_id (&self->idle, g_source_remove);
  GTK_WIDGET_CLASS (sheet_frame_graph_parent_class)->unmap (widget);
}

static char *
sheet_frame_graph_make_summary (SheetFrameGraph *self)
{
  guint n_wanted = sheet_frame_graph_get_n_wanted (self);

  if (n_wanted == 0)
    return g_strdup ("");

  return g_strdup_printf ("%u of %u frames, longest gap %.0f ms", MIN (self->n_frames, n_wanted), n_wanted,
                          (double) self->worst / G_TIME_SPAN_MILLISECOND);
}

static void
sheet_frame_graph_get_property (GObject    *object,
                                guint       prop_id,
                                GValue     *value,
                                GParamSpec *pspec)
{
  SheetFrameGraph *self = SHEET_FRAME_GRAPH (object);

  if (prop_id == PROP_SUMMARY)
    g_value_take_string (value, sheet_frame_graph_make_summary (self));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
sheet_frame_graph_class_init (SheetFrameGraphClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = sheet_frame_graph_get_property;
  widget_class->snapshot = sheet_frame_graph_snapshot;
  widget_class->map = sheet_frame_graph_map;
  widget_class->unmap = sheet_frame_graph_unmap;

  g_object_class_install_property (object_class, PROP_SUMMARY,
    g_param_spec_string ("summary", NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
  gtk_widget_class_set_css_name (widget_class, "framegraph");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
sheet_frame_graph_init (SheetFrameGraph *self)
{
  self->interval = USUAL_INTERVAL;
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, "Frame times", -1);
}

/* Counts frames from now on. The graph keeps what it shows. */
void
sheet_frame_graph_reset (SheetFrameGraph *self)
{
  self->n_frames = 0;
  self->elapsed = 0;
  self->worst = 0;
  self->worst_work = 0;
}

guint
sheet_frame_graph_get_n_frames (SheetFrameGraph *self)
{
  return self->n_frames;
}

/* Gets how many frames the screen would have shown in the same time. */
guint
sheet_frame_graph_get_n_wanted (SheetFrameGraph *self)
{
  return (guint) (self->elapsed / self->interval);
}

/* Gets the longest time between two frames, in microseconds. */
gint64
sheet_frame_graph_get_worst (SheetFrameGraph *self)
{
  return self->worst;
}

/* Gets the longest time that the main thread has computed between two frames, in microseconds. This tells what the
 * program does, also on a machine that is busy with other programs. */
gint64
sheet_frame_graph_get_worst_work (SheetFrameGraph *self)
{
  return self->worst_work;
}
