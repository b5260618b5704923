/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sheet-idle-job.h"

#include "sheet-item.h"

/* The same job as many programs do it, for comparison: a thread walks through the folders and pushes each file to a
 * GThreadPool. A worker reads the file, and adds an idle function for the item.
 *
 * Nothing holds the walk back. The main loop runs all idle functions that wait before it draws the next frame, and
 * each of them changes the list. To ask the user would need a lock and a condition, so this job skips all files that
 * cannot be read. */

#define ATTRIBUTES \
  G_FILE_ATTRIBUTE_STANDARD_NAME "," G_FILE_ATTRIBUTE_STANDARD_TYPE "," \
  G_FILE_ATTRIBUTE_STANDARD_SIZE "," G_FILE_ATTRIBUTE_STANDARD_FAST_CONTENT_TYPE

struct _SheetIdleJob
{
  SheetJob parent_instance;

  GFile *folder;              /* (nullable): NULL if the items are made up */
  guint n_made_up;
  GCancellable *cancellable;
  GThreadPool *pool;
  int n_pending;              /* atomic: the walk, and the files that the idle functions have not seen */
};

G_DEFINE_FINAL_TYPE (SheetIdleJob, sheet_idle_job, SHEET_TYPE_JOB)

/* One file on its way: from the walk to a worker, and from the worker to the main loop. The file holds the job, and
 * the main loop frees the file. So no worker ever drops the last reference to the job. */
typedef struct
{
  SheetIdleJob *job;
  SheetItem *item;   /* (nullable): NULL if the walk has ended, or if the file was skipped */
  guint n_found;     /* if the walk has ended */
  gboolean is_skipped;
} Work;

static void
work_free (Work *self)
{
  g_clear_object (&self->item);
  g_object_unref (self->job);
  g_free (self);
}

/* The main loop calls this function for each file, and at the end of the walk. */
static gboolean
take_work (gpointer data)
{
  Work *work = data;
  SheetJob *job = SHEET_JOB (work->job);

  if (work->n_found > 0)
    sheet_job_set_n_found (job, work->n_found);
  if (work->is_skipped)
    sheet_job_add_skipped (job);
  if (work->item != NULL)
    {
      g_list_store_append (G_LIST_STORE (sheet_job_get_items (job)), work->item);
      sheet_job_set_text (job, sheet_item_get_name (work->item));
    }
  if (g_atomic_int_dec_and_test (&work->job->n_pending))
    sheet_job_end (job, NULL);
  work_free (work);

  return G_SOURCE_REMOVE;
}

/* On a worker */
static void
read_item (gpointer data,
           gpointer user_data)
{
  Work *work = data;
  GCancellable *cancellable = work->job->cancellable;

  if (g_cancellable_is_cancelled (cancellable) || !sheet_item_load (work->item, cancellable, NULL))
    {
      g_clear_object (&work->item);
      work->is_skipped = !g_cancellable_is_cancelled (cancellable);
    }
  g_idle_add (take_work, work);
}

/* The other functions of the walk run on the thread of the walk. */

static void
push_item (SheetIdleJob *self,
           SheetItem    *item)
{
  Work *work = g_new0 (Work, 1);

  work->job = g_object_ref (self);
  work->item = item;
  g_atomic_int_inc (&self->n_pending);
  g_thread_pool_push (self->pool, work, NULL);
}

static guint
walk_folder (SheetIdleJob *self,
             GFile        *folder)
{
  g_autoptr (GFileEnumerator) enumerator = NULL;
  guint n_found = 0;

  enumerator = g_file_enumerate_children (folder, ATTRIBUTES, G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS,
                                          self->cancellable, NULL);
  while (enumerator != NULL)
    {
      GFileInfo *info;
      GFile *file;

      if (!g_file_enumerator_iterate (enumerator, &info, &file, self->cancellable, NULL) || info == NULL)
        break;
      if (g_file_info_get_file_type (info) == G_FILE_TYPE_DIRECTORY)
        {
          n_found += walk_folder (self, file);
        }
      else if (g_file_info_get_file_type (info) == G_FILE_TYPE_REGULAR ||
               g_file_info_get_file_type (info) == G_FILE_TYPE_SYMBOLIC_LINK)
        {
          g_file_info_set_attribute_object (info, "standard::file", G_OBJECT (file));
          push_item (self, sheet_item_new (self->folder, info));
          n_found++;
        }
    }

  return n_found;
}

static gpointer
walk (gpointer data)
{
  Work *end = data;
  SheetIdleJob *self = end->job;

  if (self->folder != NULL)
    end->n_found = walk_folder (self, self->folder);
  for (guint i = 0; i < self->n_made_up && !g_cancellable_is_cancelled (self->cancellable); i++)
    push_item (self, sheet_item_new_made_up (i));
  g_idle_add (take_work, end);

  return NULL;
}

static void
sheet_idle_job_start (SheetJob *job)
{
  SheetIdleJob *self = SHEET_IDLE_JOB (job);
  Work *end = g_new0 (Work, 1);

  end->job = g_object_ref (self);
  self->n_pending = 1;
  g_thread_unref (g_thread_new ("walk", walk, end));
}

static void
sheet_idle_job_stop (SheetJob *job)
{
  g_cancellable_cancel (SHEET_IDLE_JOB (job)->cancellable);
}

static void
sheet_idle_job_finalize (GObject *object)
{
  SheetIdleJob *self = SHEET_IDLE_JOB (object);

  g_thread_pool_free (self->pool, FALSE, TRUE);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->folder);

  G_OBJECT_CLASS (sheet_idle_job_parent_class)->finalize (object);
}

static void
sheet_idle_job_class_init (SheetIdleJobClass *klass)
{
  SheetJobClass *job_class = SHEET_JOB_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = sheet_idle_job_finalize;
  job_class->start = sheet_idle_job_start;
  job_class->stop = sheet_idle_job_stop;
}

static void
sheet_idle_job_init (SheetIdleJob *self)
{
  g_autoptr (GListStore) items = g_list_store_new (SHEET_TYPE_ITEM);

  self->cancellable = g_cancellable_new ();
  self->pool = g_thread_pool_new (read_item, NULL, g_get_num_processors (), FALSE, NULL);
  sheet_job_set_items (SHEET_JOB (self), G_LIST_MODEL (items));
}

SheetJob *
sheet_idle_job_new (GFile *folder)
{
  SheetIdleJob *self = g_object_new (SHEET_TYPE_IDLE_JOB, NULL);

  self->folder = g_object_ref (folder);

  return SHEET_JOB (self);
}

SheetJob *
sheet_idle_job_new_made_up (guint n_files)
{
  SheetIdleJob *self = g_object_new (SHEET_TYPE_IDLE_JOB, NULL);

  self->n_made_up = n_files;
  sheet_job_set_n_found (SHEET_JOB (self), n_files);

  return SHEET_JOB (self);
}
