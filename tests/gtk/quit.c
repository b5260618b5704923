/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sheet-test.h"

#include <athreading/athreading.h>

/* The end of the program: the application runs as its main() runs it. */

static int n_closed;

/* Closes the window in the middle of the work. */
static gboolean
close_while_working (gpointer data)
{
  GtkWindow *window = gtk_application_get_active_window (data);

  if (window == NULL || g_list_model_get_n_items (sheet_window_get_rows (SHEET_WINDOW (window))) == 0)
    return G_SOURCE_CONTINUE;

  n_closed++;
  g_assert_true (sheet_job_is_running (sheet_window_get_job (SHEET_WINDOW (window))));
  gtk_window_close (window);

  return G_SOURCE_REMOVE;
}

static gboolean
close_with_question (gpointer data)
{
  GtkWindow *window = gtk_application_get_active_window (data);

  if (GTK_IS_MESSAGE_DIALOG (window))
    window = gtk_window_get_transient_for (window);
  if (window == NULL || sheet_window_get_question (SHEET_WINDOW (window)) == NULL)
    return G_SOURCE_CONTINUE;

  n_closed++;
  gtk_window_close (window);

  return G_SOURCE_REMOVE;
}

/* Whether a call, a stream or an executor of the application is left */
static gboolean
is_alive (void)
{
  g_autofree char *alive = athr_dump_alive ();

  return strstr (alive, "contact") != NULL || strstr (alive, "count") != NULL || strstr (alive, "search") != NULL;
}

static void
run_application (SheetFixture *fixture,
                 GSourceFunc   func)
{
  g_autoptr (SheetApplication) own = sheet_application_new ();
  char *argv[] = { (char *) "contact-sheet", fixture->path, NULL };

  n_closed = 0;
  g_application_set_flags (G_APPLICATION (own), G_APPLICATION_HANDLES_OPEN | G_APPLICATION_NON_UNIQUE);
  g_timeout_add (1, func, own);
  g_assert_cmpint (sheet_application_run (own, 2, argv), ==, 0);
  g_assert_cmpint (n_closed, ==, 1);

  /* No worker, stream or call is left when the main loop has freed what they had. */
  athr_test_yield_until ((athr_test_drain (NULL), !is_alive ()));
}

static void
test_quit (SheetFixture  *fixture,
           gconstpointer  data)
{
  sheet_test_write_files (fixture, 5000);
  run_application (fixture, close_while_working);
}

static void
test_quit_with_question (SheetFixture  *fixture,
                         gconstpointer  data)
{
  sheet_test_write_files (fixture, 100);
  sheet_test_write_unreadable (fixture, "unreadable");
  run_application (fixture, close_with_question);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  sheet_test_add ("quit/while-working", test_quit);
  sheet_test_add ("quit/with-question", test_quit_with_question);

  return g_test_run ();
}
