/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

#include "athr-invoke-repository-private.h"

G_BEGIN_DECLS

typedef enum
{
  ATHR_INVOKE_NUMBER_NEGATIVE, /* an integer below 0 that fits in 64 bits */
  ATHR_INVOKE_NUMBER_NATURAL,  /* an integer from 0 up that fits in 64 bits */
  ATHR_INVOKE_NUMBER_REAL,     /* any other number */
} AthrInvokeNumberKind;

/* A number of any type */
typedef struct
{
  AthrInvokeNumberKind kind;
  gint64 negative;
  guint64 natural;
  double real; /* always set */
} AthrInvokeNumber;

/* These return FALSE if the value is not a number. */
gboolean athr_invoke_number_from_value   (AthrInvokeNumber       *self,
                                          const GValue           *value);
gboolean athr_invoke_number_from_variant (AthrInvokeNumber       *self,
                                          GVariant               *variant);
char    *athr_invoke_number_to_string    (const AthrInvokeNumber *self);

/* Numbers, booleans and GTypes in memory. @tag says which type the memory holds. */
gsize    athr_invoke_number_get_size     (GITypeTag               tag);
/* Returns FALSE if the number does not fit in the type. */
gboolean athr_invoke_number_store        (const AthrInvokeNumber *self,
                                          GITypeTag               tag,
                                          gpointer                memory);
void     athr_invoke_number_load         (GITypeTag               tag,
                                          gconstpointer           memory,
                                          GValue                 *value);
gsize    athr_invoke_number_load_length  (GITypeTag               tag,
                                          gconstpointer           memory);

G_END_DECLS
