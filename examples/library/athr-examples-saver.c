/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "athr-examples.h"

#include <string.h>

/* A worker asks before it overwrites a file. The signal `overwrite` brings the question to any language. */

struct _AthrExamplesSaver
{
  GObject parent_instance;
};

G_DEFINE_FINAL_TYPE (AthrExamplesSaver, athr_examples_saver, G_TYPE_OBJECT)

typedef struct
{
  AthrExamplesSaver *saver;
  GFile *file;
  char *text;
} Saving;

static guint overwrite_signal;

static void
saving_free (gpointer data)
{
  Saving *self = data;

  g_object_unref (self->saver);
  g_object_unref (self->file);
  g_free (self->text);
  g_free (self);
}

/* On the owner's thread */
static void
ask (AthrQuestion *question, gpointer data)
{
  Saving *self = data;

  g_signal_emit (self->saver, overwrite_signal, 0, self->file, question);
}

/* On a worker thread */
static void
save (AthrCall *call, gpointer data, GError **error)
{
  Saving *self = data;
  GCancellable *cancellable = athr_call_get_cancellable (call);
  g_auto (GValue) answer = G_VALUE_INIT;

  if (g_file_query_exists (self->file, cancellable))
    {
      if (!athr_call_ask (call, ask, self, NULL, &answer, error))
        return;
      if (!G_VALUE_HOLDS_BOOLEAN (&answer) || !g_value_get_boolean (&answer))
        {
          athr_call_return (call, G_TYPE_BOOLEAN, FALSE);
          return;
        }
    }
  if (g_file_replace_contents (self->file, self->text, strlen (self->text), NULL, FALSE, G_FILE_CREATE_NONE, NULL,
                               cancellable, error))
    athr_call_return (call, G_TYPE_BOOLEAN, TRUE);
}

static void
athr_examples_saver_class_init (AthrExamplesSaverClass *klass)
{
  /**
   * AthrExamplesSaver::overwrite:
   * @self: a saver
   * @file: the file
   * @question: takes a boolean
   *
   * Asks whether to overwrite a file.
   *
   * Threads: owner.
   */
  overwrite_signal = g_signal_new ("overwrite", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 2, G_TYPE_FILE, ATHR_TYPE_QUESTION);
}

static void
athr_examples_saver_init (AthrExamplesSaver *self)
{
}

/**
 * athr_examples_saver_new:
 *
 * Creates an object that saves files.
 *
 * Threads: any.
 *
 * Returns: (transfer full): a new saver
 */
AthrExamplesSaver *
athr_examples_saver_new (void)
{
  return g_object_new (ATHR_EXAMPLES_TYPE_SAVER, NULL);
}

/**
 * athr_examples_saver_save:
 * @self: a saver
 * @file: the file
 * @text: what to write into @file
 *
 * Creates a call that writes a file, and asks before it overwrites one.
 *
 * Threads: any; the new call belongs to the caller's thread.
 *
 * Returns: (transfer full): a new call of a gboolean: whether the file was written
 */
AthrCall *
athr_examples_saver_save (AthrExamplesSaver *self,
                          GFile             *file,
                          const char        *text)
{
  Saving *saving = g_new0 (Saving, 1);

  saving->saver = g_object_ref (self);
  saving->file = g_object_ref (file);
  saving->text = g_strdup (text);

  return athr_call_new (save, saving, saving_free);
}
