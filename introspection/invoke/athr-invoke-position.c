/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "athr-invoke-position-private.h"

gboolean
athr_invoke_position_set_error (const AthrInvokePosition  *self,
                                GError                   **error,
                                const char                *format,
                                ...)
{
  g_autofree char *problem = NULL;
  va_list args;

  va_start (args, format);
  problem = g_strdup_vprintf (format, args);
  va_end (args);

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "%s: argument %u, %s, must be %s, %s",
               self->function->name, self->number, self->info->name, self->info->type.name, problem);

  return FALSE;
}

gboolean
athr_invoke_position_set_refusal (const AthrInvokePosition  *self,
                                  const char                *reason,
                                  GError                   **error)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "%s: argument %u, %s, of type %s, %s",
               self->function->name, self->number, self->info->name, self->info->type.name, reason);

  return FALSE;
}

gboolean
athr_invoke_position_set_type_error (const AthrInvokePosition  *self,
                                     const GValue              *value,
                                     GError                   **error)
{
  gpointer instance = g_value_fits_pointer (value) ? g_value_peek_pointer (value) : NULL;
  const char *name = G_VALUE_TYPE_NAME (value);

  if (instance != NULL && G_TYPE_IS_INSTANTIATABLE (G_TYPE_FUNDAMENTAL (G_VALUE_TYPE (value))))
    name = G_OBJECT_TYPE_NAME (instance);

  return athr_invoke_position_set_error (self, error, "not %s",
                                         athr_invoke_value_is_null (value) ? "null" : name);
}

gboolean
athr_invoke_position_set_array_error (const AthrInvokePosition  *self,
                                      const GValue              *value,
                                      GError                   **error)
{
  if (G_VALUE_HOLDS_VARIANT (value))
    return athr_invoke_position_set_error (self, error, "not a GVariant of type %s",
                                           g_variant_get_type_string (g_value_get_variant (value)));

  return athr_invoke_position_set_error (self, error, "not %s", G_VALUE_TYPE_NAME (value));
}
