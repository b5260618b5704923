/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sheet-cell.h"

#define ICON_SIZE 64

struct _SheetCell
{
  GtkWidget parent_instance;

  GtkWidget *picture;
  GtkWidget *name;
  GtkWidget *summary;
};

G_DEFINE_FINAL_TYPE (SheetCell, sheet_cell, GTK_TYPE_WIDGET)

/* Gets what to draw for an item: its thumbnail, or the icon of its type. */
GdkPaintable *
sheet_paintable (GtkWidget *widget,
                 SheetItem *item,
                 int        icon_size)
{
  GdkTexture *thumbnail = sheet_item_get_thumbnail (item);
  g_autoptr (GIcon) icon = NULL;
  GtkIconTheme *theme;

  if (thumbnail != NULL)
    return g_object_ref (GDK_PAINTABLE (thumbnail));

  icon = g_content_type_get_icon (sheet_item_get_content_type (item));
  theme = gtk_icon_theme_get_for_display (gtk_widget_get_display (widget));

  return GDK_PAINTABLE (gtk_icon_theme_lookup_by_gicon (theme, icon, icon_size,
                                                        gtk_widget_get_scale_factor (widget),
                                                        gtk_widget_get_direction (widget), 0));
}

static GtkWidget *
make_label (SheetCell  *self,
            const char *css_class)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_MIDDLE);
  gtk_label_set_width_chars (GTK_LABEL (label), 1);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 16);
  gtk_widget_add_css_class (label, css_class);
  gtk_widget_set_parent (label, GTK_WIDGET (self));

  return label;
}

static void
sheet_cell_dispose (GObject *object)
{
  SheetCell *self = SHEET_CELL (object);

  g_clear_pointer (&self->picture, gtk_widget_unparent);
  g_clear_pointer (&self->name, gtk_widget_unparent);
  g_clear_pointer (&self->summary, gtk_widget_unparent);

  G_OBJECT_CLASS (sheet_cell_parent_class)->dispose (object);
}

static void
sheet_cell_class_init (SheetCellClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = sheet_cell_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BOX_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "sheetcell");
}

static void
sheet_cell_init (SheetCell *self)
{
  gtk_orientable_set_orientation (GTK_ORIENTABLE (gtk_widget_get_layout_manager (GTK_WIDGET (self))),
                                  GTK_ORIENTATION_VERTICAL);

  self->picture = gtk_picture_new ();
  gtk_picture_set_content_fit (GTK_PICTURE (self->picture), GTK_CONTENT_FIT_SCALE_DOWN);
  gtk_widget_set_size_request (self->picture, SHEET_THUMBNAIL_SIZE, SHEET_THUMBNAIL_SIZE);
  gtk_widget_set_parent (self->picture, GTK_WIDGET (self));

  self->name = make_label (self, "name");
  self->summary = make_label (self, "summary");
}

GtkWidget *
sheet_cell_new (void)
{
  return g_object_new (SHEET_TYPE_CELL, NULL);
}

void
sheet_cell_set_item (SheetCell *self,
                     SheetItem *item)
{
  g_autoptr (GdkPaintable) paintable = sheet_paintable (GTK_WIDGET (self), item, ICON_SIZE);

  gtk_picture_set_paintable (GTK_PICTURE (self->picture), paintable);
  gtk_label_set_label (GTK_LABEL (self->name), sheet_item_get_name (item));
  gtk_label_set_label (GTK_LABEL (self->summary), sheet_item_get_summary (item));
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), sheet_item_get_name (item));
}
