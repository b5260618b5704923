/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "athr-invoke-arg-info-private.h"

G_BEGIN_DECLS

/* Everything that a call needs to know about a function. The first look-up of the name creates it.
 * Afterwards it never changes, and neither it nor the library of the function is ever unloaded. */
typedef struct
{
  char *name;
  GIFunctionInvoker invoker;
  AthrInvokeArgInfo *args; /* the arguments of the C function; a method's first one is the instance */
  guint n_args;
  AthrInvokeArgInfo result;
  gboolean throws;
  gboolean is_ref;     /* it returns another reference of its instance */
  gboolean makes_param_spec; /* it makes a GParamSpec, of the name that the first argument is */
  gboolean is_reading; /* its name says that it changes nothing */
  guint n_in;  /* how many arguments the caller passes */
  guint n_out; /* how many results the caller gets */
} AthrInvokeFunction;

/* The first look-up of a name asks the repository, which loads the namespace if necessary. Threads: owner. */
const AthrInvokeFunction *athr_invoke_function_get (const char  *name,
                                                    GError     **error);

G_END_DECLS
