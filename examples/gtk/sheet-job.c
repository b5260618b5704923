/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sheet-job.h"

typedef struct
{
  GListModel *items;
  char *text;            /* (nullable): the file that a worker reads now */
  guint n_found;         /* 0 until all files are counted */
  guint n_skipped;
  gboolean is_running;
  gboolean was_stopped;
  GError *error;         /* (nullable) */
} SheetJobPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (SheetJob, sheet_job, G_TYPE_OBJECT)

enum
{
  ASK,
  DONE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static SheetJobPrivate *
get_private (SheetJob *self)
{
  return sheet_job_get_instance_private (self);
}

static void
sheet_job_finalize (GObject *object)
{
  SheetJobPrivate *priv = get_private (SHEET_JOB (object));

  g_clear_object (&priv->items);
  g_clear_pointer (&priv->text, g_free);
  g_clear_error (&priv->error);

  G_OBJECT_CLASS (sheet_job_parent_class)->finalize (object);
}

static void
sheet_job_class_init (SheetJobClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = sheet_job_finalize;

  signals[ASK] =
    g_signal_new ("ask", SHEET_TYPE_JOB, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 3, ATHR_TYPE_QUESTION, G_TYPE_STRING, G_TYPE_STRING);
  signals[DONE] =
    g_signal_new ("done", SHEET_TYPE_JOB, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
sheet_job_init (SheetJob *self)
{
}

void
sheet_job_start (SheetJob *self)
{
  get_private (self)->is_running = TRUE;
  SHEET_JOB_GET_CLASS (self)->start (self);
}

/* Stops the job soon. The items that are there stay. */
void
sheet_job_stop (SheetJob *self)
{
  SheetJobPrivate *priv = get_private (self);

  if (!priv->is_running || priv->was_stopped)
    return;

  priv->was_stopped = TRUE;
  SHEET_JOB_GET_CLASS (self)->stop (self);
}

GListModel *
sheet_job_get_items (SheetJob *self)
{
  return get_private (self)->items;
}

gboolean
sheet_job_is_running (SheetJob *self)
{
  return get_private (self)->is_running;
}

gboolean
sheet_job_was_stopped (SheetJob *self)
{
  return get_private (self)->was_stopped;
}

/* Gets the part of the files that is done, or -1 while nobody knows how many files there are. */
double
sheet_job_get_fraction (SheetJob *self)
{
  SheetJobPrivate *priv = get_private (self);
  double n_done = g_list_model_get_n_items (priv->items) + priv->n_skipped;

  return priv->n_found > 0 ? MIN (n_done / priv->n_found, 1.0) : -1.0;
}

const char *
sheet_job_get_text (SheetJob *self)
{
  return get_private (self)->text;
}

guint
sheet_job_get_n_found (SheetJob *self)
{
  return get_private (self)->n_found;
}

guint
sheet_job_get_n_skipped (SheetJob *self)
{
  return get_private (self)->n_skipped;
}

const GError *
sheet_job_get_error (SheetJob *self)
{
  return get_private (self)->error;
}

void
sheet_job_set_items (SheetJob   *self,
                     GListModel *items)
{
  g_set_object (&get_private (self)->items, items);
}

void
sheet_job_set_text (SheetJob   *self,
                    const char *text)
{
  SheetJobPrivate *priv = get_private (self);

  g_free (priv->text);
  priv->text = g_strdup (text);
}

void
sheet_job_set_n_found (SheetJob *self,
                       guint     n_found)
{
  get_private (self)->n_found = n_found;
}

void
sheet_job_add_skipped (SheetJob *self)
{
  get_private (self)->n_skipped++;
}

void
sheet_job_ask (SheetJob     *self,
               AthrQuestion *question,
               const char   *name,
               const char   *message)
{
  g_signal_emit (self, signals[ASK], 0, question, name, message);
}

/* Called when no worker works for the job any more. */
void
sheet_job_end (SheetJob     *self,
               const GError *error)
{
  SheetJobPrivate *priv = get_private (self);

  if (!priv->is_running)
    return;

  priv->is_running = FALSE;
  priv->error = error != NULL ? g_error_copy (error) : NULL;
  g_signal_emit (self, signals[DONE], 0);
}
