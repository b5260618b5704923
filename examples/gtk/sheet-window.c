/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sheet-window.h"

#include "sheet-cell.h"
#include "sheet-columns.h"
#include "sheet-filter.h"
#include "sheet-idle-job.h"
#include "sheet-questions.h"
#include "sheet-stream-job.h"
#include "sheet-thumbnails.h"

#define PROGRESS_INTERVAL 125 /* ms */

/* A thumbnail takes up to 100 kB. */
#define N_THUMBNAILS 2000

struct _SheetWindow
{
  AdwApplicationWindow parent_instance;

  AdwWindowTitle *title;
  GtkSearchBar *search_bar;
  GtkSearchEntry *search_entry;
  GtkStack *pages;
  AdwStatusPage *notice;
  GtkButton *list_button;
  GtkGridView *grid;
  GtkColumnView *list;
  GtkRevealer *progress_revealer;
  GtkLabel *progress_label;
  GtkLabel *file_label;
  GtkProgressBar *progress_bar;
  GtkRevealer *frames_revealer;
  GtkLabel *frames_label;
  SheetFrameGraph *graph;

  GFile *folder;              /* (nullable) */
  guint n_made_up;            /* if there is no folder */
  gboolean shows_list;
  gboolean idle_way;

  SheetJob *job;              /* (nullable) */
  guint tick;                 /* 0 unless the job runs */
  SheetQuestions *questions;
  GtkFileChooserNative *chooser;

  /* The items of the job -> filtered -> sorted -> selection -> the grid or the list */
  SheetThumbnails *thumbnails;
  SheetFilter *filter;
  GtkFilterListModel *filtered;
  GtkSelectionModel *selection;
};

G_DEFINE_FINAL_TYPE (SheetWindow, sheet_window, ADW_TYPE_APPLICATION_WINDOW)

static char *
files_text (guint n_files)
{
  return n_files == 1 ? g_strdup ("1 file") : g_strdup_printf ("%'u files", n_files);
}

static guint
sheet_window_get_n_rows (SheetWindow *self)
{
  return g_list_model_get_n_items (G_LIST_MODEL (self->selection));
}

static char *
sheet_window_make_subtitle (SheetWindow *self)
{
  guint n_items = g_list_model_get_n_items (sheet_job_get_items (self->job));
  guint n_rows = sheet_window_get_n_rows (self);
  guint n_skipped = sheet_job_get_n_skipped (self->job);
  g_autofree char *files = files_text (n_items);
  GString *text = g_string_new (NULL);

  if (n_rows < n_items)
    g_string_append_printf (text, "%'u of ", n_rows);
  g_string_append (text, files);
  if (n_skipped > 0)
    g_string_append_printf (text, ", %'u skipped", n_skipped);
  if (sheet_job_was_stopped (self->job))
    g_string_append (text, ", stopped");

  return g_string_free (text, FALSE);
}

static void
sheet_window_show_notice (SheetWindow *self,
                          const char  *icon,
                          const char  *title,
                          const char  *description)
{
  g_autofree char *escaped = g_markup_escape_text (description, -1);

  adw_status_page_set_icon_name (self->notice, icon);
  adw_status_page_set_title (self->notice, title);
  adw_status_page_set_description (self->notice, escaped);
  gtk_stack_set_visible_child_name (self->pages, "notice");
}

static void
sheet_window_choose_page (SheetWindow *self)
{
  const GError *error = sheet_job_get_error (self->job);

  if (sheet_job_is_running (self->job) || sheet_window_get_n_rows (self) > 0)
    gtk_stack_set_visible_child_name (self->pages, self->shows_list ? "list" : "grid");
  else if (error != NULL)
    sheet_window_show_notice (self, "dialog-error-symbolic", "Cannot Read Folder", error->message);
  else if (g_list_model_get_n_items (sheet_job_get_items (self->job)) == 0)
    sheet_window_show_notice (self, "folder-symbolic", "No Files", "There are no files below this folder.");
  else
    sheet_window_show_notice (self, "edit-find-symbolic", "No Results Found", "Try a different search.");
}

static void
sheet_window_update (SheetWindow *self)
{
  g_autofree char *subtitle = NULL;

  if (self->job == NULL)
    return;

  subtitle = sheet_window_make_subtitle (self);
  adw_window_title_set_subtitle (self->title, subtitle);
  sheet_window_choose_page (self);
}

static void
sheet_window_show_progress (SheetWindow *self)
{
  guint n_items = g_list_model_get_n_items (sheet_job_get_items (self->job));
  guint n_found = sheet_job_get_n_found (self->job);
  const char *text = sheet_job_get_text (self->job);
  g_autofree char *files = files_text (n_found > 0 ? n_found : n_items);
  g_autofree char *label = NULL;

  label = n_found > 0 ? g_strdup_printf ("%'u of %s", n_items, files) : g_strdup (files);
  gtk_label_set_label (self->progress_label, label);
  gtk_label_set_label (self->file_label, text != NULL ? text : "");
  gtk_progress_bar_set_fraction (self->progress_bar, sheet_job_get_fraction (self->job));
}

/* Called a few times a second while a job runs, however many items come: a new text makes GTK lay out the window. The
 * progress bar does not pulse, because an animation without an end makes a slow computer draw all the time. */
static gboolean
sheet_window_tick (gpointer data)
{
  SheetWindow *self = data;

  sheet_window_show_progress (self);
  sheet_window_update (self);

  return G_SOURCE_CONTINUE;
}

static void
sheet_window_set_working (SheetWindow *self,
                          gboolean     is_working)
{
  gtk_revealer_set_reveal_child (self->progress_revealer, is_working);
  g_simple_action_set_enabled (G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (self), "stop")), is_working);
  g_simple_action_set_enabled (G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (self), "restart")),
                               self->job != NULL);

  if (is_working && self->tick == 0)
    self->tick = g_timeout_add (PROGRESS_INTERVAL, sheet_window_tick, self);
  else if (!is_working)
    g_clear_handle_id (&self->tick, g_source_remove);
}

static void
items_changed (SheetWindow *self,
               guint        position,
               guint        n_removed,
               guint        n_added,
               GListModel  *items)
{
  for (guint i = position; i < position + n_added; i++)
    {
      g_autoptr (SheetItem) item = g_list_model_get_item (items, i);

      if (sheet_item_get_thumbnail (item) != NULL)
        sheet_thumbnails_add (self->thumbnails, item);
    }
}

static void
job_done (SheetWindow *self)
{
  sheet_questions_clear (self->questions);
  sheet_window_set_working (self, FALSE);
  sheet_window_update (self);
}

/* The job stops soon. Until then it keeps itself, and the application. */
static void
sheet_window_drop_job (SheetWindow *self)
{
  g_autoptr (SheetJob) job = g_steal_pointer (&self->job);

  if (job == NULL)
    return;

  sheet_thumbnails_clear (self->thumbnails);
  g_signal_handlers_disconnect_by_data (sheet_job_get_items (job), self);
  g_signal_handlers_disconnect_by_data (job, self);
  g_signal_handlers_disconnect_by_data (job, self->questions);
  sheet_questions_clear (self->questions);
  sheet_job_stop (job);
}

static SheetJob *
sheet_window_make_job (SheetWindow *self)
{
  if (self->folder == NULL)
    return self->idle_way ? sheet_idle_job_new_made_up (self->n_made_up)
                          : sheet_stream_job_new_made_up (self->n_made_up, G_OBJECT (self));

  return self->idle_way ? sheet_idle_job_new (self->folder)
                        : sheet_stream_job_new (self->folder, G_OBJECT (self));
}

static void
sheet_window_restart (SheetWindow *self)
{
  GtkApplication *application = gtk_window_get_application (GTK_WINDOW (self));

  sheet_window_drop_job (self);
  self->job = sheet_window_make_job (self);
  sheet_filter_set_items (self->filter, sheet_job_get_items (self->job));
  gtk_filter_list_model_set_model (self->filtered, sheet_job_get_items (self->job));
  g_signal_connect_swapped (sheet_job_get_items (self->job), "items-changed", G_CALLBACK (items_changed), self);
  sheet_frame_graph_reset (self->graph);

  /* The program ends after the last worker, also when the user closes the window. */
  g_application_hold (G_APPLICATION (application));
  g_signal_connect_object (self->job, "done", G_CALLBACK (g_application_release), application, G_CONNECT_SWAPPED);
  g_signal_connect_swapped (self->job, "done", G_CALLBACK (job_done), self);
  g_signal_connect_swapped (self->job, "ask", G_CALLBACK (sheet_questions_add), self->questions);

  sheet_job_start (self->job);
  sheet_window_set_working (self, TRUE);
  sheet_window_tick (self);
}

static void
sheet_window_show_rows (SheetWindow *self)
{
  gtk_grid_view_set_model (self->grid, self->shows_list ? NULL : self->selection);
  gtk_column_view_set_model (self->list, self->shows_list ? self->selection : NULL);
  gtk_button_set_icon_name (self->list_button, self->shows_list ? "view-grid-symbolic" : "view-list-symbolic");
  sheet_window_update (self);
}

static void
activated (SheetWindow *self,
           guint        position)
{
  g_autoptr (SheetItem) item = g_list_model_get_item (G_LIST_MODEL (self->selection), position);
  GFile *file = sheet_item_get_file (item);
  g_autofree char *uri = file != NULL ? g_file_get_uri (file) : NULL;

  if (uri != NULL)
    gtk_show_uri (GTK_WINDOW (self), uri, GDK_CURRENT_TIME);
}

static void
search_changed (SheetWindow *self)
{
  sheet_filter_set_text (self->filter, gtk_editable_get_text (GTK_EDITABLE (self->search_entry)));
}

static void
chosen (SheetWindow *self,
        int          response)
{
  g_autoptr (GFile) folder = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (self->chooser));

  if (response == GTK_RESPONSE_ACCEPT && folder != NULL)
    sheet_window_open (self, folder);
  g_clear_object (&self->chooser);
}

static void
open_activated (GSimpleAction *action,
                GVariant      *parameter,
                gpointer       data)
{
  SheetWindow *self = data;

  g_clear_object (&self->chooser);
  self->chooser = gtk_file_chooser_native_new ("Open Folder", GTK_WINDOW (self), GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER,
                                               NULL, NULL);
  g_signal_connect_swapped (self->chooser, "response", G_CALLBACK (chosen), self);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static void
restart_activated (GSimpleAction *action,
                   GVariant      *parameter,
                   gpointer       data)
{
  sheet_window_restart (data);
}

static void
stop_activated (GSimpleAction *action,
                GVariant      *parameter,
                gpointer       data)
{
  SheetWindow *self = data;

  sheet_questions_clear (self->questions);
  sheet_job_stop (self->job);
}

static void
show_list_changed (GSimpleAction *action,
                   GVariant      *state,
                   gpointer       data)
{
  SheetWindow *self = data;

  self->shows_list = g_variant_get_boolean (state);
  g_simple_action_set_state (action, state);
  sheet_window_show_rows (self);
}

static void
idle_way_changed (GSimpleAction *action,
                  GVariant      *state,
                  gpointer       data)
{
  SheetWindow *self = data;

  self->idle_way = g_variant_get_boolean (state);
  g_simple_action_set_state (action, state);
  if (self->job != NULL)
    sheet_window_restart (self);
}

static gboolean
dropped (SheetWindow  *self,
         const GValue *value)
{
  sheet_window_open (self, g_value_get_object (value));

  return TRUE;
}

static void
setup_cell (GtkListItemFactory *factory,
            GtkListItem        *row,
            gpointer            thumbnails)
{
  gtk_list_item_set_child (row, sheet_cell_new (thumbnails));
}

static void
bind_cell (GtkListItemFactory *factory,
           GtkListItem        *row)
{
  sheet_cell_set_item (SHEET_CELL (gtk_list_item_get_child (row)), gtk_list_item_get_item (row));
}

static void
unbind_cell (GtkListItemFactory *factory,
             GtkListItem        *row)
{
  sheet_cell_set_item (SHEET_CELL (gtk_list_item_get_child (row)), NULL);
}

static void
sheet_window_dispose (GObject *object)
{
  SheetWindow *self = SHEET_WINDOW (object);

  if (self->questions != NULL)
    sheet_window_drop_job (self);
  g_clear_handle_id (&self->tick, g_source_remove);
  g_clear_object (&self->questions);
  g_clear_object (&self->thumbnails);
  g_clear_object (&self->chooser);
  g_clear_object (&self->folder);
  g_clear_object (&self->filter);
  g_clear_object (&self->filtered);
  g_clear_object (&self->selection);
  gtk_widget_dispose_template (GTK_WIDGET (self), SHEET_TYPE_WINDOW);

  G_OBJECT_CLASS (sheet_window_parent_class)->dispose (object);
}

static void
sheet_window_class_init (SheetWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = sheet_window_dispose;

  g_type_ensure (SHEET_TYPE_FRAME_GRAPH);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/athreading/ContactSheet/sheet-window.ui");
#define bind(name) gtk_widget_class_bind_template_child (widget_class, SheetWindow, name)
  bind (title);
  bind (search_bar);
  bind (search_entry);
  bind (pages);
  bind (notice);
  bind (list_button);
  bind (grid);
  bind (list);
  bind (progress_revealer);
  bind (progress_label);
  bind (file_label);
  bind (progress_bar);
  bind (frames_revealer);
  bind (frames_label);
  bind (graph);
#undef bind
  gtk_widget_class_bind_template_callback (widget_class, search_changed);
  gtk_widget_class_bind_template_callback (widget_class, activated);
}

static void
sheet_window_add_actions (SheetWindow *self)
{
  const GActionEntry entries[] = {
    { "open", open_activated },
    { "restart", restart_activated },
    { "stop", stop_activated },
    { "show-list", NULL, NULL, "false", show_list_changed },
    { "idle-way", NULL, NULL, "false", idle_way_changed },
  };
  g_autoptr (GPropertyAction) search = NULL;
  g_autoptr (GPropertyAction) frames = NULL;

  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
  search = g_property_action_new ("search", self->search_bar, "search-mode-enabled");
  g_action_map_add_action (G_ACTION_MAP (self), G_ACTION (search));
  frames = g_property_action_new ("show-frames", self->frames_revealer, "reveal-child");
  g_action_map_add_action (G_ACTION_MAP (self), G_ACTION (frames));
}

static void
sheet_window_add_models (SheetWindow *self)
{
  GtkListItemFactory *cells = gtk_signal_list_item_factory_new ();
  GtkSortListModel *sorted;
  GtkSingleSelection *selection;

  self->filter = sheet_filter_new (G_OBJECT (self));
  self->filtered = gtk_filter_list_model_new (NULL, GTK_FILTER (g_object_ref (self->filter)));
  sorted = gtk_sort_list_model_new (G_LIST_MODEL (g_object_ref (self->filtered)),
                                    g_object_ref (gtk_column_view_get_sorter (self->list)));
  gtk_sort_list_model_set_incremental (sorted, TRUE);
  selection = gtk_single_selection_new (G_LIST_MODEL (sorted));
  gtk_single_selection_set_autoselect (selection, FALSE);
  gtk_single_selection_set_can_unselect (selection, TRUE);
  self->selection = GTK_SELECTION_MODEL (selection);
  g_signal_connect_swapped (self->filter, "changed", G_CALLBACK (sheet_window_update), self);

  self->thumbnails = sheet_thumbnails_new (N_THUMBNAILS);
  g_signal_connect_object (cells, "setup", G_CALLBACK (setup_cell), self->thumbnails, 0);
  g_signal_connect (cells, "bind", G_CALLBACK (bind_cell), NULL);
  g_signal_connect (cells, "unbind", G_CALLBACK (unbind_cell), NULL);
  gtk_grid_view_set_factory (self->grid, cells);
  g_object_unref (cells);
  sheet_columns_add (self->list);
}

static void
sheet_window_init (SheetWindow *self)
{
  GtkDropTarget *drop = gtk_drop_target_new (G_TYPE_FILE, GDK_ACTION_COPY);

  gtk_widget_init_template (GTK_WIDGET (self));
  self->questions = sheet_questions_new (GTK_WINDOW (self));
  sheet_window_add_actions (self);
  sheet_window_add_models (self);
  sheet_window_show_rows (self);
  sheet_window_set_working (self, FALSE);

  gtk_search_bar_connect_entry (self->search_bar, GTK_EDITABLE (self->search_entry));
  gtk_search_bar_set_key_capture_widget (self->search_bar, GTK_WIDGET (self));
  g_object_bind_property (self->graph, "summary", self->frames_label, "label", G_BINDING_SYNC_CREATE);
  g_signal_connect_swapped (drop, "drop", G_CALLBACK (dropped), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drop));
}

SheetWindow *
sheet_window_new (AdwApplication *application)
{
  return g_object_new (SHEET_TYPE_WINDOW, "application", application, NULL);
}

/* Shows all files below a folder. */
void
sheet_window_open (SheetWindow *self,
                   GFile       *folder)
{
  g_autofree char *name = g_file_get_basename (folder);
  g_autofree char *title = g_filename_display_name (name);

  g_set_object (&self->folder, folder);
  adw_window_title_set_title (self->title, title);
  gtk_window_set_title (GTK_WINDOW (self), title);
  sheet_window_restart (self);
}

/* Shows items without files, for the self-test. */
void
sheet_window_open_made_up (SheetWindow *self,
                           guint        n_files)
{
  g_clear_object (&self->folder);
  self->n_made_up = n_files;
  adw_window_title_set_title (self->title, "Made-up Files");
  sheet_window_restart (self);
}

/* Closes the folder: the window welcomes the user again. */
void
sheet_window_close (SheetWindow *self)
{
  sheet_window_drop_job (self);
  sheet_filter_set_items (self->filter, NULL);
  gtk_filter_list_model_set_model (self->filtered, NULL);
  sheet_window_set_working (self, FALSE);
  adw_window_title_set_title (self->title, "Contact Sheet");
  adw_window_title_set_subtitle (self->title, NULL);
  gtk_stack_set_visible_child_name (self->pages, "welcome");
}

/* Sets whether the next job adds an idle function for each item. A job that runs is restarted. */
void
sheet_window_set_idle_way (SheetWindow *self,
                           gboolean     idle_way)
{
  g_action_group_change_action_state (G_ACTION_GROUP (self), "idle-way", g_variant_new_boolean (idle_way));
}

SheetJob *
sheet_window_get_job (SheetWindow *self)
{
  return self->job;
}

/* Gets the rows that the user sees: filtered and sorted. */
GListModel *
sheet_window_get_rows (SheetWindow *self)
{
  return G_LIST_MODEL (self->selection);
}

SheetFrameGraph *
sheet_window_get_graph (SheetWindow *self)
{
  return self->graph;
}

GtkMessageDialog *
sheet_window_get_question (SheetWindow *self)
{
  return sheet_questions_get_dialog (self->questions);
}
