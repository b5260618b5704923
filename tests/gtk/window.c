/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sheet-test.h"

/* The window of the application: a walk through many files, a search, stopping and closing. */

#define N_MANY 20000

static void
test_start (SheetFixture  *fixture,
            gconstpointer  data)
{
  g_application_activate (G_APPLICATION (application));
  fixture->window = SHEET_WINDOW (gtk_application_get_active_window (GTK_APPLICATION (application)));
  g_assert_nonnull (fixture->window);
  g_object_add_weak_pointer (G_OBJECT (fixture->window), (gpointer *) &fixture->window);

  g_assert_cmpstr (sheet_test_page (fixture), ==, "welcome");
  g_assert_null (sheet_window_get_job (fixture->window));
  g_assert_false (g_action_group_get_action_enabled (G_ACTION_GROUP (fixture->window), "stop"));
  g_assert_false (g_action_group_get_action_enabled (G_ACTION_GROUP (fixture->window), "restart"));
  sheet_test_save (fixture, "welcome", NULL);
}

/* Asserts that each file is there once, with its checksum. */
static void
assert_all_files (SheetFixture *fixture,
                  guint         n_files)
{
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);

  g_assert_cmpuint (sheet_test_n_rows (fixture), ==, n_files);
  for (guint i = 0; i < n_files; i++)
    {
      SheetItem *item = sheet_test_row (fixture, i);
      const char *name = sheet_item_get_name (item);
      g_autofree char *content = g_strdup_printf ("%u", (guint) atoi (name + strlen ("file-")));
      g_autofree char *sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, content, -1);

      g_assert_true (g_hash_table_add (names, (char *) name));
      g_assert_true (g_str_has_prefix (sum, sheet_item_get_summary (item)));
      g_assert_cmpuint (strlen (sheet_item_get_summary (item)), ==, 16);
    }
}

static void
test_walk (SheetFixture  *fixture,
           gconstpointer  data)
{
  sheet_test_write_files (fixture, N_MANY);
  sheet_test_open (fixture);
  g_assert_true (sheet_test_is_running (fixture));
  g_assert_cmpstr (sheet_test_page (fixture), ==, "grid");
  sheet_test_await_end (fixture);
  athr_test_iterate_until (NULL, sheet_job_get_n_found (sheet_window_get_job (fixture->window)) == N_MANY);

  g_assert_cmpstr (sheet_test_subtitle (fixture), ==, "20000 files");
  assert_all_files (fixture, N_MANY);
}

/* Whether a cell with the text is inside the visible part of the grid */
static gboolean
is_visible (GtkWidget  *widget,
            const char *name,
            GtkWidget  *grid)
{
  graphene_rect_t bounds;

  if (GTK_IS_LABEL (widget) && g_strcmp0 (gtk_label_get_label (GTK_LABEL (widget)), name) == 0 &&
      gtk_widget_get_mapped (widget) && gtk_widget_compute_bounds (widget, grid, &bounds) &&
      bounds.origin.y >= 0 && bounds.origin.y < gtk_widget_get_height (grid))
    return TRUE;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    if (is_visible (child, name, grid))
      return TRUE;

  return FALSE;
}

static void
test_scroll (SheetFixture  *fixture,
             gconstpointer  data)
{
  GtkWidget *grid;
  GtkAdjustment *adjustment;
  const char *first, *last;

  sheet_test_write_files (fixture, 2000);
  sheet_test_open (fixture);
  sheet_test_await_end (fixture);
  sheet_test_await_frames (GTK_WIDGET (fixture->window), 2);
  grid = sheet_test_widget (fixture, "grid");
  first = sheet_item_get_name (sheet_test_row (fixture, 0));
  last = sheet_item_get_name (sheet_test_row (fixture, 1999));
  g_assert_true (is_visible (grid, first, grid));
  g_assert_false (is_visible (grid, last, grid));

  adjustment = gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (grid));
  gtk_adjustment_set_value (adjustment, gtk_adjustment_get_upper (adjustment));
  sheet_test_await_frames (GTK_WIDGET (fixture->window), 2);
  g_assert_false (is_visible (grid, first, grid));
  g_assert_true (is_visible (grid, last, grid));
}

static void
test_search (SheetFixture  *fixture,
             gconstpointer  data)
{
  sheet_test_write_files (fixture, 2000);
  sheet_test_open (fixture);
  sheet_test_await_end (fixture);

  sheet_test_search (fixture, "file-0");
  sheet_test_search (fixture, "FILE-00");
  sheet_test_search (fixture, "file-001");
  athr_test_iterate_until (NULL, sheet_test_n_rows (fixture) != 2000);
  g_assert_cmpuint (sheet_test_n_rows (fixture), ==, 100);
  for (guint i = 0; i < 100; i++)
    g_assert_true (g_str_has_prefix (sheet_item_get_name (sheet_test_row (fixture, i)), "file-001"));
  g_assert_cmpstr (sheet_test_subtitle (fixture), ==, "100 of 2000 files");
  sheet_test_save (fixture, "search", NULL);

  sheet_test_search (fixture, "nothing like this");
  athr_test_iterate_until (NULL, sheet_test_n_rows (fixture) != 100);
  g_assert_cmpuint (sheet_test_n_rows (fixture), ==, 0);
  g_assert_cmpstr (sheet_test_page (fixture), ==, "notice");
  sheet_test_save (fixture, "no-results", NULL);

  sheet_test_search (fixture, "");
  athr_test_iterate_until (NULL, sheet_test_n_rows (fixture) != 0);
  g_assert_cmpuint (sheet_test_n_rows (fixture), ==, 2000);
  g_assert_cmpstr (sheet_test_page (fixture), ==, "grid");
}

static void
test_search_while_working (SheetFixture  *fixture,
                           gconstpointer  data)
{
  g_test_summary ("A search finds the files that came before it, and those that come later");

  sheet_test_write_files (fixture, 5000);
  sheet_test_open (fixture);
  athr_test_iterate_until (NULL, sheet_test_n_rows (fixture) > 0);
  sheet_test_search (fixture, "7.txt");
  sheet_test_await_end (fixture);
  athr_test_iterate_until (NULL, sheet_test_n_rows (fixture) == 500);
}

static void
test_stop (SheetFixture  *fixture,
           gconstpointer  data)
{
  guint n_rows;

  sheet_test_write_files (fixture, N_MANY);
  sheet_test_open (fixture);
  athr_test_iterate_until (NULL, sheet_test_n_rows (fixture) > 0);
  sheet_test_activate (fixture, "stop");
  n_rows = sheet_test_n_rows (fixture);
  sheet_test_await_end (fixture);

  g_assert_cmpuint (n_rows, <, N_MANY);
  g_assert_cmpuint (sheet_test_n_rows (fixture), <, N_MANY);
  g_assert_true (g_str_has_suffix (sheet_test_subtitle (fixture), "files, stopped"));
  g_assert_false (g_action_group_get_action_enabled (G_ACTION_GROUP (fixture->window), "stop"));
}

static void
test_restart (SheetFixture  *fixture,
              gconstpointer  data)
{
  SheetJob *before;

  g_test_summary ("While a job runs, another job begins at once, and the first job ends");

  sheet_test_write_files (fixture, 2000);
  sheet_test_open (fixture);
  athr_test_iterate_until (NULL, sheet_test_n_rows (fixture) > 0);
  before = sheet_window_get_job (fixture->window);
  g_object_add_weak_pointer (G_OBJECT (before), (gpointer *) &before);
  sheet_test_activate (fixture, "restart");
  g_assert_true (sheet_window_get_job (fixture->window) != before);
  g_assert_cmpuint (sheet_test_n_rows (fixture), ==, 0);

  sheet_test_await_end (fixture);
  assert_all_files (fixture, 2000);
  athr_test_iterate_until (NULL, before == NULL);
}

static void
test_idle_way (SheetFixture  *fixture,
               gconstpointer  data)
{
  sheet_test_write_files (fixture, 2000);
  sheet_test_open (fixture);
  sheet_test_await_end (fixture);
  sheet_test_set_state (fixture, "idle-way", TRUE);
  g_assert_true (sheet_test_is_running (fixture));
  sheet_test_await_end (fixture);
  assert_all_files (fixture, 2000);

  sheet_test_activate (fixture, "restart");
  sheet_test_activate (fixture, "stop");
  sheet_test_await_end (fixture);
  g_assert_cmpuint (sheet_test_n_rows (fixture), <, 2000);
}

static void
test_list (SheetFixture  *fixture,
           gconstpointer  data)
{
  GtkColumnView *list;
  GListModel *columns;

  sheet_test_write (fixture, "small", "1", 1);
  sheet_test_write (fixture, "folder/large", "12345", 5);
  sheet_test_write (fixture, "middle", "123", 3);
  sheet_test_open (fixture);
  sheet_test_set_state (fixture, "show-list", TRUE);
  sheet_test_await_end (fixture);
  g_assert_cmpstr (sheet_test_page (fixture), ==, "list");

  list = sheet_test_widget (fixture, "list");
  columns = gtk_column_view_get_columns (list);
  for (guint i = 0; i < g_list_model_get_n_items (columns); i++)
    {
      g_autoptr (GtkColumnViewColumn) column = g_list_model_get_item (columns, i);

      if (g_str_equal (gtk_column_view_column_get_title (column), "Size"))
        gtk_column_view_sort_by_column (list, column, GTK_SORT_DESCENDING);
    }
  athr_test_iterate_until (NULL, g_str_equal (sheet_item_get_name (sheet_test_row (fixture, 0)), "large"));
  g_assert_cmpstr (sheet_item_get_folder (sheet_test_row (fixture, 0)), ==, "folder");
  g_assert_cmpstr (sheet_item_get_name (sheet_test_row (fixture, 1)), ==, "middle");
  g_assert_cmpstr (sheet_item_get_name (sheet_test_row (fixture, 2)), ==, "small");
}

static void
test_no_folder (SheetFixture  *fixture,
                gconstpointer  data)
{
  sheet_test_open_folder (fixture, "/does/not/exist");
  sheet_test_await_end (fixture);
  g_assert_error (sheet_job_get_error (sheet_window_get_job (fixture->window)), G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_cmpstr (sheet_test_page (fixture), ==, "notice");
  sheet_test_save (fixture, "no-folder", NULL);
}

static void
test_no_files (SheetFixture  *fixture,
               gconstpointer  data)
{
  sheet_test_open (fixture);
  sheet_test_await_end (fixture);
  g_assert_no_error (sheet_job_get_error (sheet_window_get_job (fixture->window)));
  g_assert_cmpstr (sheet_test_page (fixture), ==, "notice");
  g_assert_cmpstr (sheet_test_subtitle (fixture), ==, "0 files");
}

static void
note_done (gpointer n_done)
{
  (*(guint *) n_done)++;
}

static void
test_close (SheetFixture  *fixture,
            gconstpointer  idle_way)
{
  SheetJob *job;
  guint n_done = 0;

  sheet_test_write_files (fixture, 2000);
  sheet_test_open (fixture);
  if (idle_way != NULL)
    sheet_test_set_state (fixture, "idle-way", TRUE);
  job = sheet_window_get_job (fixture->window);
  g_object_add_weak_pointer (G_OBJECT (job), (gpointer *) &job);
  g_signal_connect_swapped (job, "done", G_CALLBACK (note_done), &n_done);
  athr_test_iterate_until (NULL, sheet_test_n_rows (fixture) > 0);
  sheet_test_close (fixture);

  athr_test_iterate_until (NULL, job == NULL);
  g_assert_cmpuint (n_done, ==, 1);
}

int
main (int    argc,
      char **argv)
{
  int status;

  sheet_test_init (&argc, &argv);
  sheet_test_add ("window/start", test_start);
  sheet_test_add ("window/walk", test_walk);
  sheet_test_add ("window/scroll", test_scroll);
  sheet_test_add ("window/search", test_search);
  sheet_test_add ("window/search/while-working", test_search_while_working);
  sheet_test_add ("window/stop", test_stop);
  sheet_test_add ("window/restart", test_restart);
  sheet_test_add ("window/idle-way", test_idle_way);
  sheet_test_add ("window/list", test_list);
  sheet_test_add ("window/no-folder", test_no_folder);
  sheet_test_add ("window/no-files", test_no_files);
  sheet_test_add ("window/close", test_close);
  g_test_add ("/contact-sheet/window/close/idle-way", SheetFixture, "idle", sheet_test_set_up, test_close,
              sheet_test_tear_down);
  status = g_test_run ();
  g_object_unref (application);

  return status;
}
