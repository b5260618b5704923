/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

/* The part of GTK 4 that the samples in the reference use, so that check-pages can compile the
 * samples where GTK is not installed. */

#include <gio/gio.h>

typedef struct _GtkWidget GtkWidget;
typedef struct _GtkLabel GtkLabel;
typedef struct _GtkListItemFactory GtkListItemFactory;
typedef struct _GtkNoSelection GtkNoSelection;
typedef struct _GtkSelectionModel GtkSelectionModel;

#define GDK_PRIORITY_REDRAW (G_PRIORITY_HIGH_IDLE + 20)
#define GTK_SELECTION_MODEL(object) ((GtkSelectionModel *) (object))

void            gtk_label_set_text   (GtkLabel           *self,
                                      const char         *text);
GtkNoSelection *gtk_no_selection_new (GListModel         *model);
GtkWidget      *gtk_list_view_new    (GtkSelectionModel  *model,
                                      GtkListItemFactory *factory);
