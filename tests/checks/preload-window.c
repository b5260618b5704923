/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The test preloads this look into programs with a window. The look closes the window when a label shows the text
 * ATHR_TEST_LABEL, and ends the program if the window was not alive before: if the main loop had no time for a few
 * looks. */

#include <gtk/gtk.h>
#include <stdlib.h>

#define LOOK_EVERY 10 /* ms */
#define LEAST_LOOKS 3

static int n_looks;

static gboolean
shows (GtkWidget  *widget,
       const char *text)
{
  if (GTK_IS_LABEL (widget) && g_str_equal (gtk_label_get_text (GTK_LABEL (widget)), text))
    return TRUE;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    if (shows (child, text))
      return TRUE;

  return FALSE;
}

static gboolean
look (gpointer text)
{
  g_autoptr (GList) windows = gtk_is_initialized () ? gtk_window_list_toplevels () : NULL;

  for (GList *each = windows; each != NULL; each = each->next)
    {
      if (!shows (each->data, text))
        n_looks++;
      else if (n_looks < LEAST_LOOKS)
        {
          g_printerr ("The main loop was blocked before the window showed “%s”\n", (char *) text);
          exit (1);
        }
      else if (gtk_widget_get_mapped (each->data))
        {
          g_print ("%s\n", (char *) text);
          gtk_window_close (each->data);
          return G_SOURCE_REMOVE;
        }
    }

  return G_SOURCE_CONTINUE;
}

__attribute__ ((constructor)) static void
begin (void)
{
  const char *text = g_getenv ("ATHR_TEST_LABEL");

  if (text != NULL)
    g_timeout_add_full (G_PRIORITY_HIGH, LOOK_EVERY, look, (gpointer) text, NULL);
}
