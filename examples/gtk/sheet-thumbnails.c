/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sheet-thumbnails.h"

struct _SheetThumbnails
{
  GObject parent_instance;

  guint max_kept;
  GQueue items;   /* (element-type SheetItem): owned; the oldest first; all have a thumbnail */
};

G_DEFINE_FINAL_TYPE (SheetThumbnails, sheet_thumbnails, G_TYPE_OBJECT)

static void
sheet_thumbnails_dispose (GObject *object)
{
  sheet_thumbnails_clear (SHEET_THUMBNAILS (object));

  G_OBJECT_CLASS (sheet_thumbnails_parent_class)->dispose (object);
}

static void
sheet_thumbnails_class_init (SheetThumbnailsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = sheet_thumbnails_dispose;
}

static void
sheet_thumbnails_init (SheetThumbnails *self)
{
}

SheetThumbnails *
sheet_thumbnails_new (guint max_kept)
{
  SheetThumbnails *self = g_object_new (SHEET_TYPE_THUMBNAILS, NULL);

  self->max_kept = max_kept;

  return self;
}

/* Adds an item that has got a thumbnail. */
void
sheet_thumbnails_add (SheetThumbnails *self,
                      SheetItem       *item)
{
  g_queue_push_tail (&self->items, g_object_ref (item));
  if (self->items.length > self->max_kept)
    {
      g_autoptr (SheetItem) oldest = g_queue_pop_head (&self->items);

      sheet_item_set_thumbnail (oldest, NULL);
    }
}

/* Forgets all items, which keep their thumbnails. */
void
sheet_thumbnails_clear (SheetThumbnails *self)
{
  g_queue_clear_full (&self->items, g_object_unref);
}
