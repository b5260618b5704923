/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#include "athr-invoke-pointer-private.h"
#include "athr-invoke-values-private.h"

/* Texts and instances, alone or as elements of an array or list, from C to values. */

/* A file name that is not UTF-8 becomes a GByteArray, because not every language can make a string of it. */
void
athr_invoke_text_to_value (const AthrInvokeType *type,
                           char                 *text,
                           GITransfer            transfer,
                           GValue               *value)
{
  if (type->kind == ATHR_INVOKE_KIND_FILENAME && text != NULL && !g_utf8_validate (text, -1, NULL))
    {
      g_value_init (value, G_TYPE_BYTE_ARRAY);
      g_value_take_boxed (value, g_bytes_unref_to_array (g_bytes_new (text, strlen (text))));
      if (transfer != GI_TRANSFER_NOTHING)
        g_free (text);
      return;
    }

  g_value_init (value, G_TYPE_STRING);
  if (transfer == GI_TRANSFER_NOTHING)
    g_value_set_string (value, text);
  else
    g_value_take_string (value, text);
}

static gboolean
athr_invoke_are_utf8 (const char * const *texts)
{
  for (; *texts != NULL; texts++)
    if (!g_utf8_validate (*texts, -1, NULL))
      return FALSE;

  return TRUE;
}

void
athr_invoke_texts_to_value (GITypeTag  tag,
                            GStrv      texts,
                            GValue    *value)
{
  const AthrInvokeType type = { .kind = ATHR_INVOKE_KIND_FILENAME };
  AthrInvokeValues *values;
  guint n;

  if (tag != GI_TYPE_TAG_FILENAME || athr_invoke_are_utf8 ((const char * const *) texts))
    {
      g_value_init (value, G_TYPE_STRV);
      g_value_take_boxed (value, texts);
      return;
    }

  n = g_strv_length (texts);
  values = athr_invoke_values_new_unset (n, ATHR_INVOKE_VALUES_ARRAY);
  for (guint i = 0; i < n; i++)
    athr_invoke_text_to_value (&type, texts[i], GI_TRANSFER_EVERYTHING, athr_invoke_values_peek (values, i));
  g_free (texts);
  g_value_init (value, ATHR_INVOKE_TYPE_VALUES);
  g_value_take_boxed (value, values);
}

static void
athr_invoke_object_to_value (GObject    *object,
                             GITransfer  transfer,
                             GValue     *value)
{
  if (object != NULL && (transfer == GI_TRANSFER_NOTHING || g_object_is_floating (object)))
    g_object_ref_sink (object);
  g_value_init (value, G_TYPE_OBJECT);
  g_value_take_object (value, object);
}

/* Instances of other fundamental types, such as GParamSpec. Bindings crash when such a value is null. */
static void
athr_invoke_fundamental_to_value (GType       gtype,
                                  gpointer    instance,
                                  GITransfer  transfer,
                                  GValue     *value)
{
  g_value_init (value, instance != NULL ? gtype : G_TYPE_POINTER);
  if (instance == NULL)
    return;

  g_value_set_instance (value, instance);
  if (transfer != GI_TRANSFER_NOTHING)
    {
      GValue own = G_VALUE_INIT;

      g_value_init (&own, gtype);
      own.data[0].v_pointer = instance;
      g_value_unset (&own);
    }
}

void
athr_invoke_instance_to_value (const AthrInvokeType *type,
                               gpointer              instance,
                               GITransfer            transfer,
                               GValue               *value)
{
  gboolean is_borrowed = transfer == GI_TRANSFER_NOTHING;

  if (g_type_is_a (type->gtype, G_TYPE_OBJECT) || G_TYPE_IS_INTERFACE (type->gtype))
    {
      athr_invoke_object_to_value (instance, transfer, value);
      return;
    }
  if (type->gtype != G_TYPE_VARIANT && !G_TYPE_IS_BOXED (type->gtype))
    {
      athr_invoke_fundamental_to_value (type->gtype, instance, transfer, value);
      return;
    }

  g_value_init (value, type->gtype);
  if (type->gtype == G_TYPE_VARIANT && is_borrowed)
    g_value_set_variant (value, instance);
  else if (type->gtype == G_TYPE_VARIANT)
    g_value_take_variant (value, instance);
  else if (is_borrowed)
    g_value_set_boxed (value, instance);
  else
    g_value_take_boxed (value, instance);
}
