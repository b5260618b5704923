/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Runs the recipes of the page "Cookbook: C" that have widgets, in one window. recipes.h, which check-pages writes, has
 * the code of the page. The arguments are a folder of three pictures and a file of another kind, and a text file. */

#include <string.h>

#include <athreading/athreading.h>

/* The function of the recipe "A button that starts and cancels" */
static void
work (AthrCall *call, gpointer user_data, GError **error)
{
  GCancellable *cancellable = athr_call_get_cancellable (call);
  GPollFD cancelled;

  if (!g_cancellable_make_pollfd (cancellable, &cancelled))
    return;
  g_poll (&cancelled, 1, -1);
  g_cancellable_release_fd (cancellable);
}

#include "recipes.h"

/* A recipe begins, and is over some time later. */
typedef struct
{
  const char *name;
  void (*begin) (void);
  gboolean (*is_over) (void);
} Stage;

static char **arguments;
static GtkApplication *application;
static GtkWidget *window;
static GtkWidget *bar;
static GtkWidget *button;
static GtkWidget *label;
static GtkWidget *entry;
static GtkWidget *found_label;
static GtkWidget *gallery;
static GtkWidget *spinner;
static GListModel *files;
static Window asking;

static void
begin_progress (void)
{
  g_autoptr (AthrCall) call = athr_call_new (count_bytes, g_strdupv (arguments + 2), (GDestroyNotify) g_strfreev);

  watch_progress (call, GTK_PROGRESS_BAR (bar));
  athr_call_start (call);
}

static gboolean
is_progress_over (void)
{
  return !gtk_widget_get_visible (bar) &&
         g_str_equal (gtk_progress_bar_get_text (GTK_PROGRESS_BAR (bar)), arguments[2]);
}

static void
begin_button (void)
{
  start_or_cancel (GTK_BUTTON (button), GTK_LABEL (label));
  g_assert_cmpstr (gtk_button_get_label (GTK_BUTTON (button)), ==, "Cancel");
  start_or_cancel (GTK_BUTTON (button), GTK_LABEL (label));
}

static gboolean
is_button_over (void)
{
  return g_str_equal (gtk_button_get_label (GTK_BUTTON (button)), "Start") &&
         g_str_equal (gtk_label_get_text (GTK_LABEL (label)), "");
}

static void
begin_search (void)
{
  gtk_editable_set_text (GTK_EDITABLE (entry), "apple");
  gtk_editable_set_text (GTK_EDITABLE (entry), "app");
}

static gboolean
is_search_over (void)
{
  return g_str_equal (gtk_label_get_text (GTK_LABEL (found_label)), "2 found");
}

static gboolean
is_gallery_over (void)
{
  GtkSelectionModel *model = gtk_grid_view_get_model (GTK_GRID_VIEW (gallery));

  return g_list_model_get_n_items (G_LIST_MODEL (model)) == 3;
}

static gboolean
is_list_over (void)
{
  return !gtk_spinner_get_spinning (GTK_SPINNER (spinner)) && g_list_model_get_n_items (files) == 4;
}

static void
begin_question (void)
{
  g_autoptr (AthrCall) call = new_call (&asking);

  athr_call_start (call);
}

static gboolean
is_question_over (void)
{
  g_autofree char *text = NULL;

  if (g_object_get_data (G_OBJECT (asking.question), "question") != NULL)
    answer (&asking, TRUE);
  g_object_get (asking.log, "text", &text, NULL);

  return g_str_equal (text, "replaced\n");
}

static void
begin_end (void)
{
  start_or_cancel (GTK_BUTTON (button), GTK_LABEL (label));
  gtk_editable_set_text (GTK_EDITABLE (entry), "pear");
  begin_question ();
  gtk_window_destroy (GTK_WINDOW (window));
  g_clear_object (&files);
}

/* The window has cancelled what ran. */
static gboolean
is_end_over (void)
{
  AthrExecutor *executor = athr_executor_get_default ();

  return athr_executor_get_n_running (executor) == 0 && athr_executor_get_n_queued (executor) == 0;
}

static void
begin_nothing (void)
{
}

static const Stage stages[] = {
  { "progress", begin_progress, is_progress_over },
  { "button", begin_button, is_button_over },
  { "search", begin_search, is_search_over },
  { "thumbnails", begin_nothing, is_gallery_over },
  { "list", begin_nothing, is_list_over },
  { "question", begin_question, is_question_over },
  { "close", begin_end, is_end_over },
};

static gboolean
look (gpointer user_data)
{
  static guint stage;
  static gboolean has_begun;

  if (!has_begun)
    stages[stage].begin ();
  has_begun = TRUE;
  if (!stages[stage].is_over ())
    return G_SOURCE_CONTINUE;

  g_print ("%s\n", stages[stage].name);
  has_begun = FALSE;
  if (++stage < G_N_ELEMENTS (stages))
    return G_SOURCE_CONTINUE;

  g_application_release (G_APPLICATION (application));

  return G_SOURCE_REMOVE;
}

static GtkWidget *
add (GtkWidget *box, GtkWidget *child)
{
  gtk_box_append (GTK_BOX (box), child);

  return child;
}

static void
activate (void)
{
  g_autoptr (GFile) folder = g_file_new_for_path (arguments[1]);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *error_label;

  window = gtk_application_window_new (application);
  bar = add (box, gtk_progress_bar_new ());
  button = add (box, gtk_button_new_with_label ("Start"));
  label = add (box, gtk_label_new (""));
  entry = add (box, gtk_search_entry_new ());
  found_label = add (box, gtk_label_new (""));
  gallery = add (box, new_gallery (folder));
  spinner = add (box, gtk_spinner_new ());
  error_label = add (box, gtk_label_new (""));
  asking.question = GTK_REVEALER (add (box, gtk_revealer_new ()));
  asking.log = gtk_text_buffer_new (NULL);
  files = list_files_below (folder, GTK_SPINNER (spinner), GTK_LABEL (error_label));
  search_with (GTK_SEARCH_ENTRY (entry), GTK_LABEL (found_label));

  gtk_window_set_child (GTK_WINDOW (window), box);
  gtk_window_present (GTK_WINDOW (window));
  g_application_hold (G_APPLICATION (application));
  g_timeout_add (10, look, NULL);
}

int
main (int argc, char *argv[])
{
  int status;

  arguments = argv;
  application = gtk_application_new (NULL, 0);
  g_signal_connect (application, "activate", G_CALLBACK (activate), NULL);
  status = g_application_run (G_APPLICATION (application), 0, NULL);
  g_clear_object (&asking.log);
  g_clear_object (&application);

  return status;
}
