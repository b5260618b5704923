/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "athr-invoke-argument-private.h"

/* Hash tables of strings, from values to C. */

gboolean
athr_invoke_argument_table_from_value (AthrInvokeArgument        *self,
                                       const AthrInvokePosition  *position,
                                       const GValue              *value,
                                       GError                   **error)
{
  GVariant *variant = G_VALUE_HOLDS_VARIANT (value) ? g_value_get_variant (value) : NULL;
  const char *key, *content;
  GVariantIter iter;
  GHashTable *table;

  if (variant == NULL || !g_variant_is_of_type (variant, G_VARIANT_TYPE ("a{ss}")))
    return athr_invoke_position_set_array_error (position, value, error);

  table = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_variant_iter_init (&iter, variant);
  while (g_variant_iter_next (&iter, "{&s&s}", &key, &content))
    g_hash_table_insert (table, g_strdup (key), g_strdup (content));
  athr_invoke_argument_set_memory (self, table, (GDestroyNotify) g_hash_table_unref);

  return TRUE;
}
