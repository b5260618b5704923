/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#include "athr-invoke-argument-private.h"
#include "athr-invoke-pointer-private.h"
#include "athr-invoke-values-private.h"

/* Arrays that a function returns or outputs, from C to values. */

/* Returns the number of elements of a C array. @length is the value of the length argument, if there is one. */
static gsize
athr_invoke_array_count (const AthrInvokeType *type,
                         const char           *memory,
                         gsize                 length)
{
  static const char zero[8];
  gsize size = athr_invoke_number_get_size (type->tag);
  gsize n = 0;

  if (type->has_length)
    return length;
  if (!type->is_zero_terminated)
    return type->fixed_size;

  while (memcmp (memory + n * size, zero, size) != 0)
    n++;

  return n;
}

static void
athr_invoke_argument_bytes_to_value (AthrInvokeArgument *self,
                                     gsize               length,
                                     GValue             *value)
{
  const AthrInvokeType *type = &self->info->type;
  gpointer data = self->value.v_pointer;
  gboolean is_borrowed = athr_invoke_argument_get_transfer (self) == GI_TRANSFER_NOTHING;
  GBytes *bytes;

  if (type->array_type == GI_ARRAY_TYPE_BYTE_ARRAY || type->array_type == GI_ARRAY_TYPE_ARRAY)
    {
      /* A GArray of bytes has the same layout as a GByteArray. */
      GByteArray *array = data;

      bytes = g_bytes_new (array->data, array->len);
      if (!is_borrowed && type->array_type == GI_ARRAY_TYPE_BYTE_ARRAY)
        g_byte_array_unref (array);
      else if (!is_borrowed)
        g_array_unref (data);
    }
  else
    {
      length = athr_invoke_array_count (type, data, length);
      bytes = is_borrowed ? g_bytes_new (data, length) : g_bytes_new_take (data, length);
    }

  g_value_init (value, G_TYPE_BYTE_ARRAY);
  g_value_take_boxed (value, g_bytes_unref_to_array (bytes));
}

static void
athr_invoke_argument_strings_to_value (AthrInvokeArgument *self,
                                       gsize               length,
                                       GValue             *value)
{
  const AthrInvokeType *type = &self->info->type;
  GITransfer transfer = athr_invoke_argument_get_transfer (self);
  char **strings = self->value.v_pointer;
  gsize n = type->has_length ? length : type->is_zero_terminated ? g_strv_length (strings) : type->fixed_size;
  GStrv own = g_new0 (char *, n + 1);

  for (gsize i = 0; i < n; i++)
    own[i] = transfer == GI_TRANSFER_EVERYTHING ? strings[i] : g_strdup (strings[i]);
  if (transfer != GI_TRANSFER_NOTHING)
    g_free (strings);

  athr_invoke_texts_to_value (type->tag, own, value);
}

static void
athr_invoke_argument_numbers_to_value (AthrInvokeArgument *self,
                                       gsize               length,
                                       GValue             *value)
{
  const AthrInvokeType *type = &self->info->type;
  gsize size = athr_invoke_number_get_size (type->tag);
  GArray *array = type->array_type == GI_ARRAY_TYPE_ARRAY ? self->value.v_pointer : NULL;
  const char *memory = array != NULL ? array->data : self->value.v_pointer;
  gsize n = array != NULL ? array->len : athr_invoke_array_count (type, memory, length);
  AthrInvokeValues *values = athr_invoke_values_new_unset (n, ATHR_INVOKE_VALUES_ARRAY);

  for (gsize i = 0; i < n; i++)
    athr_invoke_number_load (type->tag, memory + i * size, athr_invoke_values_peek (values, i));

  if (athr_invoke_argument_get_transfer (self) != GI_TRANSFER_NOTHING && array != NULL)
    g_array_unref (array);
  else if (athr_invoke_argument_get_transfer (self) != GI_TRANSFER_NOTHING)
    g_free (self->value.v_pointer);

  g_value_init (value, ATHR_INVOKE_TYPE_VALUES);
  g_value_take_boxed (value, values);
}

/* The function returned NULL. Unless the result is nullable, NULL stands for an empty array. */
static void
athr_invoke_null_array_to_value (const AthrInvokeArgInfo *info,
                                 GValue                  *value)
{
  AthrInvokeKind kind = info->type.kind;

  g_value_init (value, kind == ATHR_INVOKE_KIND_BYTES ? G_TYPE_BYTE_ARRAY
                       : kind == ATHR_INVOKE_KIND_STRINGS ? G_TYPE_STRV
                       : ATHR_INVOKE_TYPE_VALUES);
  if (info->is_nullable)
    return;

  if (kind == ATHR_INVOKE_KIND_BYTES)
    g_value_take_boxed (value, g_byte_array_new ());
  else if (kind == ATHR_INVOKE_KIND_STRINGS)
    g_value_take_boxed (value, g_new0 (char *, 1));
  else
    g_value_take_boxed (value, athr_invoke_values_new_unset (0, ATHR_INVOKE_VALUES_ARRAY));
}

void
athr_invoke_argument_array_to_value (AthrInvokeArgument *self,
                                     gsize               length,
                                     GValue             *value)
{
  AthrInvokeKind kind = self->info->type.kind;

  if (self->value.v_pointer == NULL)
    athr_invoke_null_array_to_value (self->info, value);
  else if (kind == ATHR_INVOKE_KIND_BYTES)
    athr_invoke_argument_bytes_to_value (self, length, value);
  else if (kind == ATHR_INVOKE_KIND_STRINGS)
    athr_invoke_argument_strings_to_value (self, length, value);
  else
    athr_invoke_argument_numbers_to_value (self, length, value);
}
