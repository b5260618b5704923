/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Draws the time between the frames of its window, and counts the frames. The graph asks for a new frame after each
 * frame, so it works only while it is visible. */

#define SHEET_TYPE_FRAME_GRAPH (sheet_frame_graph_get_type ())
G_DECLARE_FINAL_TYPE (SheetFrameGraph, sheet_frame_graph, SHEET, FRAME_GRAPH, GtkWidget)

void   sheet_frame_graph_reset          (SheetFrameGraph *self);
guint  sheet_frame_graph_get_n_frames   (SheetFrameGraph *self);
guint  sheet_frame_graph_get_n_wanted   (SheetFrameGraph *self);
gint64 sheet_frame_graph_get_worst      (SheetFrameGraph *self);
gint64 sheet_frame_graph_get_worst_work (SheetFrameGraph *self);

G_END_DECLS
