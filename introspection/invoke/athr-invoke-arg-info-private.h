/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "athr-invoke-facts-private.h"
#include "athr-invoke-type-private.h"

G_BEGIN_DECLS

/* Everything that a call needs to know about an argument or a result. It never changes. */
typedef struct
{
  AthrInvokeType type;
  char *name;
  GIDirection direction;
  GITransfer transfer;
  gboolean is_instance;
  gboolean is_nullable;
  gboolean is_constant;            /* C says that the function does not write into it */
  gboolean is_allocated_by_caller; /* the caller allocates it and the function fills it in */
  gboolean is_hidden;              /* languages neither pass nor get it: an array's length, void, (skip) */
  gboolean is_text_length;         /* it is the length of the text before it, which the caller passes */
  guint keeping_flags;             /* with these flags the function keeps texts of which the call has copies */
  const char *null_only;           /* why the function gets nothing but null (nullable) */
} AthrInvokeArgInfo;

/* These return NULL, or the reason why the argument or result is not supported. The caller clears @self in either
 * case. @number counts the arguments of the C function. */
const char *athr_invoke_arg_info_init          (AthrInvokeArgInfo     *self,
                                                GIArgInfo             *info,
                                                const AthrInvokeFacts *facts,
                                                guint                  number);
const char *athr_invoke_arg_info_init_instance (AthrInvokeArgInfo     *self,
                                                GICallableInfo        *info,
                                                GIBaseInfo            *container,
                                                const AthrInvokeFacts *facts);
const char *athr_invoke_arg_info_init_result   (AthrInvokeArgInfo     *self,
                                                GICallableInfo        *info);
void        athr_invoke_arg_info_clear         (AthrInvokeArgInfo     *self);

G_END_DECLS
