/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "athr-invoke-position-private.h"

G_BEGIN_DECLS

/* An argument, or the result, of one invocation. For a call, the owner's thread copies the caller's values before the
 * call starts, and frees the copies afterwards. For an item of a map, a worker does both while the map has the item. */
typedef struct
{
  const AthrInvokeArgInfo *info; /* set once */
  GIArgument value;         /* the input; for an output argument, the function stores the output here */
  gpointer out;             /* for an output argument: the pointer that the function gets */
  gboolean wants_cancellable; /* the worker passes the cancellable of the call instead of @value */

  GValue copy;              /* keeps alive what @value points to until the call is freed */
  GValue transferred;       /* the function takes this over when it runs */
  gpointer memory;          /* input that no GValue can hold, or room for the output */
  GDestroyNotify free;      /* frees @memory */
  gboolean is_transferred;  /* the function takes @memory over when it runs */
  gboolean is_uncounted;    /* the input is memory that no reference keeps: a struct, or a copy of one */
  gboolean is_borrowed;     /* the output is an argument, so the output is not to be freed */
} AthrInvokeArgument;

static inline GITransfer
athr_invoke_argument_get_transfer (const AthrInvokeArgument *self)
{
  return self->is_borrowed ? GI_TRANSFER_NOTHING : self->info->transfer;
}

/* Makes @memory the input. The function takes @memory over unless the argument is (transfer none). */
static inline void
athr_invoke_argument_set_memory (AthrInvokeArgument *self,
                                 gpointer            memory,
                                 GDestroyNotify      free_func)
{
  self->value.v_pointer = self->memory = memory;
  self->free = free_func;
  self->is_transferred = self->info->transfer != GI_TRANSFER_NOTHING;
}

/* Copies @value into the argument. If the argument is an array with a length argument, @length is set too.
 * Returns FALSE and sets @error if the function does not accept @value. Threads: any. */
gboolean athr_invoke_argument_from_value       (AthrInvokeArgument        *self,
                                                const AthrInvokePosition  *position,
                                                const GValue              *value,
                                                AthrInvokeArgument        *length,
                                                GError                   **error);
/* Does the same for an array that is not null, and stores its length in @length. */
gboolean athr_invoke_argument_array_from_value (AthrInvokeArgument        *self,
                                                const AthrInvokePosition  *position,
                                                const GValue              *value,
                                                gsize                     *length,
                                                GError                   **error);
/* Does the same for a hash table that is not null. */
gboolean athr_invoke_argument_table_from_value (AthrInvokeArgument        *self,
                                                const AthrInvokePosition  *position,
                                                const GValue              *value,
                                                GError                   **error);
void     athr_invoke_argument_prepare_out      (AthrInvokeArgument        *self);
void     athr_invoke_argument_clear            (AthrInvokeArgument        *self,
                                                gboolean                   has_run);

/* Moves or copies the output into the unset @value. Of a C array with a length argument, @length is the length.
 * Threads: worker. */
void     athr_invoke_argument_to_value         (AthrInvokeArgument        *self,
                                                gsize                      length,
                                                GValue                    *value);
void     athr_invoke_argument_array_to_value   (AthrInvokeArgument        *self,
                                                gsize                      length,
                                                GValue                    *value);
void     athr_invoke_argument_list_to_value    (AthrInvokeArgument        *self,
                                                gsize                      length,
                                                GValue                    *value);
void     athr_invoke_argument_table_to_value   (AthrInvokeArgument        *self,
                                                GValue                    *value);

G_END_DECLS
