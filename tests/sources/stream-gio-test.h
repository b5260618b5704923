/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib/gstdio.h>
#include <string.h>

#include "stream/stream-test.h"

/* Controls a GInputStream or GFileEnumerator of a test, and records what happened to it. */
typedef struct
{
  AthrGate gate;         /* where a blocking read waits; its cancellable opens the gate */
  gboolean blocks;       /* set once; a read at the end of the data blocks */
  gboolean fails;        /* set once; a read at the end of the data fails */
  int n_reads;           /* atomic */
  int n_closes;          /* atomic */
  GThread *closed_on;    /* atomic */
  GThread *finalized_on; /* atomic */
} AthrProbe;

static inline void
athr_probe_init (AthrProbe *self)
{
  *self = (AthrProbe) { .blocks = FALSE };
  athr_gate_init (&self->gate);
}

static inline void
athr_probe_open (GCancellable *cancellable,
                 AthrProbe    *self)
{
  athr_gate_open (&self->gate);
}

/* A read at the end of the data: blocks, fails or returns at once. Returns FALSE with @error. */
static inline gboolean
athr_probe_wait (AthrProbe     *self,
                 GCancellable  *cancellable,
                 GError       **error)
{
  if (self->blocks)
    {
      gulong id = g_cancellable_connect (cancellable, G_CALLBACK (athr_probe_open), self, NULL);

      athr_gate_pass (&self->gate);
      g_cancellable_disconnect (cancellable, id);
      return !g_cancellable_set_error_if_cancelled (cancellable, error);
    }
  if (self->fails)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "boom");

  return !self->fails;
}

static inline void
athr_probe_close (AthrProbe *self)
{
  g_atomic_pointer_set (&self->closed_on, g_thread_self ());
  g_atomic_int_inc (&self->n_closes);
}

/* Waits until the object is finalized, and checks that a worker closed it, once, and that the
 * calling thread finalized it. */
static inline void
athr_probe_expect_closed (AthrProbe *self)
{
  athr_test_iterate_until (NULL, g_atomic_pointer_get (&self->finalized_on) != NULL);
  g_assert_true (self->finalized_on == g_thread_self ());
  g_assert_cmpint (g_atomic_int_get (&self->n_closes), ==, 1);
  g_assert_true (self->closed_on != g_thread_self ());
}

static inline void
athr_probe_clear (AthrProbe *self)
{
  athr_gate_clear (&self->gate);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AthrProbe, athr_probe_clear)

/* An input stream that gives a text in pieces of @piece bytes. */
typedef struct
{
  GInputStream parent_instance;
  AthrProbe *probe;
  const char *text;
  gsize length;
  gsize piece;
} AthrTestInput;

typedef GInputStreamClass AthrTestInputClass;

static GType athr_test_input_get_type (void);

G_DEFINE_TYPE (AthrTestInput, athr_test_input, G_TYPE_INPUT_STREAM)

static gssize
athr_test_input_read (GInputStream  *stream,
                      void          *buffer,
                      gsize          count,
                      GCancellable  *cancellable,
                      GError       **error)
{
  AthrTestInput *self = (AthrTestInput *) stream;
  gsize n = MIN (MIN (count, self->piece), self->length);

  g_atomic_int_inc (&self->probe->n_reads);
  if (n == 0)
    return athr_probe_wait (self->probe, cancellable, error) ? 0 : -1;

  memcpy (buffer, self->text, n);
  self->text += n;
  self->length -= n;

  return n;
}

static gboolean
athr_test_input_close (GInputStream  *stream,
                       GCancellable  *cancellable,
                       GError       **error)
{
  athr_probe_close (((AthrTestInput *) stream)->probe);

  return TRUE;
}

static void
athr_test_input_finalize (GObject *object)
{
  g_atomic_pointer_set (&((AthrTestInput *) object)->probe->finalized_on, g_thread_self ());

  G_OBJECT_CLASS (athr_test_input_parent_class)->finalize (object);
}

static void
athr_test_input_class_init (AthrTestInputClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = athr_test_input_finalize;
  klass->read_fn = athr_test_input_read;
  klass->close_fn = athr_test_input_close;
}

static void
athr_test_input_init (AthrTestInput *self)
{
}

/* Returns a stream of the lines of @text. @length -1 is strlen(); @text may have null bytes. */
static inline AthrStream *
athr_test_lines (AthrProbe  *probe,
                 const char *text,
                 gssize      length,
                 gsize       piece)
{
  AthrTestInput *input = g_object_new (athr_test_input_get_type (), NULL);
  AthrStream *stream;

  input->probe = probe;
  input->text = text;
  input->length = length < 0 ? strlen (text) : (gsize) length;
  input->piece = piece;
  stream = athr_stream_new_for_lines (G_INPUT_STREAM (input));
  g_object_unref (input);

  return stream;
}

/* An enumerator of files with the names "1", "2" ... */
typedef struct
{
  GFileEnumerator parent_instance;
  AthrProbe *probe;
  guint number;
  guint n_files;
  gboolean is_nameless;
  GFileType type; /* of all files */
  gboolean is_link;
  guint first_bad; /* this file and the next cannot be looked at; 0: all can */
} AthrTestListing;

typedef GFileEnumeratorClass AthrTestListingClass;

static GType athr_test_listing_get_type (void);

G_DEFINE_TYPE (AthrTestListing, athr_test_listing, G_TYPE_FILE_ENUMERATOR)

static GFileInfo *
athr_test_listing_next (GFileEnumerator  *enumerator,
                        GCancellable     *cancellable,
                        GError          **error)
{
  AthrTestListing *self = (AthrTestListing *) enumerator;
  g_autofree char *name = NULL;
  GFileAttributeMatcher *matcher;
  GFileInfo *info;

  g_atomic_int_inc (&self->probe->n_reads);
  if (self->number == self->n_files)
    {
      athr_probe_wait (self->probe, cancellable, error);
      return NULL;
    }

  name = g_strdup_printf ("%u", ++self->number);
  if (self->first_bad != 0 && self->number >= self->first_bad && self->number <= self->first_bad + 1)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED, "dead %s", name);
      return NULL;
    }

  info = g_file_info_new ();
  if (self->is_nameless)
    g_file_info_set_display_name (info, name);
  else
    g_file_info_set_name (info, name);
  g_file_info_set_file_type (info, self->type);
  g_file_info_set_is_symlink (info, self->is_link);
  /* Some file systems do the same: no other attributes can be set. */
  matcher = g_file_attribute_matcher_new ("standard::name,standard::display-name,"
                                          "standard::type,standard::is-symlink");
  g_file_info_set_attribute_mask (info, matcher);
  g_file_attribute_matcher_unref (matcher);

  return info;
}

static gboolean
athr_test_listing_close (GFileEnumerator  *enumerator,
                         GCancellable     *cancellable,
                         GError          **error)
{
  athr_probe_close (((AthrTestListing *) enumerator)->probe);

  return TRUE;
}

static void
athr_test_listing_finalize (GObject *object)
{
  AthrProbe *probe = ((AthrTestListing *) object)->probe;

  G_OBJECT_CLASS (athr_test_listing_parent_class)->finalize (object);
  g_atomic_pointer_set (&probe->finalized_on, g_thread_self ());
}

static void
athr_test_listing_class_init (AthrTestListingClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = athr_test_listing_finalize;
  klass->next_file = athr_test_listing_next;
  klass->close_fn = athr_test_listing_close;
}

static void
athr_test_listing_init (AthrTestListing *self)
{
}

static inline AthrTestListing *
athr_test_listing_new (AthrProbe *probe,
                       guint      n_files)
{
  g_autoptr (GFile) folder = g_file_new_for_path ("/folder");
  AthrTestListing *self;

  self = g_object_new (athr_test_listing_get_type (), "container", folder, NULL);
  self->probe = probe;
  self->n_files = n_files;

  return self;
}

static inline AthrStream *
athr_test_listing_stream (AthrProbe *probe,
                          guint      n_files)
{
  AthrTestListing *listing = athr_test_listing_new (probe, n_files);
  AthrStream *stream = athr_stream_new_for_enumerator (G_FILE_ENUMERATOR (listing));

  g_object_unref (listing);

  return stream;
}

/* Closes the stream, and waits until the close has completed. */
static inline void
athr_test_close (AthrStream *stream)
{
  GAsyncResult *result = NULL;
  g_autoptr (GError) error = NULL;

  athr_stream_close_async (stream, NULL, athr_test_keep_result, &result);
  athr_test_iterate_until (NULL, result != NULL);
  athr_stream_close_finish (stream, result, &error);
  g_assert_no_error (error);
  g_object_unref (result);
}

static inline void
athr_test_expect_string (AthrStream *stream,
                         const char *string)
{
  g_auto (GValue) value = G_VALUE_INIT;

  athr_test_take (stream, &value);
  g_assert_true (G_VALUE_HOLDS_STRING (&value));
  g_assert_cmpstr (g_value_get_string (&value), ==, string);
}

static inline GFile *
athr_test_file_of (const GValue *value)
{
  GFileInfo *info = g_value_get_object (value);

  g_assert_true (G_IS_FILE_INFO (info));

  return (GFile *) g_file_info_get_attribute_object (info, "standard::file");
}
