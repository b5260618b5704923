/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "context/athr-deferred-free-private.h"
#include "context/athr-home-private.h"
#include "sources/athr-stream-source-private.h"

/* After how many microseconds a step ends, so that other work of the executor gets its turn. A
 * fast source gives hundreds of values in this time, so the step itself costs little. */
#define STEP_TIME 1000

static void
athr_stream_source_step (AthrYielder  *yielder,
                         gpointer      user_data,
                         GError      **error)
{
  AthrStreamSource *self = user_data;
  gint64 end = g_get_monotonic_time () + STEP_TIME;
  guint64 room = athr_yielder_get_room (yielder);

  while (room > 0)
    {
      GValue value = G_VALUE_INIT;

      switch (self->funcs->next (self, yielder, &value, error))
        {
        case ATHR_STREAM_SOURCE_VALUE:
          if (!athr_yielder_take (yielder, &value, error))
            return;
          room--;
          break;
        case ATHR_STREAM_SOURCE_NOTHING:
          break;
        case ATHR_STREAM_SOURCE_END:
          athr_yielder_end (yielder);
          return;
        case ATHR_STREAM_SOURCE_ERROR:
          return;
        }
      if (g_get_monotonic_time () >= end)
        return;
    }
}

static void
athr_stream_source_clean_up (gpointer      user_data,
                             GCancellable *cancellable)
{
  AthrStreamSource *self = user_data;

  if (self->is_open)
    self->funcs->close (self, cancellable);
  self->is_open = FALSE;
}

static void
athr_stream_source_free (gpointer data)
{
  AthrStreamSource *self = data;

  g_clear_pointer (&self->home, athr_context_queue_unref);
  self->funcs->free (self);
}

static void
athr_stream_source_free_at_home (AthrStreamSource *self)
{
  g_autoptr (AthrContextQueue) home = athr_context_queue_ref (self->home);

  athr_free_in_context (home, self, athr_stream_source_free);
}

static void
athr_stream_source_close_run (AthrJob *job)
{
  AthrStreamSource *self = job->data;

  athr_home_begin_work (self->home);
  athr_stream_source_clean_up (self, NULL);
  athr_stream_source_free_at_home (self);
  athr_home_end_work ();
}

static void
athr_stream_source_close_fail (AthrJob      *job,
                               const GError *error)
{
  athr_stream_source_free_at_home (job->data);
}

/* The source is still open if the stream was never started, or if the executor of the
 * stream is closed: then no worker has closed the source. A worker of the default executor
 * closes it. */
static void
athr_stream_source_destroy (gpointer user_data)
{
  AthrStreamSource *self = user_data;

  if (!self->is_open)
    {
      athr_stream_source_free (self);
      return;
    }

  self->home = athr_home_ref ();
  self->close_job.run = athr_stream_source_close_run;
  self->close_job.fail = athr_stream_source_close_fail;
  self->close_job.data = self;
  self->close_job.kind = ATHR_JOB_CLEAN_UP;
  /* The default executor is never closed. */
  if (!athr_pool_push (athr_executor_get_pool (NULL), &self->close_job))
    g_assert_not_reached ();
}

AthrStream *
athr_stream_new_for_source (AthrStreamSource *source)
{
  return athr_stream_new_cleaned (athr_stream_source_step, athr_stream_source_clean_up,
                                  source, athr_stream_source_destroy);
}

void
athr_stream_source_add_file (GFileInfo       *info,
                             GFileEnumerator *enumerator)
{
  GFile *file;

  if (!g_file_info_has_attribute (info, G_FILE_ATTRIBUTE_STANDARD_NAME))
    return;

  file = g_file_enumerator_get_child (enumerator, info);
  g_file_info_unset_attribute_mask (info);
  g_file_info_set_attribute_object (info, "standard::file", G_OBJECT (file));
  g_object_unref (file);
}
