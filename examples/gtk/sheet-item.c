/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sheet-item.h"

#include <gdk-pixbuf/gdk-pixbuf.h>

#define N_HASH_DIGITS 16
#define BLOCK_SIZE (64 * 1024)

struct _SheetItem
{
  GObject parent_instance;

  GFile *file;               /* (nullable): a made-up item has none */
  char *name;
  char *folder;              /* relative to the folder of the sheet, or "" */
  char *key;                 /* a GRefString: the path as the search compares it */
  const char *content_type;  /* interned */
  goffset size;

  char *summary;             /* the size of the picture, or the checksum */
  GdkTexture *thumbnail;     /* (nullable) */

  guint number;
};

G_DEFINE_FINAL_TYPE (SheetItem, sheet_item, G_TYPE_OBJECT)

static void
sheet_item_finalize (GObject *object)
{
  SheetItem *self = SHEET_ITEM (object);

  g_clear_object (&self->file);
  g_free (self->name);
  g_free (self->folder);
  g_clear_pointer (&self->key, g_ref_string_release);
  g_free (self->summary);
  g_clear_object (&self->thumbnail);

  G_OBJECT_CLASS (sheet_item_parent_class)->finalize (object);
}

static void
sheet_item_class_init (SheetItemClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = sheet_item_finalize;
}

static void
sheet_item_init (SheetItem *self)
{
  self->number = G_MAXUINT;
}

/* Makes an item of a file below @folder. */
SheetItem *
sheet_item_new (GFile     *folder,
                GFileInfo *info)
{
  SheetItem *self = g_object_new (SHEET_TYPE_ITEM, NULL);
  GObject *file = g_file_info_get_attribute_object (info, "standard::file");
  const char *type = g_file_info_get_attribute_string (info, G_FILE_ATTRIBUTE_STANDARD_FAST_CONTENT_TYPE);
  g_autofree char *path = g_file_get_relative_path (folder, G_FILE (file));
  g_autofree char *parent = g_path_get_dirname (path);

  self->file = G_FILE (g_object_ref (file));
  self->name = g_filename_display_basename (path);
  self->folder = g_filename_display_name (g_str_equal (parent, ".") ? "" : parent);
  self->key = sheet_key_for_text (path);
  self->content_type = g_intern_string (type != NULL ? type : "application/octet-stream");
  self->size = g_file_info_get_size (info);

  return self;
}

/* Makes an item without a file, for the self-test. */
SheetItem *
sheet_item_new_made_up (guint number)
{
  SheetItem *self = g_object_new (SHEET_TYPE_ITEM, NULL);

  self->name = g_strdup_printf ("made-up-%06u.txt", number);
  self->folder = g_strdup_printf ("folder-%03u", number / 1000);
  self->key = sheet_key_for_text (self->name);
  self->content_type = g_intern_static_string ("text/plain");
  self->size = number;

  return self;
}

static gboolean
sheet_item_hash (SheetItem     *self,
                 GCancellable  *cancellable,
                 GError       **error)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autoptr (GFileInputStream) stream = g_file_read (self->file, cancellable, error);
  g_autofree guint8 *block = g_malloc (BLOCK_SIZE);
  gssize length;

  if (stream == NULL)
    return FALSE;
  while ((length = g_input_stream_read (G_INPUT_STREAM (stream), block, BLOCK_SIZE, cancellable, error)) > 0)
    g_checksum_update (checksum, block, length);
  if (length < 0)
    return FALSE;

  self->summary = g_strndup (g_checksum_get_string (checksum), N_HASH_DIGITS);

  return TRUE;
}

/* Pictures that are small already keep their size. */
static GdkPixbuf *
read_picture (GFile        *file,
              gboolean      is_small,
              GCancellable *cancellable)
{
  g_autoptr (GFileInputStream) stream = g_file_read (file, cancellable, NULL);

  if (stream == NULL)
    return NULL;
  if (is_small)
    return gdk_pixbuf_new_from_stream (G_INPUT_STREAM (stream), cancellable, NULL);

  return gdk_pixbuf_new_from_stream_at_scale (G_INPUT_STREAM (stream), SHEET_THUMBNAIL_SIZE, SHEET_THUMBNAIL_SIZE,
                                              TRUE, cancellable, NULL);
}

/* A texture never changes, so a worker may make the texture, and the main thread may draw it. */
static gboolean
sheet_item_draw (SheetItem    *self,
                 GCancellable *cancellable)
{
  g_autofree char *path = g_file_get_path (self->file);
  g_autoptr (GdkPixbuf) pixbuf = NULL;
  g_autoptr (GdkPixbuf) turned = NULL;
  int width, height;

  if (path == NULL || gdk_pixbuf_get_file_info (path, &width, &height) == NULL)
    return FALSE;
  pixbuf = read_picture (self->file, MAX (width, height) <= SHEET_THUMBNAIL_SIZE, cancellable);
  if (pixbuf == NULL)
    return FALSE;

  turned = gdk_pixbuf_apply_embedded_orientation (pixbuf);
  self->thumbnail = gdk_texture_new_for_pixbuf (turned);
  self->summary = g_strdup_printf ("%d × %d", width, height);

  return TRUE;
}

/* Reads the file: draws a thumbnail of a picture, and hashes any other file. A picture that cannot be drawn is a file
 * like any other. A worker calls this, because reading blocks. */
gboolean
sheet_item_load (SheetItem     *self,
                 GCancellable  *cancellable,
                 GError       **error)
{
  if (self->file == NULL)
    {
      g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, self->name, -1);

      self->summary = g_strndup (hash, N_HASH_DIGITS);
      return TRUE;
    }

  if (g_str_has_prefix (self->content_type, "image/") && sheet_item_draw (self, cancellable))
    return TRUE;

  return sheet_item_hash (self, cancellable, error);
}

GFile *
sheet_item_get_file (SheetItem *self)
{
  return self->file;
}

const char *
sheet_item_get_name (SheetItem *self)
{
  return self->name;
}

const char *
sheet_item_get_folder (SheetItem *self)
{
  return self->folder;
}

/* The key is a GRefString. */
char *
sheet_item_get_key (SheetItem *self)
{
  return self->key;
}

goffset
sheet_item_get_size (SheetItem *self)
{
  return self->size;
}

const char *
sheet_item_get_summary (SheetItem *self)
{
  return self->summary;
}

const char *
sheet_item_get_content_type (SheetItem *self)
{
  return self->content_type;
}

GdkTexture *
sheet_item_get_thumbnail (SheetItem *self)
{
  return self->thumbnail;
}

guint
sheet_item_get_number (SheetItem *self)
{
  return self->number;
}

void
sheet_item_set_number (SheetItem *self,
                       guint      number)
{
  self->number = number;
}

/* Makes the form of a text in which upper and lower case are the same: a GRefString. */
char *
sheet_key_for_text (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  g_autofree char *normal = g_utf8_normalize (valid, -1, G_NORMALIZE_ALL);
  g_autofree char *folded = g_utf8_casefold (normal, -1);

  return g_ref_string_new (folded);
}
