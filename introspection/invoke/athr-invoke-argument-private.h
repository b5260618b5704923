/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "athr-invoke-position-private.h"

G_BEGIN_DECLS

/* An argument of one call. What it owns is made and freed at home; on the worker nothing
 * of the caller's is copied or freed. */
typedef struct
{
  const AthrInvokeArgInfo *info; /* set once */
  GIArgument value;         /* what goes in, or where what comes out is stored */
  gpointer out;             /* what the function is given for it then */
  gboolean wants_cancellable;

  GValue copy;              /* what the value points into, for as long as the call lives */
  GValue transferred;       /* what the function takes over, once it runs */
  gpointer memory;          /* the same for what no GValue holds, */
  GDestroyNotify free;      /* and how to free it; */
  gboolean is_transferred;  /* else it is kept */
} AthrInvokeArgument;

/* Passes @memory to the function, which takes it over if the transfer says so. */
static inline void
athr_invoke_argument_set_memory (AthrInvokeArgument *self,
                                 gpointer            memory,
                                 GDestroyNotify      free_func)
{
  self->value.v_pointer = self->memory = memory;
  self->free = free_func;
  self->is_transferred = self->info->transfer != GI_TRANSFER_NOTHING;
}

/* Home: FALSE, with the error set, when @value is no such argument. */
gboolean athr_invoke_argument_from_value       (AthrInvokeArgument        *self,
                                                const AthrInvokePosition  *position,
                                                const GValue              *value,
                                                AthrInvokeArgument        *length,
                                                GError                   **error);
/* The same, for an array that is not null; gives its length. */
gboolean athr_invoke_argument_array_from_value (AthrInvokeArgument        *self,
                                                const AthrInvokePosition  *position,
                                                const GValue              *value,
                                                gsize                     *length,
                                                GError                   **error);
void     athr_invoke_argument_prepare_out      (AthrInvokeArgument        *self);
void     athr_invoke_argument_clear            (AthrInvokeArgument        *self,
                                                gboolean                   has_run);

/* Worker: takes what came out into a value that is unset. */
void     athr_invoke_argument_to_value         (AthrInvokeArgument        *self,
                                                gsize                      length,
                                                GValue                    *value);
void     athr_invoke_argument_array_to_value   (AthrInvokeArgument        *self,
                                                gsize                      length,
                                                GValue                    *value);

G_END_DECLS
