/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "sheet-item.h"

G_BEGIN_DECLS

/* Limits how many thumbnails are in memory: the oldest one goes. A cell that shows its item later draws it again. */

#define SHEET_TYPE_THUMBNAILS (sheet_thumbnails_get_type ())
G_DECLARE_FINAL_TYPE (SheetThumbnails, sheet_thumbnails, SHEET, THUMBNAILS, GObject)

SheetThumbnails *sheet_thumbnails_new   (guint            max_kept);
void             sheet_thumbnails_add   (SheetThumbnails *self,
                                         SheetItem       *item);
void             sheet_thumbnails_clear (SheetThumbnails *self);

G_END_DECLS
