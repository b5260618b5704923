/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "athr-invoke-function-private.h"

G_BEGIN_DECLS

/* The argument that an error is about */
typedef struct
{
  const AthrInvokeFunction *function;
  const AthrInvokeArgInfo *info;
  guint number; /* counts the arguments that the caller passes, from 1 */
} AthrInvokePosition;

/* Sets @error to "FUNCTION: argument NUMBER, NAME, must be TYPE, " and what @format makes, and returns FALSE. */
gboolean athr_invoke_position_set_error       (const AthrInvokePosition  *self,
                                               GError                   **error,
                                               const char                *format,
                                               ...) G_GNUC_PRINTF (3, 4);
/* Sets @error to "FUNCTION: argument NUMBER, NAME, of type TYPE, " and @reason, and returns FALSE. */
gboolean athr_invoke_position_set_refusal     (const AthrInvokePosition  *self,
                                               const char                *reason,
                                               GError                   **error);
/* These say that @value has another type than the argument, and return FALSE. */
gboolean athr_invoke_position_set_type_error  (const AthrInvokePosition  *self,
                                               const GValue              *value,
                                               GError                   **error);
gboolean athr_invoke_position_set_array_error (const AthrInvokePosition  *self,
                                               const GValue              *value,
                                               GError                   **error);

static inline gboolean
athr_invoke_value_is_null (const GValue *value)
{
  return g_value_fits_pointer (value) && g_value_peek_pointer (value) == NULL;
}

G_END_DECLS
