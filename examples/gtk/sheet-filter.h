/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Keeps the items whose path contains a text. */

#define SHEET_TYPE_FILTER (sheet_filter_get_type ())
G_DECLARE_FINAL_TYPE (SheetFilter, sheet_filter, SHEET, FILTER, GtkFilter)

SheetFilter *sheet_filter_new       (GObject     *owner);
void         sheet_filter_set_items (SheetFilter *self,
                                     GListModel  *items);
void         sheet_filter_set_text  (SheetFilter *self,
                                     const char  *text);

G_END_DECLS
