/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#include "athr-invoke-argument-private.h"

/* Array arguments, from values to C. */

static gboolean
athr_invoke_position_check_length (const AthrInvokePosition  *self,
                                   gsize                      length,
                                   GError                   **error)
{
  const AthrInvokeType *type = &self->info->type;

  if (type->is_fixed && type->array_type == GI_ARRAY_TYPE_C && length != type->fixed_size)
    return athr_invoke_position_set_error (self, error, "of %" G_GSIZE_FORMAT ", not %" G_GSIZE_FORMAT,
                                           (gsize) type->fixed_size, length);

  return TRUE;
}

/* Returns NULL if the value does not hold bytes. */
static GBytes *
athr_invoke_dup_bytes (const GValue *value)
{
  if (G_VALUE_HOLDS (value, G_TYPE_BYTES))
    return g_value_dup_boxed (value);
  if (G_VALUE_HOLDS (value, G_TYPE_BYTE_ARRAY))
    {
      GByteArray *array = g_value_get_boxed (value);

      return g_bytes_new (array->data, array->len);
    }
  if (G_VALUE_HOLDS_STRING (value))
    return g_bytes_new (g_value_get_string (value), strlen (g_value_get_string (value)));

  return NULL;
}

/* Numbers */

static gboolean
athr_invoke_store_child (const AthrInvokePosition  *position,
                         GVariant                  *array,
                         gsize                      i,
                         gpointer                   memory,
                         GError                   **error)
{
  g_autoptr (GVariant) child = g_variant_get_child_value (array, i);
  GITypeTag tag = position->info->type.tag;
  g_autofree char *text = NULL;
  AthrInvokeNumber number;

  if (tag == GI_TYPE_TAG_BOOLEAN && g_variant_is_of_type (child, G_VARIANT_TYPE_BOOLEAN))
    {
      *(gboolean *) memory = g_variant_get_boolean (child);
      return TRUE;
    }
  if (tag == GI_TYPE_TAG_BOOLEAN || tag == GI_TYPE_TAG_GTYPE || !athr_invoke_number_from_variant (&number, child))
    return athr_invoke_position_set_error (position, error, "not a GVariant of type %s",
                                           g_variant_get_type_string (array));
  if (athr_invoke_number_store (&number, tag, memory))
    return TRUE;

  text = athr_invoke_number_to_string (&number);

  return athr_invoke_position_set_error (position, error, "of which none can be %s", text);
}

/* Returns NULL if the value does not hold an array. */
static GVariant *
athr_invoke_dup_numbers (const AthrInvokeType *type,
                         const GValue         *value)
{
  g_autoptr (GBytes) bytes = NULL;

  if (G_VALUE_HOLDS_VARIANT (value))
    return g_value_dup_variant (value);
  if (type->tag != GI_TYPE_TAG_BOOLEAN && type->tag != GI_TYPE_TAG_GTYPE && !G_VALUE_HOLDS_STRING (value))
    bytes = athr_invoke_dup_bytes (value);

  return bytes != NULL ? g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, bytes, TRUE)) : NULL;
}

static gboolean
athr_invoke_argument_set_numbers (AthrInvokeArgument        *self,
                                  const AthrInvokePosition  *position,
                                  const GValue              *value,
                                  gsize                     *length,
                                  GError                   **error)
{
  g_autoptr (GVariant) array = athr_invoke_dup_numbers (&self->info->type, value);
  gsize size = athr_invoke_number_get_size (self->info->type.tag);
  char *memory;

  if (array == NULL || !g_variant_is_of_type (array, G_VARIANT_TYPE_ARRAY))
    return athr_invoke_position_set_array_error (position, value, error);

  *length = g_variant_n_children (array);
  /* One element more, in case the array must end with a zero */
  memory = g_malloc0_n (*length + 1, size);
  athr_invoke_argument_set_memory (self, memory, g_free);
  for (gsize i = 0; i < *length; i++)
    if (!athr_invoke_store_child (position, array, i, memory + i * size, error))
      return FALSE;

  return TRUE;
}

/* Bytes */

/* A text that the function outputs as (transfer none) may point to the end of an input, as in g_utf8_validate(). */
static gboolean
athr_invoke_function_has_borrowed_text (const AthrInvokeFunction *self)
{
  for (guint i = 0; i < self->n_args; i++)
    if (self->args[i].direction == GI_DIRECTION_OUT && self->args[i].transfer == GI_TRANSFER_NOTHING &&
        (self->args[i].type.kind == ATHR_INVOKE_KIND_UTF8 || self->args[i].type.kind == ATHR_INVOKE_KIND_FILENAME))
      return TRUE;

  return FALSE;
}

static void
athr_invoke_argument_set_c_bytes (AthrInvokeArgument       *self,
                                  const AthrInvokePosition *position,
                                  GBytes                   *bytes)
{
  gsize length;
  const char *data = g_bytes_get_data (bytes, &length);

  /* GBytes never change, so the function can read the caller's bytes if C says that it only reads them, if they need
   * no zero at the end and if the function does not take them over. */
  if (self->info->is_constant && self->info->transfer == GI_TRANSFER_NOTHING &&
      !self->info->type.is_zero_terminated && length > 0 &&
      !athr_invoke_function_has_borrowed_text (position->function))
    {
      g_value_init (&self->copy, G_TYPE_BYTES);
      g_value_set_boxed (&self->copy, bytes);
      self->value.v_pointer = (gpointer) data;
      return;
    }

  athr_invoke_argument_set_memory (self, g_malloc0 (length + 1), g_free);
  if (length > 0)
    memcpy (self->memory, data, length);
}

static gboolean
athr_invoke_argument_set_bytes (AthrInvokeArgument        *self,
                                const AthrInvokePosition  *position,
                                const GValue              *value,
                                gsize                     *length,
                                GError                   **error)
{
  g_autoptr (GBytes) bytes = athr_invoke_dup_bytes (value);

  if (bytes == NULL)
    {
      if (!athr_invoke_argument_set_numbers (self, position, value, length, error))
        return FALSE;
      if (self->info->type.array_type != GI_ARRAY_TYPE_BYTE_ARRAY)
        return TRUE;
      bytes = g_bytes_new_take (g_steal_pointer (&self->memory), *length);
    }

  *length = g_bytes_get_size (bytes);
  if (self->info->type.array_type == GI_ARRAY_TYPE_BYTE_ARRAY)
    {
      GByteArray *array = g_bytes_unref_to_array (g_bytes_new (g_bytes_get_data (bytes, NULL), *length));

      athr_invoke_argument_set_memory (self, array, (GDestroyNotify) g_byte_array_unref);
    }
  else
    {
      athr_invoke_argument_set_c_bytes (self, position, bytes);
    }

  return TRUE;
}

/* Strings */

/* Returns NULL if the value does not hold strings. */
static GStrv
athr_invoke_dup_strings (const GValue *value)
{
  GVariant *variant;

  if (G_VALUE_HOLDS (value, G_TYPE_STRV))
    return g_value_dup_boxed (value);
  if (!G_VALUE_HOLDS_VARIANT (value))
    return NULL;

  variant = g_value_get_variant (value);
  /* A binding that derives the type of an array from its elements makes an empty array of any type. */
  if (g_variant_is_of_type (variant, G_VARIANT_TYPE_ARRAY) && g_variant_n_children (variant) == 0)
    return g_new0 (char *, 1);
  if (g_variant_is_of_type (variant, G_VARIANT_TYPE_STRING_ARRAY))
    return g_variant_dup_strv (variant, NULL);
  if (g_variant_is_of_type (variant, G_VARIANT_TYPE_BYTESTRING_ARRAY))
    return g_variant_dup_bytestring_array (variant, NULL);

  return NULL;
}

static gboolean
athr_invoke_argument_set_strings (AthrInvokeArgument        *self,
                                  const AthrInvokePosition  *position,
                                  const GValue              *value,
                                  gsize                     *length,
                                  GError                   **error)
{
  GStrv strings = athr_invoke_dup_strings (value);

  if (strings == NULL)
    return athr_invoke_position_set_array_error (position, value, error);

  *length = g_strv_length (strings);
  if (self->info->transfer == GI_TRANSFER_CONTAINER)
    {
      g_value_init (&self->copy, G_TYPE_STRV);
      g_value_take_boxed (&self->copy, strings);
      athr_invoke_argument_set_memory (self, g_memdup2 (strings, (*length + 1) * sizeof (char *)), g_free);
    }
  else
    {
      athr_invoke_argument_set_memory (self, strings, (GDestroyNotify) g_strfreev);
    }

  if (self->info->type.tag == GI_TYPE_TAG_UTF8)
    for (gsize i = 0; i < *length; i++)
      if (!g_utf8_validate (strings[i], -1, NULL))
        return athr_invoke_position_set_error (position, error, "so valid UTF-8");

  return TRUE;
}

gboolean
athr_invoke_argument_array_from_value (AthrInvokeArgument        *self,
                                       const AthrInvokePosition  *position,
                                       const GValue              *value,
                                       gsize                     *length,
                                       GError                   **error)
{
  gboolean is_set;

  switch (self->info->type.kind)
    {
    case ATHR_INVOKE_KIND_BYTES:
      is_set = athr_invoke_argument_set_bytes (self, position, value, length, error);
      break;
    case ATHR_INVOKE_KIND_STRINGS:
      is_set = athr_invoke_argument_set_strings (self, position, value, length, error);
      break;
    default:
      is_set = athr_invoke_argument_set_numbers (self, position, value, length, error);
      break;
    }

  return is_set && athr_invoke_position_check_length (position, *length, error);
}
