/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#include <ffi.h>

#include "athr-invoke-argument-private.h"
#include "athr-invoke-invocation-private.h"
#include "athr-invoke-values-private.h"

struct _AthrInvocation
{
  const AthrInvokeFunction *function;
  gboolean has_run;       /* the worker; afterwards the thread that frees it */
  AthrInvokeArgument result;
  AthrInvokeArgument arguments[]; /* one for each argument of the C function */
};

void
athr_invocation_free (gpointer data)
{
  AthrInvocation *self = data;

  for (guint i = 0; i < self->function->n_args; i++)
    athr_invoke_argument_clear (&self->arguments[i], self->has_run);
  g_free (self);
}

static gboolean
athr_invocation_check_count (AthrInvocation  *self,
                             gsize            n_args,
                             GError         **error)
{
  const AthrInvokeFunction *function = self->function;
  g_autoptr (GString) names = NULL;

  if (n_args == function->n_in)
    return TRUE;

  names = g_string_new (NULL);
  for (guint i = 0; i < function->n_args; i++)
    if (function->args[i].direction == GI_DIRECTION_IN && !function->args[i].is_hidden)
      g_string_append_printf (names, "%s%s %s", names->len > 0 ? ", " : "",
                              function->args[i].type.name, function->args[i].name);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
               "%s: takes %u argument%s (%s), not %" G_GSIZE_FORMAT, function->name, function->n_in,
               function->n_in == 1 ? "" : "s", names->str, n_args);

  return FALSE;
}

/* A function must not read behind the end of its copy of a text. */
static void
athr_invocation_limit_length (AthrInvokeArgument       *length,
                              const AthrInvokeArgument *text)
{
  GITypeTag tag = length->info->type.tag;
  gsize end = text->value.v_pointer != NULL ? strlen (text->value.v_pointer) : 0;
  AthrInvokeNumber number = { ATHR_INVOKE_NUMBER_NATURAL, .natural = end, .real = end };

  if (athr_invoke_number_load_length (tag, &length->value) > end)
    athr_invoke_number_store (&number, tag, &length->value);
}

static gboolean
athr_invocation_set_args (AthrInvocation  *self,
                          const GValue    *args,
                          GError         **error)
{
  AthrInvokePosition position = { .function = self->function };

  for (guint i = 0; i < self->function->n_args; i++)
    {
      const AthrInvokeArgInfo *arg = &self->function->args[i];
      AthrInvokeArgument *length = NULL;

      if (arg->direction == GI_DIRECTION_OUT)
        athr_invoke_argument_prepare_out (&self->arguments[i]);
      if (arg->direction == GI_DIRECTION_OUT || arg->is_hidden)
        continue;

      if (arg->type.has_length)
        length = &self->arguments[arg->type.length];
      position.info = arg;
      if (!athr_invoke_argument_from_value (&self->arguments[i], &position, &args[position.number++], length, error))
        return FALSE;
      if (arg->is_text_length)
        athr_invocation_limit_length (&self->arguments[i], &self->arguments[i - 1]);
    }

  return TRUE;
}

AthrInvocation *
athr_invocation_new (const AthrInvokeFunction  *function,
                     const GValue              *args,
                     gsize                      n_args,
                     GError                   **error)
{
  g_autoptr (AthrInvocation) self = g_malloc0 (sizeof *self + function->n_args * sizeof (AthrInvokeArgument));

  self->function = function;
  self->result.info = &function->result;
  for (guint i = 0; i < function->n_args; i++)
    self->arguments[i].info = &function->args[i];
  if (!athr_invocation_check_count (self, n_args, error) || !athr_invocation_set_args (self, args, error))
    return NULL;

  return g_steal_pointer (&self);
}

/* The length of an array of @type that the function has output. */
static gsize
athr_invocation_get_length (AthrInvocation       *self,
                            const AthrInvokeType *type)
{
  const AthrInvokeArgument *length;

  if (!type->has_length)
    return 0;

  length = &self->arguments[type->length];

  return athr_invoke_number_load_length (length->info->type.tag, &length->value);
}

/* Whether the output is the memory of an argument. Some functions return an argument, and their typelibs say that the
 * caller has to free what they return. A function such as g_byte_array_ref() returns a reference of the caller's own. */
static gboolean
athr_invocation_is_argument (AthrInvocation           *self,
                             const AthrInvokeArgument *output)
{
  if (self->function->is_ref)
    return FALSE;

  for (guint i = 0; i < self->function->n_args; i++)
    {
      const AthrInvokeArgument *input = &self->arguments[i];

      if (input->info->direction == GI_DIRECTION_IN && input->info->transfer == GI_TRANSFER_NOTHING &&
          input->info->type.kind >= ATHR_INVOKE_KIND_UTF8 && input->value.v_pointer == output->value.v_pointer &&
          (input->memory == input->value.v_pointer || input->is_uncounted))
        return TRUE;
    }

  return FALSE;
}

static void
athr_invocation_output_to_value (AthrInvocation     *self,
                                 AthrInvokeArgument *output,
                                 GValue             *value)
{
  GValue discarded = G_VALUE_INIT;

  if (output->info->type.kind == ATHR_INVOKE_KIND_NOTHING)
    return;

  output->is_borrowed = output->info->type.kind >= ATHR_INVOKE_KIND_UTF8 && output->value.v_pointer != NULL &&
                        athr_invocation_is_argument (self, output);
  athr_invoke_argument_to_value (output, athr_invocation_get_length (self, &output->info->type),
                                 value != NULL ? value : &discarded);
  if (value == NULL)
    g_value_unset (&discarded);
}

/* Frees what the function has set beside its error. */
static void
athr_invocation_discard (AthrInvocation *self)
{
  for (guint i = 0; i <= self->function->n_args; i++)
    {
      AthrInvokeArgument *output = i == 0 ? &self->result : &self->arguments[i - 1];

      if (output->info->direction == GI_DIRECTION_OUT && output->info->type.kind >= ATHR_INVOKE_KIND_UTF8 &&
          !output->info->is_allocated_by_caller && output->value.v_pointer != NULL)
        athr_invocation_output_to_value (self, output, NULL);
    }
}

/* Leaves @value unset if there is no result. */
static void
athr_invocation_results_to_value (AthrInvocation *self,
                                  GValue         *value)
{
  const AthrInvokeFunction *function = self->function;
  AthrInvokeValues *values = NULL;
  guint n = 0;

  if (function->n_out > 1)
    values = athr_invoke_values_new_unset (function->n_out, ATHR_INVOKE_VALUES_RESULTS);
  for (guint i = 0; i <= function->n_args; i++)
    {
      AthrInvokeArgument *output = i == 0 ? &self->result : &self->arguments[i - 1];
      GValue *target = NULL;

      if (output->info->direction != GI_DIRECTION_OUT)
        continue;
      if (!output->info->is_hidden)
        target = values != NULL ? athr_invoke_values_peek (values, n++) : value;
      athr_invocation_output_to_value (self, output, target);
    }

  if (values != NULL)
    {
      g_value_init (value, ATHR_INVOKE_TYPE_VALUES);
      g_value_take_boxed (value, values);
    }
}

/* Whether the boolean that the result leaves out says that the function has failed. */
static gboolean
athr_invocation_has_failed (AthrInvocation *self)
{
  const AthrInvokeFunction *function = self->function;

  return function->throws && function->result.type.kind == ATHR_INVOKE_KIND_BOOLEAN && function->result.is_hidden &&
         !self->result.value.v_boolean;
}

/* Whether the function would crash in GLib, which uses the null GParamSpec of an invalid name. */
static gboolean
athr_invocation_would_crash (AthrInvocation *self)
{
  const char *name;

  if (!self->function->makes_param_spec)
    return FALSE;

  name = self->arguments[0].value.v_pointer;
  if (name != NULL && g_param_spec_is_valid_name (name))
    return FALSE;

  g_critical ("%s: \"%s\" is no valid name of a property", self->function->name, name);

  return TRUE;
}

gboolean
athr_invocation_run (AthrInvocation  *self,
                     GCancellable    *cancellable,
                     GValue          *value,
                     GError         **error)
{
  const AthrInvokeFunction *function = self->function;
  g_autofree gpointer *args = g_new (gpointer, function->n_args + 1);
  GIFFIReturnValue returned = { 0 };
  GError *thrown = NULL;
  GError **throw = &thrown;

  if (athr_invocation_would_crash (self))
    {
      athr_invocation_results_to_value (self, value);
      return TRUE;
    }

  for (guint i = 0; i < function->n_args; i++)
    {
      AthrInvokeArgument *argument = &self->arguments[i];

      if (argument->wants_cancellable)
        argument->value.v_pointer = cancellable;
      args[i] = argument->out != NULL ? (gpointer) &argument->out : &argument->value;
    }
  args[function->n_args] = &throw;

  self->has_run = TRUE;
  ffi_call ((ffi_cif *) &function->invoker.cif, FFI_FN (function->invoker.native_address), &returned, args);

  gi_type_tag_extract_ffi_return_value (function->result.type.own_tag, function->result.type.interface_type,
                                        &returned, &self->result.value);
  if (thrown == NULL && athr_invocation_has_failed (self))
    g_set_error (&thrown, G_IO_ERROR, G_IO_ERROR_FAILED, "%s: failed, and set no error", function->name);
  if (thrown == NULL)
    {
      athr_invocation_results_to_value (self, value);
      return TRUE;
    }

  athr_invocation_discard (self);
  g_propagate_error (error, thrown);

  return FALSE;
}
