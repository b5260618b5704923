/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sheet-stream-job.h"

#include "sheet-item.h"

/* The job with athreading:
 *
 *   a stream of the files below the folder -> a map, which reads each file on a worker -> a list model
 *
 * The list model tells its listeners once about all items of a slice of the main loop, and the slices leave the main
 * loop time to draw. If the main loop is slow, the map waits, and so does the walk through the folders. */

#define ATTRIBUTES \
  G_FILE_ATTRIBUTE_STANDARD_NAME "," G_FILE_ATTRIBUTE_STANDARD_TYPE "," \
  G_FILE_ATTRIBUTE_STANDARD_SIZE "," G_FILE_ATTRIBUTE_STANDARD_FAST_CONTENT_TYPE

#define N_BUFFERED 1024
#define N_COUNTED_AT_ONCE 1024

struct _SheetStreamJob
{
  SheetJob parent_instance;

  AthrStream *sheet;   /* the map: its values are the items */
  AthrStream *count;   /* (nullable): counts the files, so that the progress has an end */
  guint n_counted;
};

G_DEFINE_FINAL_TYPE (SheetStreamJob, sheet_stream_job, SHEET_TYPE_JOB)

/* What the workers share. The library frees it on the main thread, when no worker needs it any more. */
typedef struct
{
  GFile *folder;        /* (nullable): NULL if the items are made up */
  SheetStreamJob *job;  /* not owned; only the main thread looks inside */
  int skips_all;        /* atomic */
} Reading;

static Reading *
reading_new (SheetStreamJob *job,
             GFile          *folder)
{
  Reading *self = g_new0 (Reading, 1);

  self->job = job;
  g_set_object (&self->folder, folder);

  return self;
}

static void
reading_free (gpointer data)
{
  Reading *self = data;

  g_clear_object (&self->folder);
  g_free (self);
}

/* A file that a worker cannot read. Workers make one, and the main thread shows it. */
typedef struct
{
  SheetStreamJob *job;
  char *name;
  char *message;
} Failure;

static Failure *
failure_new (SheetStreamJob *job,
             SheetItem      *item,
             GError         *problem)
{
  Failure *self = g_new0 (Failure, 1);

  self->job = job;
  self->name = g_strdup (sheet_item_get_name (item));
  self->message = g_strdup (problem->message);

  return self;
}

static void
failure_free (gpointer data)
{
  Failure *self = data;

  g_free (self->name);
  g_free (self->message);
  g_free (self);
}

/* The main thread calls these functions. The stream is bound to the job, so the job is alive. */

static void
ask_user (AthrQuestion *question,
          gpointer      data)
{
  Failure *failure = data;

  sheet_job_ask (SHEET_JOB (failure->job), question, failure->name, failure->message);
}

static void
note_skipped (gpointer job)
{
  sheet_job_add_skipped (job);
}

static void
stop (gpointer job)
{
  sheet_job_stop (job);
}

/* From here on, functions run on workers. */

static gboolean
is_file (GFileInfo *info)
{
  GFileType type = g_file_info_get_attribute_uint32 (info, G_FILE_ATTRIBUTE_STANDARD_TYPE);

  return type == G_FILE_TYPE_REGULAR || type == G_FILE_TYPE_SYMBOLIC_LINK;
}

/* Asks the user what to do about a file. Meanwhile another worker has the place of this worker. */
static void
deal_with_failure (AthrYielder  *yielder,
                   Reading      *reading,
                   Failure      *failure,
                   GError      **error)
{
  g_auto (GValue) answer = G_VALUE_INIT;

  if (g_atomic_int_get (&reading->skips_all))
    failure_free (failure);
  else if (!athr_yielder_ask (yielder, ask_user, failure, failure_free, &answer, error))
    return;

  if (G_IS_VALUE (&answer) && g_value_get_int (&answer) == SHEET_ANSWER_STOP)
    {
      athr_yielder_post (yielder, stop, reading->job, NULL);
      return;
    }
  if (G_IS_VALUE (&answer) && g_value_get_int (&answer) == SHEET_ANSWER_SKIP_ALL)
    g_atomic_int_set (&reading->skips_all, TRUE);
  athr_yielder_post (yielder, note_skipped, reading->job, NULL);
}

/* The function of the map: makes an item of a file. A folder gives no item. */
static void
read_file (AthrYielder   *yielder,
           const GValue  *value,
           gpointer       data,
           GError       **error)
{
  Reading *reading = data;
  GFileInfo *info = g_value_get_object (value);
  g_autoptr (SheetItem) item = NULL;
  g_autoptr (GError) problem = NULL;

  if (!is_file (info))
    return;

  item = sheet_item_new (reading->folder, info);
  athr_yielder_report_progress (yielder, -1, sheet_item_get_name (item));
  if (sheet_item_load (item, athr_yielder_get_cancellable (yielder), &problem))
    athr_yielder_yield (yielder, error, SHEET_TYPE_ITEM, item);
  else if (g_error_matches (problem, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_propagate_error (error, g_steal_pointer (&problem));
  else if (!g_error_matches (problem, G_IO_ERROR, G_IO_ERROR_IS_DIRECTORY)) /* a link to a folder */
    deal_with_failure (yielder, reading, failure_new (reading->job, item, problem), error);
}

/* The same two functions for items that are made up. */

static void
make_up (AthrYielder  *yielder,
         gpointer      n_files,
         GError      **error)
{
  for (guint i = 0; i < GPOINTER_TO_UINT (n_files); i++)
    if (!athr_yielder_yield (yielder, error, G_TYPE_UINT, i))
      return;
}

static void
read_made_up (AthrYielder   *yielder,
              const GValue  *number,
              gpointer       data,
              GError       **error)
{
  g_autoptr (SheetItem) item = sheet_item_new_made_up (g_value_get_uint (number));

  athr_yielder_report_progress (yielder, -1, sheet_item_get_name (item));
  if (sheet_item_load (item, athr_yielder_get_cancellable (yielder), error))
    athr_yielder_yield (yielder, error, SHEET_TYPE_ITEM, item);
}

/* From here on, functions run on the main thread. */

static void
counted (GObject      *source,
         GAsyncResult *result,
         gpointer      data)
{
  AthrStream *count = ATHR_STREAM (source);
  g_autoptr (GArray) batch = athr_stream_next_batch_finish (count, result, NULL);
  SheetStreamJob *self = data;

  if (batch == NULL)  /* the job, or its window, may be gone */
    return;

  for (guint i = 0; i < batch->len; i++)
    self->n_counted += is_file (g_value_get_object (&g_array_index (batch, GValue, i)));
  if (batch->len > 0)
    athr_stream_next_batch_async (count, N_COUNTED_AT_ONCE, NULL, counted, self);
  else
    sheet_job_set_n_found (SHEET_JOB (self), self->n_counted);
}

static void
show_text (SheetStreamJob *self)
{
  sheet_job_set_text (SHEET_JOB (self), athr_stream_get_progress_text (self->sheet));
}

/* The list has all items now. */
static void
loaded (SheetStreamJob      *self,
        GParamSpec          *pspec,
        AthrStreamListModel *items)
{
  if (!athr_stream_list_model_get_loading (items))
    sheet_job_end (SHEET_JOB (self), athr_stream_list_model_get_error (items));
}

static void
sheet_stream_job_start (SheetJob *job)
{
  SheetStreamJob *self = SHEET_STREAM_JOB (job);

  if (self->count != NULL)
    athr_stream_next_batch_async (self->count, N_COUNTED_AT_ONCE, NULL, counted, self);
  athr_stream_set_flowing (self->sheet, TRUE);
}

static void
closed (GObject      *source,
        GAsyncResult *result,
        gpointer      data)
{
  g_autoptr (SheetStreamJob) self = data;

  athr_stream_close_finish (ATHR_STREAM (source), result, NULL);
  sheet_job_end (SHEET_JOB (self), NULL);
}

static void
sheet_stream_job_stop (SheetJob *job)
{
  SheetStreamJob *self = SHEET_STREAM_JOB (job);

  g_clear_object (&self->count);
  athr_stream_close_async (self->sheet, NULL, closed, g_object_ref (self));
}

static void
sheet_stream_job_dispose (GObject *object)
{
  SheetStreamJob *self = SHEET_STREAM_JOB (object);

  g_clear_object (&self->count);
  g_clear_object (&self->sheet);

  G_OBJECT_CLASS (sheet_stream_job_parent_class)->dispose (object);
}

static void
sheet_stream_job_class_init (SheetStreamJobClass *klass)
{
  SheetJobClass *job_class = SHEET_JOB_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = sheet_stream_job_dispose;
  job_class->start = sheet_stream_job_start;
  job_class->stop = sheet_stream_job_stop;
}

static void
sheet_stream_job_init (SheetStreamJob *self)
{
}

/* Makes the map and the list. The streams end with the job and with the owner, which is a window. */
static SheetJob *
sheet_stream_job_new_for_source (AthrStream  *source,
                                 AthrMapFunc  func,
                                 GFile       *folder,
                                 GObject     *owner)
{
  SheetStreamJob *self = g_object_new (SHEET_TYPE_STREAM_JOB, NULL);
  g_autoptr (AthrExecutor) executor = athr_executor_new ("contact-sheet", g_get_num_processors ());
  g_autoptr (AthrStreamListModel) items = NULL;

  self->sheet = athr_stream_new_map (source, 0, ATHR_MAP_DEFAULT, func, reading_new (self, folder), reading_free);
  athr_stream_set_executor (self->sheet, executor);
  athr_stream_set_name (self->sheet, "contact sheet");
  athr_stream_set_buffer_size (self->sheet, N_BUFFERED);
  athr_stream_bind (self->sheet, G_OBJECT (self));
  athr_stream_bind (self->sheet, owner);
  g_signal_connect_swapped (self->sheet, "notify::progress-text", G_CALLBACK (show_text), self);

  items = athr_stream_list_model_new (self->sheet, SHEET_TYPE_ITEM);
  g_signal_connect_object (items, "notify::loading", G_CALLBACK (loaded), self, G_CONNECT_SWAPPED);
  sheet_job_set_items (SHEET_JOB (self), G_LIST_MODEL (items));

  return SHEET_JOB (self);
}

SheetJob *
sheet_stream_job_new (GFile   *folder,
                      GObject *owner)
{
  GFileQueryInfoFlags flags = G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS;
  g_autoptr (AthrStream) files = athr_stream_new_for_directory (folder, ATTRIBUTES, flags);
  SheetJob *job = sheet_stream_job_new_for_source (files, read_file, folder, owner);
  SheetStreamJob *self = SHEET_STREAM_JOB (job);

  self->count = athr_stream_new_for_directory (folder, G_FILE_ATTRIBUTE_STANDARD_TYPE, flags);
  athr_stream_set_name (self->count, "count");
  athr_stream_set_buffer_size (self->count, N_COUNTED_AT_ONCE);
  athr_stream_bind (self->count, G_OBJECT (self));
  athr_stream_bind (self->count, owner);

  return job;
}

/* A job of items that are made up, for the self-test */
SheetJob *
sheet_stream_job_new_made_up (guint    n_files,
                              GObject *owner)
{
  g_autoptr (AthrStream) numbers = athr_stream_new (make_up, GUINT_TO_POINTER (n_files), NULL);
  SheetJob *job = sheet_stream_job_new_for_source (numbers, read_made_up, NULL, owner);

  sheet_job_set_n_found (job, n_files);

  return job;
}
