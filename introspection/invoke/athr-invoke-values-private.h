/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "athreading/athreading-invoke.h"

G_BEGIN_DECLS

typedef enum
{
  ATHR_INVOKE_VALUES_RESULTS, /* the results of a function that has several */
  ATHR_INVOKE_VALUES_ARRAY,
  ATHR_INVOKE_VALUES_TABLE,   /* each key of a hash table, and what belongs to the key */
} AthrInvokeValuesKind;

/* Creates @length unset values. The caller sets them before it shares them with another thread. */
AthrInvokeValues *athr_invoke_values_new_unset (guint                 length,
                                                AthrInvokeValuesKind  kind);
GValue           *athr_invoke_values_peek      (AthrInvokeValues     *self,
                                                guint                 index);

G_END_DECLS
