/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <adwaita.h>

#include "sheet-frame-graph.h"
#include "sheet-job.h"

G_BEGIN_DECLS

#define SHEET_TYPE_WINDOW (sheet_window_get_type ())
G_DECLARE_FINAL_TYPE (SheetWindow, sheet_window, SHEET, WINDOW, AdwApplicationWindow)

SheetWindow      *sheet_window_new           (AdwApplication *application);
void              sheet_window_open          (SheetWindow    *self,
                                              GFile          *folder);
void              sheet_window_open_made_up  (SheetWindow    *self,
                                              guint           n_files);
void              sheet_window_close         (SheetWindow    *self);
void              sheet_window_set_idle_way  (SheetWindow    *self,
                                              gboolean        idle_way);

SheetJob         *sheet_window_get_job       (SheetWindow    *self);
GListModel       *sheet_window_get_rows      (SheetWindow    *self);
SheetFrameGraph  *sheet_window_get_graph     (SheetWindow    *self);
GtkMessageDialog *sheet_window_get_question  (SheetWindow    *self);

G_END_DECLS
