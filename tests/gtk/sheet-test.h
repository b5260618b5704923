/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib/gstdio.h>

#include "athr-test.h"
#include "sheet-application.h"
#include "sheet-cell.h"
#include "sheet-window.h"

/* Helpers for tests of the application Contact Sheet, which run in the process of the application, with real windows.
 * A test makes a folder with files, shows the folder in a window, does what a user does by the actions of the window,
 * and looks at the rows of the window. */

typedef struct
{
  char *parent;          /* of the folder; the fixture removes it */
  char *path;            /* of the folder */
  SheetWindow *window;   /* (nullable): not owned */
} SheetFixture;

static SheetApplication *application;

static inline void
sheet_test_remove (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && !g_file_test (path, G_FILE_TEST_IS_SYMLINK) && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      sheet_test_remove (child);
    }
  g_remove (path);
}

static inline void
sheet_test_write (SheetFixture *fixture,
                  const char   *name,
                  const char   *content,
                  gssize        length)
{
  g_autofree char *path = g_build_filename (fixture->path, name, NULL);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (GError) error = NULL;

  g_mkdir_with_parents (folder, 0700);
  g_file_set_contents_full (path, content, length, G_FILE_SET_CONTENTS_NONE, 0600, &error);
  g_assert_no_error (error);
}

/* Makes a link to nothing. No user can read it, not even root. */
static inline void
sheet_test_write_unreadable (SheetFixture *fixture,
                             const char   *name)
{
  g_autofree char *path = g_build_filename (fixture->path, name, NULL);

  g_assert_cmpint (symlink ("missing", path), ==, 0);
}

/* Writes files with 100 in each folder. The content of each is its number. */
static inline void
sheet_test_write_files (SheetFixture *fixture,
                        guint         n_files)
{
  for (guint i = 0; i < n_files; i++)
    {
      g_autofree char *name = g_strdup_printf ("%03u/file-%05u.txt", i / 100, i);
      g_autofree char *content = g_strdup_printf ("%u", i);

      sheet_test_write (fixture, name, content, -1);
    }
}

static inline void
sheet_test_set_up (SheetFixture  *fixture,
                   gconstpointer  data)
{
  g_autoptr (GError) error = NULL;

  fixture->parent = g_dir_make_tmp ("contact-sheet-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->path = g_build_filename (fixture->parent, "Pictures", NULL);
  g_assert_cmpint (g_mkdir (fixture->path, 0700), ==, 0);
}

static inline void
sheet_test_activate (SheetFixture *fixture,
                     const char   *action)
{
  g_assert_true (g_action_group_get_action_enabled (G_ACTION_GROUP (fixture->window), action));
  g_action_group_activate_action (G_ACTION_GROUP (fixture->window), action, NULL);
}

static inline void
sheet_test_set_state (SheetFixture *fixture,
                      const char   *action,
                      gboolean      state)
{
  g_action_group_change_action_state (G_ACTION_GROUP (fixture->window), action, g_variant_new_boolean (state));
}

static inline void
sheet_test_open_folder (SheetFixture *fixture,
                        const char   *path)
{
  g_autoptr (GFile) folder = g_file_new_for_path (path);

  fixture->window = sheet_window_new (ADW_APPLICATION (application));
  g_object_add_weak_pointer (G_OBJECT (fixture->window), (gpointer *) &fixture->window);
  gtk_window_present (GTK_WINDOW (fixture->window));
  sheet_window_open (fixture->window, folder);
}

/* Shows the folder of the test. */
static inline void
sheet_test_open (SheetFixture *fixture)
{
  sheet_test_open_folder (fixture, fixture->path);
}

static inline guint
sheet_test_n_rows (SheetFixture *fixture)
{
  return g_list_model_get_n_items (sheet_window_get_rows (fixture->window));
}

static inline SheetItem *
sheet_test_row (SheetFixture *fixture,
                guint         position)
{
  g_autoptr (SheetItem) item = g_list_model_get_item (sheet_window_get_rows (fixture->window), position);

  return item;
}

static inline gboolean
sheet_test_is_running (SheetFixture *fixture)
{
  return sheet_job_is_running (sheet_window_get_job (fixture->window));
}

static inline void
sheet_test_await_end (SheetFixture *fixture)
{
  athr_test_iterate_until (NULL, !sheet_test_is_running (fixture));
}

/* Gets a widget that the template of the window names. */
static inline gpointer
sheet_test_widget (SheetFixture *fixture,
                   const char   *name)
{
  GObject *widget = gtk_widget_get_template_child (GTK_WIDGET (fixture->window), SHEET_TYPE_WINDOW, name);

  g_assert_nonnull (widget);

  return widget;
}

static inline const char *
sheet_test_page (SheetFixture *fixture)
{
  return gtk_stack_get_visible_child_name (sheet_test_widget (fixture, "pages"));
}

static inline const char *
sheet_test_subtitle (SheetFixture *fixture)
{
  return adw_window_title_get_subtitle (sheet_test_widget (fixture, "title"));
}

/* Types a text into the search bar. */
static inline void
sheet_test_search (SheetFixture *fixture,
                   const char   *text)
{
  sheet_test_set_state (fixture, "search", TRUE);
  gtk_editable_set_text (sheet_test_widget (fixture, "search_entry"), text);
}

static inline gboolean
sheet_test_count_frame (GtkWidget     *widget,
                        GdkFrameClock *clock,
                        gpointer       n_frames)
{
  (*(guint *) n_frames)++;

  return G_SOURCE_CONTINUE;
}

/* Waits until GTK has drawn some frames, so that all widgets have their place. */
static inline void
sheet_test_await_frames (GtkWidget *window,
                         guint      n_awaited)
{
  guint n_frames = 0;
  guint tick = gtk_widget_add_tick_callback (window, sheet_test_count_frame, &n_frames, NULL);

  gtk_widget_queue_draw (window);
  athr_test_iterate_until (NULL, n_frames >= n_awaited);
  gtk_widget_remove_tick_callback (window, tick);
}

static inline void
sheet_test_draw (GtkWidget   *window,
                 GtkSnapshot *snapshot)
{
  g_autoptr (GdkPaintable) paintable = gtk_widget_paintable_new (window);

  gdk_paintable_snapshot (paintable, snapshot, gtk_widget_get_width (window), gtk_widget_get_height (window));
}

/* Saves a picture of the window, and of a dialog over it, in the build directory. */
static inline void
sheet_test_save (SheetFixture *fixture,
                 const char   *name,
                 GtkWindow    *dialog)
{
  GtkWidget *window = GTK_WIDGET (fixture->window);
  g_autofree char *path = g_strdup_printf ("%s/%s.png", g_getenv ("SHEET_SCREENSHOTS"), name);
  g_autoptr (GskRenderNode) node = NULL;
  g_autoptr (GdkTexture) texture = NULL;
  GtkSnapshot *snapshot = gtk_snapshot_new ();

  sheet_test_await_frames (dialog != NULL ? GTK_WIDGET (dialog) : window, 4);
  sheet_test_draw (window, snapshot);
  if (dialog != NULL)
    {
      float left = (float) (gtk_widget_get_width (window) - gtk_widget_get_width (GTK_WIDGET (dialog))) / 2;
      float top = (float) (gtk_widget_get_height (window) - gtk_widget_get_height (GTK_WIDGET (dialog))) / 2;

      gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (left, top));
      sheet_test_draw (GTK_WIDGET (dialog), snapshot);
    }

  node = gtk_snapshot_free_to_node (snapshot);
  texture = gsk_renderer_render_texture (gtk_native_get_renderer (GTK_NATIVE (window)), node, NULL);
  g_assert_true (gdk_texture_save_to_png (texture, path));
}

/* Closes the window, and asserts that the window and its work end. */
static inline void
sheet_test_close (SheetFixture *fixture)
{
  if (fixture->window == NULL)
    return;

  gtk_window_close (GTK_WINDOW (fixture->window));
  athr_test_iterate_until (NULL, fixture->window == NULL);
}

static inline void
sheet_test_tear_down (SheetFixture  *fixture,
                      gconstpointer  data)
{
  sheet_test_close (fixture);
  sheet_test_remove (fixture->parent);
  g_free (fixture->parent);
  g_free (fixture->path);
}

/* Initializes the tests and the application. */
static inline void
sheet_test_init (int    *argc,
                 char ***argv)
{
  g_autoptr (GError) error = NULL;

  g_test_init (argc, argv, NULL);
  application = sheet_application_new ();
  g_application_set_flags (G_APPLICATION (application), G_APPLICATION_HANDLES_OPEN | G_APPLICATION_NON_UNIQUE);
  g_application_register (G_APPLICATION (application), NULL, &error);
  g_assert_no_error (error);
  g_object_set (gtk_settings_get_default (), "gtk-enable-animations", FALSE, "gtk-font-name", "Cantarell 11", NULL);
}

#define sheet_test_add(path, test) \
  g_test_add ("/contact-sheet/" path, SheetFixture, NULL, sheet_test_set_up, test, sheet_test_tear_down)
