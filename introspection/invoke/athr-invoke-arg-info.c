/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "athr-invoke-arg-info-private.h"

/* Returns why the type is not supported in either direction, or NULL. */
static const char *
athr_invoke_type_check_pointer (const AthrInvokeType *self)
{
  if (self->kind == ATHR_INVOKE_KIND_INSTANCE && !self->is_pointer)
    return "it is passed by value";
  if ((self->kind == ATHR_INVOKE_KIND_ENUM || self->kind == ATHR_INVOKE_KIND_FLAGS) && self->is_pointer)
    return "nothing says what it points to";

  return NULL;
}

/* A GValueArray can hold the same as a GValue. */
static gboolean
athr_invoke_type_is_value_array (const AthrInvokeType *self)
{
  return g_str_equal (self->name, "GObject.ValueArray");
}

/* Returns why the input argument is not supported, or NULL. */
static const char *
athr_invoke_arg_info_check_in (const AthrInvokeArgInfo *self)
{
  if (self->type.kind == ATHR_INVOKE_KIND_VALUE || athr_invoke_type_is_value_array (&self->type))
    return "it can hold what has to stay on its thread";
  if (self->type.kind == ATHR_INVOKE_KIND_LIST)
    return "lists and arrays of objects are results only";
  if (athr_invoke_type_is_array (&self->type) && self->type.array_type == GI_ARRAY_TYPE_ARRAY)
    return "such arrays cannot be passed on";

  return athr_invoke_type_check_pointer (&self->type);
}

/* Returns why the output argument or result is not supported, or NULL. */
static const char *
athr_invoke_arg_info_check_out (const AthrInvokeArgInfo *self)
{
  const AthrInvokeType *type = &self->type;

  if (self->is_allocated_by_caller)
    {
      if ((type->kind == ATHR_INVOKE_KIND_INSTANCE && G_TYPE_IS_BOXED (type->gtype) && type->size > 0) ||
          type->kind == ATHR_INVOKE_KIND_VALUE)
        return NULL;
      return "the caller would have to allocate it";
    }
  if (type->gtype == G_TYPE_MATCH_INFO)
    return "it would refer to a text that is gone";
  if ((type->kind == ATHR_INVOKE_KIND_VALUE && !(type->is_pointer && self->transfer == GI_TRANSFER_EVERYTHING)) ||
      athr_invoke_type_is_value_array (type))
    return "it can hold what has to stay on its thread";

  return athr_invoke_type_check_pointer (type);
}

/* Returns why the argument is not what its typelib says, or NULL. A newer typelib may be right about it. */
static const char *
athr_invoke_arg_info_check_facts (const AthrInvokeArgInfo *self,
                                  const AthrInvokeFacts   *facts,
                                  guint                    number)
{
  gboolean is_in = self->direction == GI_DIRECTION_IN;
  gboolean is_text = athr_invoke_type_is_text (&self->type);

  if ((athr_invoke_facts_has (facts->written, number) &&
       (is_in ? self->transfer == GI_TRANSFER_NOTHING : !athr_invoke_type_is_array (&self->type))) ||
      (athr_invoke_facts_has (facts->flatter, number) && is_text && !is_in))
    return "the function writes into it, so the caller would have to allocate it";
  if (athr_invoke_facts_has (facts->inside, number))
    return "it is a position in a text, of which the call has a copy";
  if (athr_invoke_facts_has (facts->deeper, number) && (is_text || self->type.kind == ATHR_INVOKE_KIND_INSTANCE))
    return "C has a pointer to another pointer there";
  if (athr_invoke_facts_has (facts->flatter, number) && self->type.kind == ATHR_INVOKE_KIND_STRINGS)
    return "C has one text there";

  return NULL;
}

/* An asynchronous function is of no use without its callback. A function to free memory with must not be null. */
static gboolean
athr_invoke_arg_info_can_be_null (const AthrInvokeArgInfo *self)
{
  return self->direction == GI_DIRECTION_IN && self->is_nullable && self->type.is_pointer &&
         !g_str_equal (self->type.name, "Gio.AsyncReadyCallback") &&
         !g_str_equal (self->type.name, "GLib.DestroyNotify");
}

const char *
athr_invoke_arg_info_init (AthrInvokeArgInfo     *self,
                           GIArgInfo             *info,
                           const AthrInvokeFacts *facts,
                           guint                  number)
{
  g_autoptr (GIBaseInfo) type = (GIBaseInfo *) gi_arg_info_get_type_info (info);
  const char *reason;

  self->name = g_strdup (gi_base_info_get_name ((GIBaseInfo *) info));
  self->direction = gi_arg_info_get_direction (info);
  self->transfer = gi_arg_info_get_ownership_transfer (info);
  self->is_nullable = gi_arg_info_may_be_null (info);
  self->is_constant = athr_invoke_facts_has (facts->constant, number);
  self->is_hidden |= gi_arg_info_is_skip (info);

  reason = athr_invoke_type_init (&self->type, (GITypeInfo *) type);
  self->is_allocated_by_caller = self->direction == GI_DIRECTION_OUT &&
                                 gi_arg_info_is_caller_allocates (info) &&
                                 (athr_invoke_type_is_array (&self->type) ||
                                  self->type.kind == ATHR_INVOKE_KIND_INSTANCE ||
                                  self->type.kind == ATHR_INVOKE_KIND_VALUE);

  /* The function gets zero for an argument that languages do not pass, so its type need not be supported. */
  if (self->is_hidden && self->direction == GI_DIRECTION_IN)
    return NULL;
  if (self->direction == GI_DIRECTION_INOUT)
    return "it goes in and out";

  if (reason == NULL)
    reason = athr_invoke_arg_info_check_facts (self, facts, number);
  if (reason == NULL)
    reason = self->direction == GI_DIRECTION_IN ? athr_invoke_arg_info_check_in (self)
                                                : athr_invoke_arg_info_check_out (self);
  if (reason == NULL || !athr_invoke_arg_info_can_be_null (self))
    return reason;
  self->null_only = reason;

  return NULL;
}

const char *
athr_invoke_arg_info_init_instance (AthrInvokeArgInfo     *self,
                                    GICallableInfo        *info,
                                    GIBaseInfo            *container,
                                    const AthrInvokeFacts *facts)
{
  const char *reason = athr_invoke_type_init_instance (&self->type, container);

  self->name = g_strdup ("self");
  self->is_instance = TRUE;
  self->direction = GI_DIRECTION_IN;
  self->transfer = gi_callable_info_get_instance_ownership_transfer (info);
  self->is_constant = athr_invoke_facts_has (facts->constant, 0);

  return reason != NULL ? reason : athr_invoke_arg_info_check_in (self);
}

const char *
athr_invoke_arg_info_init_result (AthrInvokeArgInfo *self,
                                  GICallableInfo    *info)
{
  g_autoptr (GIBaseInfo) type = (GIBaseInfo *) gi_callable_info_get_return_type (info);
  const char *reason = athr_invoke_type_init (&self->type, (GITypeInfo *) type);

  self->direction = GI_DIRECTION_OUT;
  self->transfer = gi_callable_info_get_caller_owns (info);
  self->is_nullable = gi_callable_info_may_return_null (info);
  self->is_hidden = (self->type.kind == ATHR_INVOKE_KIND_NOTHING && !self->type.is_pointer) ||
                    gi_callable_info_skip_return (info);

  /* An unsupported result that languages do not get can be ignored, unless the caller would have to free it. */
  if (reason != NULL && self->is_hidden && self->transfer == GI_TRANSFER_NOTHING)
    return NULL;
  if (reason != NULL || self->is_hidden)
    return reason;

  return athr_invoke_arg_info_check_out (self);
}

void
athr_invoke_arg_info_clear (AthrInvokeArgInfo *self)
{
  athr_invoke_type_clear (&self->type);
  g_free (self->name);
}
