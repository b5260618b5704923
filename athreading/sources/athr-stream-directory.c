/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "sources/athr-stream-source-private.h"

/* A walk reads one folder to its end, and puts the subfolders that it found at the head of
 * the queue of waiting folders. So at most one enumerator is open, however deep the tree
 * is, and the walk needs no recursion.
 *
 * If the walk follows symbolic links, it could enter a folder again from inside this
 * folder, and never end. So each folder knows its parent and its own identity, and the walk
 * does not enter a folder that has the identity of a folder above. A folder that can be
 * reached on two ways, without a loop, is read twice. */

#define NEEDED G_FILE_ATTRIBUTE_STANDARD_NAME "," G_FILE_ATTRIBUTE_STANDARD_TYPE
#define NEEDED_FOR_LINKS \
  NEEDED "," G_FILE_ATTRIBUTE_STANDARD_IS_SYMLINK "," G_FILE_ATTRIBUTE_ID_FILE

typedef struct _AthrFolder AthrFolder;

/* Only steps use it. */
struct _AthrFolder
{
  guint ref_count;    /* held by the walk, and by each subfolder */
  AthrFolder *parent; /* (nullable); owned; only set if the walk follows links */
  char *id;           /* (nullable); only set if the walk follows links */
  GFile *file;        /* (nullable); NULL once the folder was read */
  GList link;
};

typedef struct
{
  AthrStreamSource base;
  GFile *root;                 /* owned */
  char *attributes;
  GFileQueryInfoFlags flags;

  /* Only steps use these. */
  GQueue waiting;              /* (element-type AthrFolder); the next folder first */
  GQueue found;                /* (element-type AthrFolder); found in the current folder */
  AthrFolder *current;         /* (nullable); owned; the folder that is read now */
  GFileEnumerator *enumerator; /* (nullable); owned; lists the current folder */
  char *complaint;             /* (nullable); of the enumerator, if its last call failed */
  gboolean root_was_opened;
} AthrWalk;

static gboolean
athr_walk_follows_links (AthrWalk *self)
{
  return (self->flags & G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS) == 0;
}

static void
athr_folder_unref (AthrFolder *self)
{
  while (self != NULL && --self->ref_count == 0)
    {
      AthrFolder *parent = self->parent;

      g_clear_object (&self->file);
      g_free (self->id);
      g_free (self);
      self = parent;
    }
}

/* Takes over @file. */
static AthrFolder *
athr_folder_new (AthrFolder *parent,
                 GFile      *file,
                 const char *id)
{
  AthrFolder *self = g_new0 (AthrFolder, 1);

  self->ref_count = 1;
  self->file = file;
  self->id = g_strdup (id);
  self->parent = parent;
  if (parent != NULL)
    parent->ref_count++;
  self->link.data = self;

  return self;
}

static gboolean
athr_folder_is_inside (AthrFolder *self,
                       const char *id)
{
  for (; self != NULL; self = self->parent)
    if (g_strcmp0 (self->id, id) == 0)
      return TRUE;

  return FALSE;
}

/* Whether @info, found in the current folder, is a folder that the walk will read. */
static gboolean
athr_walk_enters (AthrWalk  *self,
                  GFileInfo *info)
{
  const char *id = g_file_info_get_attribute_string (info, G_FILE_ATTRIBUTE_ID_FILE);

  if (g_file_info_get_attribute_uint32 (info, G_FILE_ATTRIBUTE_STANDARD_TYPE) !=
      G_FILE_TYPE_DIRECTORY)
    return FALSE;
  if (!athr_walk_follows_links (self))
    return TRUE;
  /* Without an identity the walk cannot detect a loop, so it follows no link. */
  if (id == NULL)
    return !g_file_info_get_attribute_boolean (info, G_FILE_ATTRIBUTE_STANDARD_IS_SYMLINK);

  return !athr_folder_is_inside (self->current, id);
}

static void
athr_walk_add_folder (AthrWalk  *self,
                      GFileInfo *info)
{
  gboolean follows = athr_walk_follows_links (self);
  GFile *file = (GFile *) g_file_info_get_attribute_object (info, "standard::file");
  AthrFolder *folder;

  /* A copy, since the consumer gets the other GFile and may use it on another thread. */
  folder = athr_folder_new (follows ? self->current : NULL, g_file_dup (file),
                            follows ? g_file_info_get_attribute_string (info, G_FILE_ATTRIBUTE_ID_FILE)
                                    : NULL);
  g_queue_push_tail_link (&self->found, &folder->link);
}

static void
athr_walk_leave (AthrWalk     *self,
                 GCancellable *cancellable)
{
  GList *link;

  if (self->enumerator != NULL)
    g_file_enumerator_close (self->enumerator, cancellable, NULL);
  g_clear_object (&self->enumerator);
  g_clear_pointer (&self->complaint, g_free);
  if (self->current != NULL)
    g_clear_object (&self->current->file);
  g_clear_pointer (&self->current, athr_folder_unref);
  while ((link = g_queue_pop_tail_link (&self->found)) != NULL)
    g_queue_push_head_link (&self->waiting, link);
}

/* Called when the current folder, or an entry of it, cannot be read. If the root could not be
 * opened, or the stream is closed, the walk ends with @failure (transfer full). Otherwise the
 * walk reports a problem and goes on: with the next entry, or, if the folder cannot be opened or
 * the enumerator stays where it is, with the next folder. An enumerator names the entry in its
 * message, so one that gives the same message again has not moved. */
static AthrStreamSourceAnswer
athr_walk_fail (AthrWalk     *self,
                AthrYielder  *yielder,
                GError       *failure,
                GError      **error)
{
  GCancellable *cancellable = athr_yielder_get_cancellable (yielder);
  gboolean is_new = g_strcmp0 (self->complaint, failure->message) != 0;

  if (!self->root_was_opened || g_cancellable_is_cancelled (cancellable))
    {
      g_propagate_error (error, failure);
      return ATHR_STREAM_SOURCE_ERROR;
    }

  if (is_new)
    athr_yielder_take_problem (yielder, g_file_dup (self->current->file), failure->message);
  g_free (self->complaint);
  self->complaint = g_strdup (failure->message);
  if (self->enumerator == NULL || !is_new)
    athr_walk_leave (self, cancellable);
  g_error_free (failure);

  return ATHR_STREAM_SOURCE_NOTHING;
}

static gboolean
athr_walk_identify_root (AthrWalk      *self,
                         GCancellable  *cancellable,
                         GError       **error)
{
  g_autoptr (GFileInfo) info = NULL;

  info = g_file_query_info (self->root, G_FILE_ATTRIBUTE_ID_FILE, G_FILE_QUERY_INFO_NONE,
                            cancellable, error);
  if (info == NULL)
    return FALSE;

  self->current->id = g_strdup (g_file_info_get_attribute_string (info, G_FILE_ATTRIBUTE_ID_FILE));

  return TRUE;
}

static AthrStreamSourceAnswer
athr_walk_enter (AthrWalk     *self,
                 AthrYielder  *yielder,
                 GError      **error)
{
  GCancellable *cancellable = athr_yielder_get_cancellable (yielder);
  GList *link = g_queue_pop_head_link (&self->waiting);
  GError *failure = NULL;

  if (link == NULL)
    return ATHR_STREAM_SOURCE_END;

  self->base.is_open = TRUE;
  self->current = link->data;
  if (self->root_was_opened || !athr_walk_follows_links (self) ||
      athr_walk_identify_root (self, cancellable, &failure))
    self->enumerator = g_file_enumerate_children (self->current->file, self->attributes,
                                                  self->flags, cancellable, &failure);
  if (self->enumerator == NULL)
    return athr_walk_fail (self, yielder, failure, error);

  self->root_was_opened = TRUE;

  return ATHR_STREAM_SOURCE_NOTHING;
}

static AthrStreamSourceAnswer
athr_walk_next (AthrStreamSource  *source,
                AthrYielder       *yielder,
                GValue            *value,
                GError           **error)
{
  AthrWalk *self = (AthrWalk *) source;
  GCancellable *cancellable = athr_yielder_get_cancellable (yielder);
  GError *failure = NULL;
  GFileInfo *info;

  if (self->enumerator == NULL)
    return athr_walk_enter (self, yielder, error);

  info = g_file_enumerator_next_file (self->enumerator, cancellable, &failure);
  if (failure != NULL)
    return athr_walk_fail (self, yielder, failure, error);
  g_clear_pointer (&self->complaint, g_free);
  if (info == NULL)
    {
      athr_walk_leave (self, cancellable);
      return ATHR_STREAM_SOURCE_NOTHING;
    }

  athr_stream_source_add_file (info, self->enumerator);
  if (athr_walk_enters (self, info))
    athr_walk_add_folder (self, info);
  g_value_init (value, G_TYPE_FILE_INFO);
  g_value_take_object (value, info);

  return ATHR_STREAM_SOURCE_VALUE;
}

static void
athr_walk_close (AthrStreamSource *source,
                 GCancellable     *cancellable)
{
  AthrWalk *self = (AthrWalk *) source;
  GList *link;

  athr_walk_leave (self, cancellable);
  while ((link = g_queue_pop_head_link (&self->waiting)) != NULL)
    athr_folder_unref (link->data);
}

static void
athr_walk_free (AthrStreamSource *source)
{
  AthrWalk *self = (AthrWalk *) source;

  /* A walk that never began still has the root in its queue. */
  athr_walk_close (source, NULL);
  g_object_unref (self->root);
  g_free (self->attributes);
  g_free (self);
}

/**
 * athr_stream_new_for_directory:
 * @root: the folder to begin with
 * @attributes: (nullable): the attributes to get of each file; see
 *   [method@Gio.File.query_info]
 * @flags: %G_FILE_QUERY_INFO_NONE to follow symbolic links
 *
 * Creates a stream of all files below a folder.
 *
 * Each value is a [class@Gio.FileInfo]. Its [iface@Gio.File] is in the attribute
 * `standard::file`, an object:
 *
 * ```c
 * static void
 * print_file (AthrStream *stream, const GValue *value, gpointer user_data)
 * {
 *   GFileInfo *info = g_value_get_object (value);
 *   GObject *file = g_file_info_get_attribute_object (info, "standard::file");
 *
 *   g_print ("%s: %" G_GOFFSET_FORMAT "\n", g_file_peek_path (G_FILE (file)),
 *            g_file_info_get_size (info));
 * }
 *
 * static void
 * print_problem (AthrStream *stream, GFile *folder, const char *message,
 *                gpointer user_data)
 * {
 *   g_printerr ("%s\n", message);
 * }
 *
 * static AthrStream *
 * print_files_below (GFile *folder)
 * {
 *   GFileQueryInfoFlags flags = G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS;
 *   AthrStream *stream;
 *
 *   stream = athr_stream_new_for_directory (folder, "standard::size", flags);
 *   g_signal_connect (stream, "value", G_CALLBACK (print_file), NULL);
 *   g_signal_connect (stream, "problem", G_CALLBACK (print_problem), NULL);
 *   athr_stream_set_flowing (stream, TRUE);
 *
 *   return stream;
 * }
 * ```
 *
 * The stream does not yield @root itself. The stream yields a folder before the content of
 * the folder: first all entries of the folder, in the order in which the file system lists
 * them, then each of its subfolders with everything below. The stream adds to @attributes
 * what it needs itself: `standard::name` and `standard::type`, and, where it follows links,
 * `standard::is-symlink` and `id::file`.
 *
 * With %G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS a symbolic link is a file like any other.
 * Without this flag, the stream enters a link to a folder as if the link were the folder,
 * unless the link leads to a folder that contains the link. The stream recognizes such a
 * folder by its `id::file`. So the stream always comes to an end, but a file that can be
 * reached on several ways comes several times. Where the file system has no `id::file`, the
 * stream does not follow links.
 *
 * If the stream cannot read a folder, or cannot look at an entry of the folder, the stream
 * emits [signal@Athr.Stream::problem] with the folder, and goes on with the next entry or
 * folder. The message names the entry. If the stream cannot open @root, it ends with
 * the error: %G_IO_ERROR_NOT_FOUND, %G_IO_ERROR_NOT_DIRECTORY for a file,
 * %G_IO_ERROR_PERMISSION_DENIED or another error.
 *
 * Workers read the folders with blocking calls. While the buffer of the stream is full, the
 * stream holds no thread. The stream has at most one folder open. A worker closes this
 * folder before the stream hands out its end, and before a close of the stream completes.
 * If the program drops the stream, a worker closes the folder soon after.
 *
 * Threads: any; the new stream belongs to the caller's thread.
 *
 * Returns: (transfer full): a new stream
 *
 * Since: 1.0
 */
AthrStream *
athr_stream_new_for_directory (GFile               *root,
                               const char          *attributes,
                               GFileQueryInfoFlags  flags)
{
  static const AthrStreamSourceFuncs funcs = {
    athr_walk_next, athr_walk_close, athr_walk_free
  };
  const char *needed;
  AthrFolder *folder;
  AthrWalk *self;

  g_return_val_if_fail (G_IS_FILE (root), NULL);

  self = g_new0 (AthrWalk, 1);
  self->base.funcs = &funcs;
  self->root = g_object_ref (root);
  self->flags = flags;
  needed = athr_walk_follows_links (self) ? NEEDED_FOR_LINKS : NEEDED;
  self->attributes = attributes != NULL && *attributes != '\0'
                     ? g_strconcat (attributes, ",", needed, NULL)
                     : g_strdup (needed);
  folder = athr_folder_new (NULL, g_object_ref (root), NULL);
  g_queue_push_tail_link (&self->waiting, &folder->link);

  return athr_stream_new_for_source (&self->base);
}
