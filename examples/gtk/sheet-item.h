/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gdk/gdk.h>

G_BEGIN_DECLS

/* Thumbnails are at most this wide and this high. */
#define SHEET_THUMBNAIL_SIZE 160

/* One file of the sheet. A worker makes the item and loads it. From then on the item does not change, apart from its
 * number, which belongs to the main thread. */

#define SHEET_TYPE_ITEM (sheet_item_get_type ())
G_DECLARE_FINAL_TYPE (SheetItem, sheet_item, SHEET, ITEM, GObject)

SheetItem  *sheet_item_new               (GFile         *folder,
                                          GFileInfo     *info);
SheetItem  *sheet_item_new_made_up       (guint          number);
gboolean    sheet_item_load              (SheetItem     *self,
                                          GCancellable  *cancellable,
                                          GError       **error);

GFile      *sheet_item_get_file          (SheetItem     *self);
const char *sheet_item_get_name          (SheetItem     *self);
const char *sheet_item_get_folder        (SheetItem     *self);
char       *sheet_item_get_key           (SheetItem     *self);
goffset     sheet_item_get_size          (SheetItem     *self);
const char *sheet_item_get_summary       (SheetItem     *self);
const char *sheet_item_get_content_type  (SheetItem     *self);
GdkTexture *sheet_item_get_thumbnail     (SheetItem     *self);

guint       sheet_item_get_number        (SheetItem     *self);
void        sheet_item_set_number        (SheetItem     *self,
                                          guint          number);

char       *sheet_key_for_text           (const char    *text);

G_END_DECLS
