/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "athr-invoke-function-private.h"

G_BEGIN_DECLS

/* A function, and copies of its arguments, to be run once. One thread at a time may use it. */
typedef struct _AthrInvocation AthrInvocation;

/* Threads: any. The thread that frees the invocation may be a worker only if somebody else still has @args, so that
 * nothing of the user's ends on the worker. */
AthrInvocation *athr_invocation_new  (const AthrInvokeFunction  *function,
                                      const GValue              *args,
                                      gsize                      n_args,
                                      GError                   **error);
/* Leaves the unset @value unset if the function has no result. Threads: worker. */
gboolean        athr_invocation_run  (AthrInvocation            *self,
                                      GCancellable              *cancellable,
                                      GValue                    *value,
                                      GError                   **error);
void            athr_invocation_free (gpointer                   data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AthrInvocation, athr_invocation_free)

G_END_DECLS
