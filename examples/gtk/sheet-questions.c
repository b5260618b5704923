/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sheet-questions.h"

#include "sheet-job.h"

typedef struct
{
  AthrQuestion *question;
  char *name;
  char *message;
} Entry;

struct _SheetQuestions
{
  GObject parent_instance;

  GtkWindow *window;          /* not owned: the window owns this object */
  GQueue entries;             /* (element-type Entry); the dialog shows the first */
  GtkMessageDialog *dialog;   /* (nullable): GTK owns it */

  /* Whether the user has answered all questions of the job, also those that workers ask later */
  gboolean has_answered_all;
  SheetAnswer answer_to_all;
};

G_DEFINE_FINAL_TYPE (SheetQuestions, sheet_questions, G_TYPE_OBJECT)

static void
entry_free (gpointer data)
{
  Entry *self = data;

  g_object_unref (self->question);
  g_free (self->name);
  g_free (self->message);
  g_free (self);
}

static void
entry_answer (Entry       *self,
              SheetAnswer  answer)
{
  g_auto (GValue) value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_INT);
  g_value_set_int (&value, answer);
  athr_question_answer (self->question, &value);
  entry_free (self);
}

static void sheet_questions_show (SheetQuestions *self);

/* @response is a SheetAnswer, or less than 0 if the user closes the dialog. */
static void
answered (SheetQuestions *self,
          int             response)
{
  SheetAnswer answer = response < 0 ? SHEET_ANSWER_SKIP : (SheetAnswer) response;

  gtk_window_destroy (GTK_WINDOW (g_steal_pointer (&self->dialog)));
  self->has_answered_all = answer != SHEET_ANSWER_SKIP;
  self->answer_to_all = answer;
  do
    entry_answer (g_queue_pop_head (&self->entries), answer);
  while (self->has_answered_all && !g_queue_is_empty (&self->entries));
  sheet_questions_show (self);
}

static void
sheet_questions_show (SheetQuestions *self)
{
  Entry *entry = g_queue_peek_head (&self->entries);
  GtkWidget *stop;

  if (entry == NULL || self->dialog != NULL)
    return;

  /* The dialog of libadwaita 1.2 is deprecated since 1.6, which warns of sizes inside this dialog. */
  self->dialog = GTK_MESSAGE_DIALOG (gtk_message_dialog_new (self->window, GTK_DIALOG_MODAL, GTK_MESSAGE_QUESTION,
                                                             GTK_BUTTONS_NONE, "Cannot Read “%s”", entry->name));
  gtk_message_dialog_format_secondary_text (self->dialog, "%s", entry->message);
  stop = gtk_dialog_add_button (GTK_DIALOG (self->dialog), "_Stop", SHEET_ANSWER_STOP);
  gtk_widget_add_css_class (stop, "destructive-action");
  gtk_dialog_add_button (GTK_DIALOG (self->dialog), "Skip _All", SHEET_ANSWER_SKIP_ALL);
  gtk_dialog_add_button (GTK_DIALOG (self->dialog), "S_kip", SHEET_ANSWER_SKIP);
  gtk_dialog_set_default_response (GTK_DIALOG (self->dialog), SHEET_ANSWER_SKIP);
  g_signal_connect_object (self->dialog, "response", G_CALLBACK (answered), self, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (self->dialog));
}

void
sheet_questions_add (SheetQuestions *self,
                     AthrQuestion   *question,
                     const char     *name,
                     const char     *message)
{
  Entry *entry = g_new0 (Entry, 1);

  entry->question = g_object_ref (question);
  entry->name = g_strdup (name);
  entry->message = g_strdup (message);
  if (self->has_answered_all)
    {
      entry_answer (entry, self->answer_to_all);
      return;
    }

  g_queue_push_tail (&self->entries, entry);
  sheet_questions_show (self);
}

/* Called at the end of a job. Closes the dialog, and drops all questions without an answer: the workers get an error,
 * which they pass on. */
void
sheet_questions_clear (SheetQuestions *self)
{
  GtkMessageDialog *dialog = g_steal_pointer (&self->dialog);

  self->has_answered_all = FALSE;
  g_queue_clear_full (&self->entries, entry_free);
  if (dialog != NULL)
    {
      g_signal_handlers_disconnect_by_data (dialog, self);
      gtk_window_destroy (GTK_WINDOW (dialog));
    }
}

/* Gets the dialog that the user sees now, or NULL. */
GtkMessageDialog *
sheet_questions_get_dialog (SheetQuestions *self)
{
  return self->dialog;
}

static void
sheet_questions_dispose (GObject *object)
{
  sheet_questions_clear (SHEET_QUESTIONS (object));

  G_OBJECT_CLASS (sheet_questions_parent_class)->dispose (object);
}

static void
sheet_questions_class_init (SheetQuestionsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = sheet_questions_dispose;
}

static void
sheet_questions_init (SheetQuestions *self)
{
}

SheetQuestions *
sheet_questions_new (GtkWindow *window)
{
  SheetQuestions *self = g_object_new (SHEET_TYPE_QUESTIONS, NULL);

  self->window = window;

  return self;
}
