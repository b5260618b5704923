/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "athr-invoke-type-private.h"

G_BEGIN_DECLS

typedef struct
{
  AthrInvokeType type;
  char *name;
  GIDirection direction;
  GITransfer transfer;
  gboolean is_instance;
  gboolean is_nullable;
  gboolean is_allocated_by_caller; /* a struct that is filled */
  gboolean is_hidden;              /* a length, or nothing for other languages */
} AthrInvokeArgInfo;

/* All that is to be known of a function, in the form in which it is called. It is made
 * once and never changes or goes, nor does the library that the function is of. */
typedef struct
{
  char *name;
  GIFunctionInvoker invoker;
  AthrInvokeArgInfo *args; /* of the C function: the instance is the first one */
  guint n_args;
  AthrInvokeArgInfo result;
  gboolean throws;
  guint n_in;  /* how many values it is to be given */
  guint n_out; /* how many values it gives */
} AthrInvokeFunction;

/* Threads: owner. The first time it asks the repository, and loads what is missing. */
const AthrInvokeFunction *athr_invoke_function_get (const char  *name,
                                                    GError     **error);

G_END_DECLS
