/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <unistd.h>

#include "stream/athr-problem-private.h"
#include "stream-gio-test.h"

#define NOFOLLOW G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS

/* A temporary folder, and what the stream reports about it. */
typedef struct
{
  char *path;
  GFile *root;
  AthrStream *stream;
  GPtrArray *found;    /* (element-type utf8); paths below the root */
  GPtrArray *problems; /* (element-type utf8); paths below the root */
} Tree;

static void
tree_add (Tree       *self,
          const char *name)
{
  g_autofree char *path = g_build_filename (self->path, name, NULL);
  g_autofree char *folder = g_path_get_dirname (path);

  if (g_str_has_suffix (name, "/"))
    {
      g_assert_cmpint (g_mkdir_with_parents (path, 0755), ==, 0);
      return;
    }
  g_assert_cmpint (g_mkdir_with_parents (folder, 0755), ==, 0);
  g_assert_true (g_file_set_contents (path, "123", -1, NULL));
}

static void
tree_link (Tree       *self,
           const char *name,
           const char *target)
{
  g_autofree char *path = g_build_filename (self->path, name, NULL);

  g_assert_cmpint (symlink (target, path), ==, 0);
}

static char *
tree_name (Tree  *self,
           GFile *file)
{
  return g_file_equal (file, self->root) ? g_strdup (".")
                                         : g_file_get_relative_path (self->root, file);
}

static void
on_problem (AthrStream *stream,
            GFile      *file,
            const char *message,
            gpointer    user_data)
{
  Tree *self = user_data;

  g_assert_cmpuint (strlen (message), >, 0);
  g_ptr_array_add (self->problems, tree_name (self, file));
}

static void
tree_walk (Tree                *self,
           GFileQueryInfoFlags  flags)
{
  self->stream = athr_stream_new_for_directory (self->root, NULL, flags);
  g_signal_connect (self->stream, "problem", G_CALLBACK (on_problem), self);
}

/* Takes one value. Returns FALSE at the end of the stream. */
static gboolean
tree_take (Tree *self)
{
  g_auto (GValue) value = G_VALUE_INIT;

  athr_test_take (self->stream, &value);
  if (!G_IS_VALUE (&value))
    return FALSE;

  g_ptr_array_add (self->found, tree_name (self, athr_test_file_of (&value)));

  return TRUE;
}

static void
tree_take_all (Tree *self)
{
  while (tree_take (self))
    ;
}

static guint
tree_place (Tree       *self,
            const char *name)
{
  guint place = 0;

  if (!g_ptr_array_find_with_equal_func (self->found, name, g_str_equal, &place))
    g_error ("%s was not found", name);

  return place;
}

static gboolean
tree_has (Tree       *self,
          const char *name)
{
  return g_ptr_array_find_with_equal_func (self->found, name, g_str_equal, NULL);
}

static void
set_up (Tree          *self,
        gconstpointer  data)
{
  self->path = g_dir_make_tmp ("athr-XXXXXX", NULL);
  self->root = g_file_new_for_path (self->path);
  self->found = g_ptr_array_new_with_free_func (g_free);
  self->problems = g_ptr_array_new_with_free_func (g_free);
}

static void
tear_down (Tree          *self,
           gconstpointer  data)
{
  const char *remove[] = { "rm", "-rf", self->path, NULL };

  g_clear_object (&self->stream);
  athr_test_drain (NULL);
  g_assert_true (g_spawn_sync (NULL, (char **) remove, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL,
                               NULL, NULL, NULL, NULL));
  g_object_unref (self->root);
  g_free (self->path);
  g_ptr_array_unref (self->found);
  g_ptr_array_unref (self->problems);
}

static void
test_all (Tree          *self,
          gconstpointer  data)
{
  tree_add (self, "a/b/c/deep");
  tree_add (self, "a/b/file");
  tree_add (self, "a/empty/");
  tree_add (self, "top");
  tree_walk (self, NOFOLLOW);
  tree_take_all (self);
  g_assert_cmpuint (self->found->len, ==, 7);
  g_assert_cmpuint (self->problems->len, ==, 0);
  g_assert_true (tree_has (self, "a/b/c/deep") && tree_has (self, "a/empty"));
  g_assert_cmpint (athr_stream_get_state (self->stream), ==, ATHR_STREAM_STATE_ENDED);
}

static void
test_order (Tree          *self,
            gconstpointer  data)
{
  guint a, b;

  g_test_summary ("All entries of a folder come first, then each subfolder with everything "
                  "below it");

  for (const char *name = "ab"; *name != '\0'; name++)
    for (const char *inner = "xyz"; *inner != '\0'; inner++)
      {
        g_autofree char *path = g_strdup_printf ("%c/%c/1/2", *name, *inner);

        tree_add (self, path);
      }
  tree_walk (self, NOFOLLOW);
  tree_take_all (self);
  g_assert_cmpuint (self->found->len, ==, 2 + 2 * 3 * 3);
  a = tree_place (self, "a");
  b = tree_place (self, "b");
  g_assert_cmpuint (MAX (a, b), ==, 1);
  for (guint i = 2; i < self->found->len; i++)
    {
      const char *path = g_ptr_array_index (self->found, i);

      g_assert_cmpint (path[0], ==, ((i - 2) / 9 == 0) == (a < b) ? 'a' : 'b');
      g_assert_cmpint ((i - 2) % 9 < 3, ==, strlen (path) == 3);
      if (strlen (path) > 3)
        {
          g_autofree char *parent = g_path_get_dirname (path);

          g_assert_cmpuint (tree_place (self, parent), <, i);
        }
    }
}

static void
test_attributes (Tree          *self,
                 gconstpointer  data)
{
  g_auto (GValue) value = G_VALUE_INIT;
  GFileInfo *info;

  g_test_summary ("A file info has the requested attributes, and those that the stream needs "
                  "itself");

  tree_add (self, "file");
  self->stream = athr_stream_new_for_directory (self->root, "standard::size", NOFOLLOW);
  athr_test_take (self->stream, &value);
  info = g_value_get_object (&value);
  g_assert_cmpint (g_file_info_get_size (info), ==, 3);
  g_assert_cmpstr (g_file_info_get_name (info), ==, "file");
  g_assert_cmpint (g_file_info_get_file_type (info), ==, G_FILE_TYPE_REGULAR);
}

static void
test_no_root (Tree          *self,
              gconstpointer  data)
{
  g_autoptr (GFile) missing = g_file_get_child (self->root, "missing");
  g_autoptr (GFile) file = g_file_get_child (self->root, "file");
  const GFileQueryInfoFlags flags[] = { G_FILE_QUERY_INFO_NONE, NOFOLLOW };

  g_test_summary ("A root that does not exist, or is a file, is an error");

  tree_add (self, "file");
  for (gsize i = 0; i < G_N_ELEMENTS (flags); i++)
    {
      g_autoptr (AthrStream) none = athr_stream_new_for_directory (missing, NULL, flags[i]);
      g_autoptr (AthrStream) wrong = athr_stream_new_for_directory (file, "", flags[i]);

      athr_test_expect_error (none, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
      athr_test_expect_end (none);
      athr_test_expect_error (wrong, G_IO_ERROR, G_IO_ERROR_NOT_DIRECTORY);
      athr_test_expect_end (wrong);
    }
}

static void
test_links_kept (Tree          *self,
                 gconstpointer  data)
{
  tree_add (self, "folder/file");
  tree_link (self, "link", "folder");
  tree_link (self, "folder/loop", "..");
  tree_link (self, "dangling", "nowhere");
  tree_walk (self, NOFOLLOW);
  tree_take_all (self);
  g_assert_cmpuint (self->found->len, ==, 5);
  g_assert_cmpuint (self->problems->len, ==, 0);
}

static void
test_links_followed (Tree          *self,
                     gconstpointer  data)
{
  g_test_summary ("A folder that can be reached on two ways comes twice; the stream does not "
                  "enter a folder again from inside it");

  tree_add (self, "folder/inner/file");
  tree_link (self, "self", ".");
  tree_link (self, "link", "folder");
  tree_link (self, "folder/inner/loop", "..");
  tree_link (self, "folder/inner/top", "../..");
  tree_link (self, "dangling", "nowhere");
  tree_walk (self, G_FILE_QUERY_INFO_NONE);
  tree_take_all (self);
  g_assert_true (tree_has (self, "self") && tree_has (self, "dangling"));
  g_assert_true (tree_has (self, "folder/inner/file") && tree_has (self, "link/inner/file"));
  g_assert_true (tree_has (self, "folder/inner/loop") && tree_has (self, "link/inner/top"));
  g_assert_cmpuint (self->found->len, ==, 4 + 2 * 4);
  g_assert_cmpuint (self->problems->len, ==, 0);
}

static void
test_links_around (Tree          *self,
                   gconstpointer  data)
{
  g_autoptr (GFile) inner = NULL;

  g_test_summary ("With two folders that link to each other the stream comes to an end");

  tree_add (self, "a/");
  tree_add (self, "b/");
  tree_link (self, "a/to-b", "../b");
  tree_link (self, "b/to-a", "../a");
  tree_walk (self, G_FILE_QUERY_INFO_NONE);
  tree_take_all (self);
  g_assert_true (tree_has (self, "a/to-b/to-a") && tree_has (self, "b/to-a/to-b"));
  g_assert_cmpuint (self->found->len, ==, 2 + 2 * 2);

  g_clear_object (&self->stream);
  g_ptr_array_set_size (self->found, 0);
  inner = g_file_get_child (self->root, "a");
  self->stream = athr_stream_new_for_directory (inner, NULL, G_FILE_QUERY_INFO_NONE);
  tree_take_all (self);
  g_assert_cmpuint (self->found->len, ==, 2);
}

static void
test_vanished (Tree          *self,
               gconstpointer  data)
{
  g_autofree char *path = g_build_filename (self->path, "gone", NULL);

  g_test_summary ("A folder that is removed before it is read is a problem, and not an error");

  tree_add (self, "gone/");
  tree_add (self, "there/file");
  tree_walk (self, NOFOLLOW);
  /* In lock-step the stream reads nothing before the consumer asks for a value. */
  athr_stream_set_buffer_size (self->stream, 0);
  g_assert_true (tree_take (self));
  g_assert_cmpint (g_rmdir (path), ==, 0);
  tree_take_all (self);
  g_assert_true (tree_has (self, "there/file"));
  g_assert_cmpuint (self->found->len, ==, 3);
  g_assert_cmpuint (self->problems->len, ==, 1);
  g_assert_cmpstr (g_ptr_array_index (self->problems, 0), ==, "gone");
}

/* Does nothing unless the test runs as root, who may read every folder. */
static void
set_effective_user (uid_t user)
{
  if (getuid () == 0)
    g_assert_cmpint (seteuid (user), ==, 0);
}

static void
test_denied (Tree          *self,
             gconstpointer  data)
{
  g_autofree char *path = g_build_filename (self->path, "closed", NULL);
  g_autoptr (GFile) closed = g_file_new_for_path (path);
  g_autoptr (AthrStream) stream = NULL;

  g_test_summary ("A folder without permission is a problem; a root without permission is an "
                  "error");

  tree_add (self, "closed/file");
  tree_add (self, "open/file");
  g_assert_cmpint (g_chmod (path, 0), ==, 0);
  g_assert_cmpint (g_chmod (self->path, 0755), ==, 0);
  set_effective_user (65534);
  tree_walk (self, NOFOLLOW);
  tree_take_all (self);
  stream = athr_stream_new_for_directory (closed, NULL, NOFOLLOW);
  athr_test_expect_error (stream, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED);
  set_effective_user (0);
  g_assert_cmpint (g_chmod (path, 0700), ==, 0);
  g_assert_true (tree_has (self, "open/file"));
  g_assert_cmpuint (self->found->len, ==, 3);
  g_assert_cmpuint (self->problems->len, ==, 1);
  g_assert_cmpstr (g_ptr_array_index (self->problems, 0), ==, "closed");
}

static guint
count_descriptors (void)
{
  g_autoptr (GDir) folder = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (folder != NULL && g_dir_read_name (folder) != NULL)
    n++;

  return n;
}

static void
test_deep (Tree          *self,
           gconstpointer  data)
{
  g_autoptr (GString) path = g_string_new (NULL);
  guint n_before, depth = 0;

  g_test_summary ("In a very deep tree one folder is open at a time, and the stack does not "
                  "overflow");

  for (; path->len < 3600; depth++)
    g_string_append (path, "d/");
  tree_add (self, path->str);
  n_before = count_descriptors ();
  tree_walk (self, G_FILE_QUERY_INFO_NONE);
  athr_stream_set_buffer_size (self->stream, 0);
  for (guint i = 1; i <= depth; i++)
    {
      g_assert_true (tree_take (self));
      g_assert_cmpuint (count_descriptors (), <=, n_before + 2);
    }
  g_assert_false (tree_take (self));
  g_assert_cmpuint (self->problems->len, ==, 0);
}

static void
test_close (Tree          *self,
            gconstpointer  data)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("walk", 1);
  guint n_before;

  g_test_summary ("A stream that is closed half-way leaves no folder open");

  for (int i = 0; i < 100; i++)
    {
      g_autofree char *name = g_strdup_printf ("%d/file", i);

      tree_add (self, name);
    }
  n_before = count_descriptors ();
  tree_walk (self, NOFOLLOW);
  athr_stream_set_executor (self->stream, executor);
  g_assert_true (tree_take (self));
  athr_test_yield_until (athr_stream_get_n_buffered (self->stream) == 64 &&
                         athr_executor_get_n_queued (executor) == 0 &&
                         athr_executor_get_n_running (executor) == 0);
  g_assert_cmpuint (count_descriptors (), ==, n_before + 1);
  athr_test_close (self->stream);
  g_assert_cmpuint (count_descriptors (), ==, n_before);
  tree_take_all (self);
  g_assert_cmpuint (self->found->len, ==, 65);
  g_assert_cmpint (athr_stream_get_state (self->stream), ==, ATHR_STREAM_STATE_CLOSED);
}

static void
test_drop (Tree          *self,
           gconstpointer  data)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("walk", 1);
  guint n_before = count_descriptors ();

  for (int i = 0; i < 100; i++)
    {
      g_autofree char *name = g_strdup_printf ("%d/file", i);

      tree_add (self, name);
    }
  tree_walk (self, NOFOLLOW);
  athr_stream_set_executor (self->stream, executor);
  g_assert_true (tree_take (self));
  g_clear_object (&self->stream);
  athr_test_yield_until (athr_executor_get_n_queued (executor) == 0 &&
                         athr_executor_get_n_running (executor) == 0);
  g_assert_cmpuint (count_descriptors (), <=, n_before + 1);
  athr_test_iterate_until (NULL, G_OBJECT (self->root)->ref_count == 1);
}

static void
test_unstarted (Tree          *self,
                gconstpointer  data)
{
  tree_walk (self, NOFOLLOW);
  g_clear_object (&self->stream);
  g_assert_cmpuint (G_OBJECT (self->root)->ref_count, ==, 1);
}

/* A GFile of the test itself: a root with folders, for errors that a real folder does not
 * give. */
static struct
{
  guint n_folders;
  gboolean are_links;
  gboolean are_closed;  /* the folders cannot be opened */
  guint first_bad;      /* this folder and the next cannot be looked at; 0: all can */
  AthrProbe root;       /* of the enumerator of the root */
  AthrProbe folder;     /* of the enumerators of the folders, which have one file each */
  GThread *finalized_on; /* atomic; where the GFile of the root was finalized */
} forest;

typedef struct
{
  GObject parent_instance;
  char *name; /* NULL: the root */
} ForestFile;

typedef GObjectClass ForestFileClass;

static void forest_file_init_iface (GFileIface *iface);
static GType forest_file_get_type (void);

G_DEFINE_TYPE_WITH_CODE (ForestFile, forest_file, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (G_TYPE_FILE, forest_file_init_iface))

static GFile *
forest_file_new (const char *name)
{
  ForestFile *self = g_object_new (forest_file_get_type (), NULL);

  self->name = g_strdup (name);

  return G_FILE (self);
}

static GFile *
forest_file_dup (GFile *file)
{
  return forest_file_new (((ForestFile *) file)->name);
}

static GFile *
forest_file_resolve (GFile      *file,
                     const char *path)
{
  return forest_file_new (path);
}

static GFileEnumerator *
forest_file_enumerate (GFile                *file,
                       const char           *attributes,
                       GFileQueryInfoFlags   flags,
                       GCancellable         *cancellable,
                       GError              **error)
{
  gboolean is_root = ((ForestFile *) file)->name == NULL;
  AthrTestListing *listing;

  if (!is_root && forest.are_closed)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED, "closed");
      return NULL;
    }

  listing = g_object_new (athr_test_listing_get_type (), "container", file, NULL);
  listing->probe = is_root ? &forest.root : &forest.folder;
  listing->n_files = is_root ? forest.n_folders : 1;
  listing->type = is_root ? G_FILE_TYPE_DIRECTORY : G_FILE_TYPE_REGULAR;
  listing->is_link = is_root && forest.are_links;
  listing->first_bad = is_root ? forest.first_bad : 0;

  return G_FILE_ENUMERATOR (listing);
}

static GFileInfo *
forest_file_query_info (GFile                *file,
                        const char           *attributes,
                        GFileQueryInfoFlags   flags,
                        GCancellable         *cancellable,
                        GError              **error)
{
  return g_file_info_new ();
}

static void
forest_file_finalize (GObject *object)
{
  ForestFile *self = (ForestFile *) object;

  if (self->name == NULL)
    g_atomic_pointer_set (&forest.finalized_on, g_thread_self ());
  g_free (self->name);

  G_OBJECT_CLASS (forest_file_parent_class)->finalize (object);
}

static void
forest_file_class_init (ForestFileClass *klass)
{
  klass->finalize = forest_file_finalize;
}

static void
forest_file_init (ForestFile *self)
{
}

static void
forest_file_init_iface (GFileIface *iface)
{
  iface->dup = forest_file_dup;
  iface->resolve_relative_path = forest_file_resolve;
  iface->enumerate_children = forest_file_enumerate;
  iface->query_info = forest_file_query_info;
}

static void
count_problem (AthrStream *stream,
               GFile      *file,
               const char *message,
               gpointer    user_data)
{
  GString *messages = user_data;

  g_string_append_printf (messages, "%s:%s ", ((ForestFile *) file)->name, message);
}

static AthrStream *
forest_walk (GString             *messages,
             GFileQueryInfoFlags  flags)
{
  GFile *root = forest_file_new (NULL);
  AthrStream *stream = athr_stream_new_for_directory (root, NULL, flags);

  g_object_unref (root);
  g_signal_connect (stream, "problem", G_CALLBACK (count_problem), messages);

  return stream;
}

static guint
forest_take_all (AthrStream *stream)
{
  for (guint n = 0;; n++)
    {
      g_auto (GValue) value = G_VALUE_INIT;

      athr_test_take (stream, &value);
      if (!G_IS_VALUE (&value))
        return n;
    }
}

/* Drops the stream, and checks that workers closed all enumerators, and that the GFile of
 * the root was finalized on the owner's thread. */
static void
forest_drop (AthrStream *stream,
             guint       n_opened)
{
  g_object_unref (stream);
  athr_test_iterate_until (NULL, g_atomic_pointer_get (&forest.finalized_on) != NULL);
  g_assert_true (forest.finalized_on == g_thread_self ());
  g_assert_cmpint (forest.root.n_closes, ==, 1);
  g_assert_true (forest.root.closed_on != g_thread_self ());
  g_assert_cmpint (forest.folder.n_closes, ==, n_opened);
  g_assert_true (forest.folder.closed_on != g_thread_self ());
  athr_probe_clear (&forest.root);
  athr_probe_clear (&forest.folder);
}

static void
forest_init (guint n_folders)
{
  memset (&forest, 0, sizeof forest);
  forest.n_folders = n_folders;
  athr_probe_init (&forest.root);
  athr_probe_init (&forest.folder);
}

static void
test_half (void)
{
  g_autoptr (GString) messages = g_string_new (NULL);
  AthrStream *stream;

  g_test_summary ("A folder that fails half-way gives the files before the error, and the "
                  "stream goes on");

  forest_init (3);
  forest.folder.fails = TRUE;
  stream = forest_walk (messages, NOFOLLOW);
  g_assert_cmpuint (forest_take_all (stream), ==, 6);
  g_assert_cmpstr (messages->str, ==, "1:boom 2:boom 3:boom ");
  forest_drop (stream, 3);
}

static void
test_half_root (void)
{
  g_autoptr (GString) messages = g_string_new (NULL);
  AthrStream *stream;

  g_test_summary ("A root that fails half-way is a problem, and the stream goes on");

  forest_init (2);
  forest.root.fails = TRUE;
  stream = forest_walk (messages, NOFOLLOW);
  g_assert_cmpuint (forest_take_all (stream), ==, 4);
  g_assert_cmpstr (messages->str, ==, "(null):boom ");
  forest_drop (stream, 2);
}

static void
test_bad_entries (void)
{
  g_autoptr (GString) messages = g_string_new (NULL);
  AthrStream *stream;

  g_test_summary ("Two entries that cannot be looked at are problems, and their neighbours come, "
                  "with what is below");

  forest_init (5);
  forest.first_bad = 2;
  stream = forest_walk (messages, NOFOLLOW);
  g_assert_cmpuint (forest_take_all (stream), ==, 3 + 3);
  g_assert_cmpstr (messages->str, ==, "(null):dead 2 (null):dead 3 ");
  forest_drop (stream, 3);
}

static void
test_many_closed (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("walk", 1);
  g_autoptr (GString) messages = g_string_new (NULL);
  AthrStream *stream;
  guint n = 0;

  g_test_summary ("When too many folders cannot be read, the last message counts the "
                  "problems left out");

  forest_init (ATHR_PROBLEM_MAX + 500);
  forest.are_closed = TRUE;
  stream = forest_walk (messages, NOFOLLOW);
  athr_stream_set_buffer_size (stream, G_MAXUINT);
  athr_stream_set_executor (stream, executor);
  athr_stream_start (stream);
  athr_test_yield_until (athr_executor_get_n_queued (executor) == 0 &&
                         athr_executor_get_n_running (executor) == 0);
  g_assert_cmpuint (forest_take_all (stream), ==, forest.n_folders);
  for (const char *c = messages->str; (c = strstr (c, ":closed")) != NULL; c++)
    n++;
  g_assert_cmpuint (n, ==, ATHR_PROBLEM_MAX);
  g_assert_true (g_str_has_suffix (messages->str, ":closed (and 500 more) "));
  forest_drop (stream, 0);
}

static void
test_no_id (void)
{
  g_autoptr (GString) messages = g_string_new (NULL);

  g_test_summary ("The stream does not follow links in a file system without id::file");

  for (int are_links = 0; are_links < 2; are_links++)
    {
      AthrStream *stream;

      forest_init (3);
      forest.are_links = are_links;
      stream = forest_walk (messages, G_FILE_QUERY_INFO_NONE);
      g_assert_cmpuint (forest_take_all (stream), ==, are_links ? 3 : 6);
      g_assert_cmpstr (messages->str, ==, "");
      forest_drop (stream, are_links ? 0 : 3);
    }
}

static void
test_close_blocked (void)
{
  g_autoptr (GString) messages = g_string_new (NULL);
  AthrStream *stream;

  g_test_summary ("A close ends a read that blocks, and the stream reports no problem");

  forest_init (3);
  forest.folder.blocks = TRUE;
  stream = forest_walk (messages, NOFOLLOW);
  athr_stream_start (stream);
  athr_gate_await (&forest.folder.gate, 1);
  athr_test_close (stream);
  g_assert_cmpuint (forest_take_all (stream), ==, 4);
  g_assert_cmpstr (messages->str, ==, "");
  forest_drop (stream, 1);
}

static void
test_drop_blocked (void)
{
  g_autoptr (GString) messages = g_string_new (NULL);
  AthrStream *stream;

  forest_init (3);
  forest.folder.blocks = TRUE;
  stream = forest_walk (messages, NOFOLLOW);
  athr_stream_start (stream);
  athr_gate_await (&forest.folder.gate, 1);
  forest_drop (stream, 1);
  g_assert_cmpstr (messages->str, ==, "");
}

static void
add (const char  *path,
     void       (*test) (Tree *, gconstpointer))
{
  g_test_add (path, Tree, NULL, set_up, test, tear_down);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  add ("/athr/stream/directory", test_all);
  add ("/athr/stream/directory/order", test_order);
  add ("/athr/stream/directory/attributes", test_attributes);
  add ("/athr/stream/directory/no-root", test_no_root);
  add ("/athr/stream/directory/links-kept", test_links_kept);
  add ("/athr/stream/directory/links-followed", test_links_followed);
  add ("/athr/stream/directory/links-around", test_links_around);
  add ("/athr/stream/directory/vanished", test_vanished);
  add ("/athr/stream/directory/denied", test_denied);
  add ("/athr/stream/directory/deep", test_deep);
  add ("/athr/stream/directory/close", test_close);
  add ("/athr/stream/directory/drop", test_drop);
  add ("/athr/stream/directory/unstarted", test_unstarted);
  g_test_add_func ("/athr/stream/directory/half", test_half);
  g_test_add_func ("/athr/stream/directory/half-root", test_half_root);
  g_test_add_func ("/athr/stream/directory/bad-entries", test_bad_entries);
  g_test_add_func ("/athr/stream/directory/many-closed", test_many_closed);
  g_test_add_func ("/athr/stream/directory/no-id", test_no_id);
  g_test_add_func ("/athr/stream/directory/close-blocked", test_close_blocked);
  g_test_add_func ("/athr/stream/directory/drop-blocked", test_drop_blocked);

  return g_test_run ();
}
