/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <pthread.h>

#include "athr-invoke-function-private.h"
#include "athr-invoke-look-up-private.h"

/* Only one thread at a time may use the repository of gobject-introspection-1.0. This lock keeps callers of this
 * library apart, but bindings use the repository without it. */
static GMutex functions_mutex;
static GHashTable *functions; /* functions_mutex; (element-type utf8 AthrInvokeFunction); only grows */

/* In the child of a fork: another thread may have held the lock, and may have been about to change the table. */
static void
athr_invoke_functions_forked (void)
{
  functions_mutex = (GMutex) { 0 };
  functions = NULL;
}

__attribute__ ((constructor)) static void
athr_invoke_functions_watch_forks (void)
{
  pthread_atfork (NULL, NULL, athr_invoke_functions_forked);
}

/* Functions that can fail and have other outputs, but whose boolean is a result of its own. Typelibs do not say
 * which functions these are. */
static const char * const boolean_answers[] = {
  "g_regex_match_all_full",
  "g_regex_match_full",
  "g_uri_params_iter_next",
};

/* Functions that write into a buffer of the caller. Typelibs do not say so, and such a function would write to an
 * arbitrary address. */
static const char * const caller_buffers[] = {
  "g_ascii_dtostr",
  "g_ascii_formatd",
  "g_converter_convert",
  "g_unichar_fully_decompose",
  "g_unichar_to_utf8",
};

static gboolean
athr_invoke_check_symbol (const char  *name,
                          const char  *symbol,
                          GError     **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (caller_buffers); i++)
    if (g_str_equal (caller_buffers[i], symbol))
      {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                     "%s: is not supported: it writes into memory that the caller would have to allocate", name);
        return FALSE;
      }

  return TRUE;
}

static void
athr_invoke_arg_info_clear (AthrInvokeArgInfo *self)
{
  athr_invoke_type_clear (&self->type);
  g_free (self->name);
}

static void
athr_invoke_function_free (AthrInvokeFunction *self)
{
  for (guint i = 0; i < self->n_args; i++)
    athr_invoke_arg_info_clear (&self->args[i]);
  athr_invoke_arg_info_clear (&self->result);
  g_free (self->args);
  g_free (self->name);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AthrInvokeFunction, athr_invoke_function_free)

/* Returns FALSE and sets @error if @reason, why @arg is not supported, is not NULL. */
static gboolean
athr_invoke_function_accept (const AthrInvokeFunction  *self,
                             const AthrInvokeArgInfo   *arg,
                             const char                *reason,
                             GError                   **error)
{
  if (reason == NULL)
    return TRUE;

  if (arg == &self->result)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                 "%s: what it returns, of type %s, is not supported: %s", self->name, arg->type.name, reason);
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                 "%s: the argument %s, of type %s, is not supported: %s", self->name, arg->name,
                 arg->type.name, reason);

  return FALSE;
}

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

/* Returns why the input argument is not supported, or NULL. */
static const char *
athr_invoke_arg_info_check_in (const AthrInvokeArgInfo *self)
{
  if (self->type.kind == ATHR_INVOKE_KIND_VALUE)
    return "it can hold what has to stay on its thread";
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
  if (type->kind == ATHR_INVOKE_KIND_VALUE && !(type->is_pointer && self->transfer == GI_TRANSFER_EVERYTHING))
    return "it can hold what has to stay on its thread";

  return athr_invoke_type_check_pointer (type);
}

static gboolean
athr_invoke_function_add_arg (AthrInvokeFunction  *self,
                              AthrInvokeArgInfo   *arg,
                              GIArgInfo           *info,
                              gboolean             is_method,
                              GError             **error)
{
  g_autoptr (GIBaseInfo) type = (GIBaseInfo *) gi_arg_info_get_type_info (info);
  const char *reason;

  arg->name = g_strdup (gi_base_info_get_name ((GIBaseInfo *) info));
  arg->direction = gi_arg_info_get_direction (info);
  arg->transfer = gi_arg_info_get_ownership_transfer (info);
  arg->is_nullable = gi_arg_info_may_be_null (info);
  arg->is_hidden = gi_arg_info_is_skip (info);

  reason = athr_invoke_type_init (&arg->type, (GITypeInfo *) type);
  arg->type.length += is_method;
  arg->is_allocated_by_caller = arg->direction == GI_DIRECTION_OUT &&
                                gi_arg_info_is_caller_allocates (info) &&
                                (athr_invoke_type_is_array (&arg->type) ||
                                 arg->type.kind == ATHR_INVOKE_KIND_INSTANCE ||
                                 arg->type.kind == ATHR_INVOKE_KIND_VALUE);

  /* The function gets zero for an argument that languages do not pass, so its type need not be supported. */
  if (arg->is_hidden && arg->direction == GI_DIRECTION_IN)
    return TRUE;
  if (arg->direction == GI_DIRECTION_INOUT)
    reason = "it goes in and out";
  else if (reason == NULL && arg->direction == GI_DIRECTION_IN)
    reason = athr_invoke_arg_info_check_in (arg);
  else if (reason == NULL)
    reason = athr_invoke_arg_info_check_out (arg);

  return athr_invoke_function_accept (self, arg, reason, error);
}

static gboolean
athr_invoke_function_add_instance (AthrInvokeFunction  *self,
                                   AthrInvokeArgInfo   *arg,
                                   GICallableInfo      *info,
                                   GIBaseInfo          *container,
                                   GError             **error)
{
  const char *reason = athr_invoke_type_init_instance (&arg->type, container);

  arg->name = g_strdup ("self");
  arg->is_instance = TRUE;
  arg->direction = GI_DIRECTION_IN;
  arg->transfer = gi_callable_info_get_instance_ownership_transfer (info);

  return athr_invoke_function_accept (self, arg, reason != NULL ? reason : athr_invoke_arg_info_check_in (arg), error);
}

static gboolean
athr_invoke_function_add_result (AthrInvokeFunction  *self,
                                 GICallableInfo      *info,
                                 GError             **error)
{
  g_autoptr (GIBaseInfo) type = (GIBaseInfo *) gi_callable_info_get_return_type (info);
  AthrInvokeArgInfo *result = &self->result;
  const char *reason = athr_invoke_type_init (&result->type, (GITypeInfo *) type);

  result->direction = GI_DIRECTION_OUT;
  result->transfer = gi_callable_info_get_caller_owns (info);
  result->is_nullable = gi_callable_info_may_return_null (info);
  result->is_hidden = (result->type.kind == ATHR_INVOKE_KIND_NOTHING && !result->type.is_pointer) ||
                      gi_callable_info_skip_return (info);

  /* An unsupported result that languages do not get can be ignored, unless the caller would have to free it. */
  if (reason != NULL && result->is_hidden && result->transfer == GI_TRANSFER_NOTHING)
    reason = NULL;
  else if (reason == NULL && !result->is_hidden)
    reason = athr_invoke_arg_info_check_out (result);

  return athr_invoke_function_accept (self, result, reason, error);
}

/* Languages do not pass the lengths of arrays. */
static gboolean
athr_invoke_function_hide_length (AthrInvokeFunction       *self,
                                  const AthrInvokeArgInfo  *array,
                                  GError                  **error)
{
  AthrInvokeArgInfo *length;

  if (!athr_invoke_type_is_array (&array->type) || !array->type.has_length)
    return TRUE;

  length = &self->args[array->type.length];
  if (length->direction != array->direction || length->type.kind != ATHR_INVOKE_KIND_NUMBER)
    return athr_invoke_function_accept (self, array, "the caller would have to know its length before the call", error);
  length->is_hidden = TRUE;

  return TRUE;
}

/* If a function can fail and has other outputs, its boolean only says whether it failed. Languages get the error
 * instead. */
static void
athr_invoke_function_hide_success (AthrInvokeFunction *self,
                                   const char         *symbol)
{
  if (!self->throws || self->result.type.kind != ATHR_INVOKE_KIND_BOOLEAN ||
      self->result.is_hidden || self->n_out < 2)
    return;

  for (gsize i = 0; i < G_N_ELEMENTS (boolean_answers); i++)
    if (g_str_equal (boolean_answers[i], symbol))
      return;

  self->result.is_hidden = TRUE;
  self->n_out--;
}

static gboolean
athr_invoke_function_add_args (AthrInvokeFunction  *self,
                               GICallableInfo      *info,
                               GIBaseInfo          *container,
                               GError             **error)
{
  gboolean is_method = gi_callable_info_is_method (info);
  guint n = gi_callable_info_get_n_args (info);

  self->n_args = n + is_method;
  self->args = g_new0 (AthrInvokeArgInfo, self->n_args);

  if (is_method && !athr_invoke_function_add_instance (self, self->args, info, container, error))
    return FALSE;

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GIBaseInfo) arg = (GIBaseInfo *) gi_callable_info_get_arg (info, i);

      if (!athr_invoke_function_add_arg (self, &self->args[i + is_method], (GIArgInfo *) arg, is_method, error))
        return FALSE;
    }

  if (!athr_invoke_function_add_result (self, info, error))
    return FALSE;
  self->result.type.length += is_method;

  for (guint i = 0; i < self->n_args; i++)
    if (!athr_invoke_function_hide_length (self, &self->args[i], error))
      return FALSE;

  return athr_invoke_function_hide_length (self, &self->result, error);
}

static AthrInvokeFunction *
athr_invoke_function_new (const char  *name,
                          GError     **error)
{
  g_autoptr (GIBaseInfo) container = NULL;
  g_autoptr (GIBaseInfo) info = athr_invoke_look_up (name, &container, error);
  g_autoptr (AthrInvokeFunction) self = NULL;
  g_autoptr (GError) reason = NULL;

  if (info == NULL ||
      !athr_invoke_check_symbol (name, gi_function_info_get_symbol ((GIFunctionInfo *) info), error))
    return NULL;

  self = g_new0 (AthrInvokeFunction, 1);
  self->name = g_strdup (name);
  self->throws = gi_callable_info_can_throw_gerror ((GICallableInfo *) info);
  if (!athr_invoke_function_add_args (self, (GICallableInfo *) info, container, error))
    return NULL;

  for (guint i = 0; i < self->n_args; i++)
    if (!self->args[i].is_hidden)
      {
        self->n_in += self->args[i].direction == GI_DIRECTION_IN;
        self->n_out += self->args[i].direction == GI_DIRECTION_OUT;
      }
  self->n_out += !self->result.is_hidden;
  athr_invoke_function_hide_success (self, gi_function_info_get_symbol ((GIFunctionInfo *) info));

  if (!gi_function_info_prep_invoker ((GIFunctionInfo *) info, &self->invoker, &reason))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "%s: %s", name, reason->message);
      return NULL;
    }

  return g_steal_pointer (&self);
}

const AthrInvokeFunction *
athr_invoke_function_get (const char  *name,
                          GError     **error)
{
  AthrInvokeFunction *self;

  g_mutex_lock (&functions_mutex);
  if (functions == NULL)
    functions = g_hash_table_new (g_str_hash, g_str_equal);
  self = g_hash_table_lookup (functions, name);
  if (self == NULL)
    {
      self = athr_invoke_function_new (name, error);
      if (self != NULL)
        g_hash_table_insert (functions, self->name, self);
    }
  g_mutex_unlock (&functions_mutex);

  return self;
}
