/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sheet-application.h"

#include "sheet-self-test.h"

#define APPLICATION_ID "org.athreading.ContactSheet"
#define N_FILES 100000

struct _SheetApplication
{
  AdwApplication parent_instance;

  gboolean runs_self_test;
  int n_files;   /* of the self-test */
  int status;    /* the exit status of the self-test */
};

G_DEFINE_FINAL_TYPE (SheetApplication, sheet_application, ADW_TYPE_APPLICATION)

static void
show_about (GSimpleAction *action,
            GVariant      *parameter,
            gpointer       application)
{
  adw_show_about_window (gtk_application_get_active_window (application),
                         "application-name", "Contact Sheet",
                         "application-icon", APPLICATION_ID,
                         "version", VERSION,
                         "developer-name", "The athreading authors",
                         "license-type", GTK_LICENSE_LGPL_2_1,
                         "comments", "An example of athreading: workers read the files, and the window stays smooth.",
                         NULL);
}

static void
sheet_application_startup (GApplication *application)
{
  const GActionEntry entries[] = { { "about", show_about } };
  const char *const accels[][4] = {
    { "win.open", "<Control>o" },
    { "win.restart", "<Control>r", "F5" },
    { "win.stop", "<Control>period" },
    { "win.search", "<Control>f" },
    { "win.show-list", "<Control>l" },
    { "win.show-frames", "F12" },
    { "window.close", "<Control>w" },
  };

  G_APPLICATION_CLASS (sheet_application_parent_class)->startup (application);

  g_action_map_add_action_entries (G_ACTION_MAP (application), entries, G_N_ELEMENTS (entries), application);
  for (guint i = 0; i < G_N_ELEMENTS (accels); i++)
    gtk_application_set_accels_for_action (GTK_APPLICATION (application), accels[i][0], &accels[i][1]);
}

static void
self_test_ended (SheetWindow *window,
                 gboolean     passed,
                 gpointer     data)
{
  SheetApplication *self = data;

  self->status = passed ? 0 : 1;
  gtk_window_destroy (GTK_WINDOW (window));
}

static void
sheet_application_activate (GApplication *application)
{
  SheetApplication *self = SHEET_APPLICATION (application);
  SheetWindow *window = sheet_window_new (ADW_APPLICATION (self));

  gtk_window_present (GTK_WINDOW (window));
  if (self->runs_self_test)
    sheet_self_test_start (window, (guint) MAX (self->n_files, 1), self_test_ended, self);
}

static void
sheet_application_open (GApplication  *application,
                        GFile        **folders,
                        int            n_folders,
                        const char    *hint)
{
  for (int i = 0; i < n_folders; i++)
    {
      SheetWindow *window = sheet_window_new (ADW_APPLICATION (application));

      sheet_window_open (window, folders[i]);
      gtk_window_present (GTK_WINDOW (window));
    }
}

/* The self-test does not join an application that runs already. */
static int
sheet_application_handle_local_options (GApplication *application,
                                        GVariantDict *options)
{
  if (SHEET_APPLICATION (application)->runs_self_test)
    g_application_set_flags (application, g_application_get_flags (application) | G_APPLICATION_NON_UNIQUE);

  return -1;
}

static void
sheet_application_class_init (SheetApplicationClass *klass)
{
  GApplicationClass *application_class = G_APPLICATION_CLASS (klass);

  application_class->startup = sheet_application_startup;
  application_class->activate = sheet_application_activate;
  application_class->open = sheet_application_open;
  application_class->handle_local_options = sheet_application_handle_local_options;
}

static void
sheet_application_init (SheetApplication *self)
{
  const GOptionEntry options[] = {
    { "self-test", 0, 0, G_OPTION_ARG_NONE, &self->runs_self_test,
      "Compare the frames of a window that fills by a stream, and by an idle function for each item", NULL },
    { "files", 0, 0, G_OPTION_ARG_INT, &self->n_files, "How many files the self-test makes up", "N" },
    { NULL },
  };

  self->n_files = N_FILES;
  g_application_add_main_option_entries (G_APPLICATION (self), options);
  g_application_set_option_context_parameter_string (G_APPLICATION (self), "[FOLDER…]");
}

SheetApplication *
sheet_application_new (void)
{
  return g_object_new (SHEET_TYPE_APPLICATION,
                       "application-id", APPLICATION_ID,
                       "flags", G_APPLICATION_HANDLES_OPEN,
                       NULL);
}

/* Runs the application, and returns its exit status. */
int
sheet_application_run (SheetApplication *self,
                       int               argc,
                       char             *argv[])
{
  int status = g_application_run (G_APPLICATION (self), argc, argv);

  return status != 0 ? status : self->status;
}
