/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

#include "athr-invoke-repository-private.h"

G_BEGIN_DECLS

typedef enum
{
  ATHR_INVOKE_NUMBER_NEGATIVE, /* a whole number below 0 */
  ATHR_INVOKE_NUMBER_NATURAL,  /* one from 0 up */
  ATHR_INVOKE_NUMBER_REAL,     /* what is no whole number, or too large for one of 64 bits */
} AthrInvokeNumberKind;

/* Any number */
typedef struct
{
  AthrInvokeNumberKind kind;
  gint64 negative;
  guint64 natural;
  double real; /* always set */
} AthrInvokeNumber;

/* FALSE: it is no number. */
gboolean athr_invoke_number_from_value   (AthrInvokeNumber       *self,
                                          const GValue           *value);
gboolean athr_invoke_number_from_variant (AthrInvokeNumber       *self,
                                          GVariant               *variant);
char    *athr_invoke_number_to_string    (const AthrInvokeNumber *self);

/* What numbers, booleans and GTypes are in memory */
gsize    athr_invoke_number_get_size     (GITypeTag               tag);
/* FALSE: it is out of range. */
gboolean athr_invoke_number_store        (const AthrInvokeNumber *self,
                                          GITypeTag               tag,
                                          gpointer                memory);
void     athr_invoke_number_load         (GITypeTag               tag,
                                          gconstpointer           memory,
                                          GValue                 *value);
gsize    athr_invoke_number_load_length  (GITypeTag               tag,
                                          gconstpointer           memory);

G_END_DECLS
