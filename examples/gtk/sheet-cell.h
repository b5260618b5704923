/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gtk/gtk.h>

#include "sheet-item.h"

G_BEGIN_DECLS

/* Shows one item in the grid: its thumbnail or the icon of its type, its name and its summary. */

#define SHEET_TYPE_CELL (sheet_cell_get_type ())
G_DECLARE_FINAL_TYPE (SheetCell, sheet_cell, SHEET, CELL, GtkWidget)

GtkWidget    *sheet_cell_new      (void);
void          sheet_cell_set_item (SheetCell  *self,
                                   SheetItem  *item);

GdkPaintable *sheet_paintable     (GtkWidget  *widget,
                                   SheetItem  *item,
                                   int         icon_size);

G_END_DECLS
