/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sheet-test.h"

/* What the window asks the user when a worker cannot read a file. */

#define N_UNREADABLE 12

/* Makes files, some of which nobody can read. */
static void
set_up_unreadable (SheetFixture  *fixture,
                   gconstpointer  data)
{
  sheet_test_set_up (fixture, data);
  sheet_test_write_files (fixture, 300);
  for (guint i = 0; i < N_UNREADABLE; i++)
    {
      g_autofree char *name = g_strdup_printf ("unreadable-%02u", i);

      sheet_test_write_unreadable (fixture, name);
    }
  sheet_test_open (fixture);
}

static void
answer (SheetFixture *fixture,
        SheetAnswer   answer)
{
  gtk_dialog_response (GTK_DIALOG (sheet_window_get_question (fixture->window)), answer);
}

static void
await_question (SheetFixture *fixture)
{
  athr_test_iterate_until (NULL, sheet_window_get_question (fixture->window) != NULL);
}

static void
test_skip (SheetFixture  *fixture,
           gconstpointer  data)
{
  g_autoptr (GHashTable) asked = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  g_test_summary ("Each file gets a question of its own, one after the other");

  for (guint i = 0; i < N_UNREADABLE; i++)
    {
      g_autofree char *text = NULL, *message = NULL;

      await_question (fixture);
      g_object_get (sheet_window_get_question (fixture->window), "text", &text, "secondary-text", &message, NULL);
      g_assert_true (g_str_has_prefix (text, "Cannot Read “unreadable-"));
      g_assert_true (g_hash_table_add (asked, g_steal_pointer (&text)));
      g_assert_nonnull (strstr (message, "No such file"));
      g_assert_true (sheet_test_is_running (fixture));
      answer (fixture, SHEET_ANSWER_SKIP);
    }
  sheet_test_await_end (fixture);

  g_assert_null (sheet_window_get_question (fixture->window));
  g_assert_cmpuint (sheet_test_n_rows (fixture), ==, 300);
  g_assert_cmpuint (sheet_job_get_n_skipped (sheet_window_get_job (fixture->window)), ==, N_UNREADABLE);
  g_assert_cmpstr (sheet_test_subtitle (fixture), ==, "300 files, 12 skipped");
}

static void
test_skip_all (SheetFixture  *fixture,
               gconstpointer  data)
{
  await_question (fixture);
  sheet_test_save (fixture, "question", GTK_WINDOW (sheet_window_get_question (fixture->window)));
  answer (fixture, SHEET_ANSWER_SKIP_ALL);
  while (sheet_test_is_running (fixture))
    {
      g_assert_null (sheet_window_get_question (fixture->window));
      g_main_context_iteration (NULL, TRUE);
    }

  g_assert_cmpuint (sheet_test_n_rows (fixture), ==, 300);
  g_assert_cmpstr (sheet_test_subtitle (fixture), ==, "300 files, 12 skipped");
}

static void
test_stop (SheetFixture  *fixture,
           gconstpointer  data)
{
  await_question (fixture);
  answer (fixture, SHEET_ANSWER_STOP);
  sheet_test_await_end (fixture);

  g_assert_null (sheet_window_get_question (fixture->window));
  g_assert_true (sheet_job_was_stopped (sheet_window_get_job (fixture->window)));
  g_assert_no_error (sheet_job_get_error (sheet_window_get_job (fixture->window)));
  g_assert_cmpuint (sheet_test_n_rows (fixture), <=, 300);
  g_assert_cmpuint (sheet_job_get_n_skipped (sheet_window_get_job (fixture->window)), ==, 0);
}

static void
test_escape (SheetFixture  *fixture,
             gconstpointer  data)
{
  GtkMessageDialog *dialog;

  g_test_summary ("A dialog that the user closes skips the file");

  await_question (fixture);
  dialog = sheet_window_get_question (fixture->window);
  gtk_window_close (GTK_WINDOW (dialog));
  athr_test_iterate_until (NULL, sheet_window_get_question (fixture->window) != dialog);
  await_question (fixture);
  answer (fixture, SHEET_ANSWER_SKIP_ALL);
  sheet_test_await_end (fixture);
  g_assert_cmpstr (sheet_test_subtitle (fixture), ==, "300 files, 12 skipped");
}

static void
test_stop_action (SheetFixture  *fixture,
                  gconstpointer  data)
{
  g_test_summary ("The Stop button ends the job and closes the dialog");

  await_question (fixture);
  sheet_test_activate (fixture, "stop");
  g_assert_null (sheet_window_get_question (fixture->window));
  sheet_test_await_end (fixture);
  g_assert_null (sheet_window_get_question (fixture->window));
}

static void
test_restart (SheetFixture  *fixture,
              gconstpointer  data)
{
  SheetJob *before;

  g_test_summary ("A new job asks anew, and the job before it ends without an answer");

  await_question (fixture);
  before = sheet_window_get_job (fixture->window);
  g_object_add_weak_pointer (G_OBJECT (before), (gpointer *) &before);
  sheet_test_activate (fixture, "restart");
  g_assert_null (sheet_window_get_question (fixture->window));
  athr_test_iterate_until (NULL, before == NULL);
  await_question (fixture);
  answer (fixture, SHEET_ANSWER_SKIP_ALL);
  sheet_test_await_end (fixture);
  g_assert_cmpstr (sheet_test_subtitle (fixture), ==, "300 files, 12 skipped");
}

static void
test_close (SheetFixture  *fixture,
            gconstpointer  data)
{
  SheetJob *job;

  await_question (fixture);
  job = sheet_window_get_job (fixture->window);
  g_object_add_weak_pointer (G_OBJECT (job), (gpointer *) &job);
  sheet_test_close (fixture);
  athr_test_iterate_until (NULL, job == NULL);
}

int
main (int    argc,
      char **argv)
{
  int status;

  sheet_test_init (&argc, &argv);
#define add(path, test) \
  g_test_add ("/contact-sheet/question/" path, SheetFixture, NULL, set_up_unreadable, test, sheet_test_tear_down)
  add ("skip", test_skip);
  add ("skip-all", test_skip_all);
  add ("stop", test_stop);
  add ("escape", test_escape);
  add ("stop-action", test_stop_action);
  add ("restart", test_restart);
  add ("close", test_close);
  status = g_test_run ();
  g_object_unref (application);

  return status;
}
