/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sheet-columns.h"

#include "sheet-cell.h"
#include "sheet-item.h"

#define ICON_SIZE 24

typedef char *(*TextFunc) (SheetItem *item);

static char *
text_of_folder (SheetItem *item)
{
  return g_strdup (sheet_item_get_folder (item));
}

static char *
text_of_size (SheetItem *item)
{
  return g_format_size (sheet_item_get_size (item));
}

static char *
text_of_summary (SheetItem *item)
{
  return g_strdup (sheet_item_get_summary (item));
}

static GtkWidget *
make_label (void)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_MIDDLE);

  return label;
}

static void
setup_name (GtkListItemFactory *factory,
            GtkListItem        *row)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *image = gtk_image_new ();

  gtk_image_set_pixel_size (GTK_IMAGE (image), ICON_SIZE);
  gtk_box_append (GTK_BOX (box), image);
  gtk_box_append (GTK_BOX (box), make_label ());
  gtk_list_item_set_child (row, box);
}

static void
bind_name (GtkListItemFactory *factory,
           GtkListItem        *row)
{
  SheetItem *item = gtk_list_item_get_item (row);
  GtkWidget *box = gtk_list_item_get_child (row);
  g_autoptr (GdkPaintable) paintable = sheet_paintable (box, item, ICON_SIZE);

  gtk_image_set_from_paintable (GTK_IMAGE (gtk_widget_get_first_child (box)), paintable);
  gtk_label_set_label (GTK_LABEL (gtk_widget_get_last_child (box)), sheet_item_get_name (item));
}

static void
setup_text (GtkListItemFactory *factory,
            GtkListItem        *row,
            gpointer            css_class)
{
  GtkWidget *label = make_label ();

  gtk_widget_add_css_class (label, css_class);
  gtk_list_item_set_child (row, label);
}

static void
bind_text (GtkListItemFactory *factory,
           GtkListItem        *row,
           gpointer            func)
{
  g_autofree char *text = ((TextFunc) func) (gtk_list_item_get_item (row));

  gtk_label_set_label (GTK_LABEL (gtk_list_item_get_child (row)), text);
}

static void
add_column (GtkColumnView      *view,
            const char         *title,
            GtkListItemFactory *factory,
            GtkSorter          *sorter,
            int                 width)
{
  g_autoptr (GtkColumnViewColumn) column = gtk_column_view_column_new (title, factory);

  gtk_column_view_column_set_sorter (column, sorter);
  gtk_column_view_column_set_resizable (column, TRUE);
  if (width > 0)
    gtk_column_view_column_set_fixed_width (column, width);
  else
    gtk_column_view_column_set_expand (column, TRUE);
  gtk_column_view_append_column (view, column);
  g_clear_object (&sorter);
}

static GtkListItemFactory *
text_factory (TextFunc    func,
              const char *css_class)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();

  g_signal_connect (factory, "setup", G_CALLBACK (setup_text), (gpointer) css_class);
  g_signal_connect (factory, "bind", G_CALLBACK (bind_text), (gpointer) func);

  return factory;
}

static int
compare_names (gconstpointer a,
               gconstpointer b,
               gpointer      data)
{
  return strcmp (sheet_item_get_key ((SheetItem *) a), sheet_item_get_key ((SheetItem *) b));
}

static int
compare_sizes (gconstpointer a,
               gconstpointer b,
               gpointer      data)
{
  goffset one = sheet_item_get_size ((SheetItem *) a);
  goffset two = sheet_item_get_size ((SheetItem *) b);

  return (one > two) - (one < two);
}

/* Files with the same content have the same checksum, and so stand together. */
static int
compare_summaries (gconstpointer a,
                   gconstpointer b,
                   gpointer      data)
{
  return strcmp (sheet_item_get_summary ((SheetItem *) a), sheet_item_get_summary ((SheetItem *) b));
}

static GtkSorter *
sorter_new (GCompareDataFunc compare)
{
  return GTK_SORTER (gtk_custom_sorter_new (compare, NULL, NULL));
}

void
sheet_columns_add (GtkColumnView *view)
{
  GtkListItemFactory *names = gtk_signal_list_item_factory_new ();

  g_signal_connect (names, "setup", G_CALLBACK (setup_name), NULL);
  g_signal_connect (names, "bind", G_CALLBACK (bind_name), NULL);

  add_column (view, "Name", names, sorter_new (compare_names), 0);
  add_column (view, "Folder", text_factory (text_of_folder, "dim-label"), NULL, 180);
  add_column (view, "Size", text_factory (text_of_size, "numeric"), sorter_new (compare_sizes), 110);
  add_column (view, "Checksum or Dimensions", text_factory (text_of_summary, "numeric"),
              sorter_new (compare_summaries), 210);
}
