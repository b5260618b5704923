/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <ffi.h>

#include "athr-invoke-argument-private.h"
#include "athr-invoke-values-private.h"

/* What a call holds: made at home, used on the worker, freed at home. */
typedef struct
{
  const AthrInvokeFunction *function;
  gboolean has_run;       /* the worker; home, after that */
  AthrInvokeArgument result;
  AthrInvokeArgument arguments[]; /* one for each argument of the C function */
} AthrInvocation;

static void
athr_invocation_free (gpointer data)
{
  AthrInvocation *self = data;

  for (guint i = 0; i < self->function->n_args; i++)
    athr_invoke_argument_clear (&self->arguments[i], self->has_run);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AthrInvocation, athr_invocation_free)

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

      if (athr_invoke_type_is_array (&arg->type) && arg->type.has_length)
        length = &self->arguments[arg->type.length];
      position.info = arg;
      if (!athr_invoke_argument_from_value (&self->arguments[i], &position, &args[position.number++], length, error))
        return FALSE;
    }

  return TRUE;
}

static AthrInvocation *
athr_invocation_new (const AthrInvokeFunction *function)
{
  AthrInvocation *self = g_malloc0 (sizeof *self + function->n_args * sizeof (AthrInvokeArgument));

  self->function = function;
  self->result.info = &function->result;
  for (guint i = 0; i < function->n_args; i++)
    self->arguments[i].info = &function->args[i];

  return self;
}

/* How long the array is that came out with @type. */
static gsize
athr_invocation_get_length (AthrInvocation       *self,
                            const AthrInvokeType *type)
{
  const AthrInvokeArgument *length;

  if (!athr_invoke_type_is_array (type) || !type->has_length)
    return 0;

  length = &self->arguments[type->length];

  return athr_invoke_number_load_length (length->info->type.tag, &length->value);
}

static void
athr_invocation_output_to_value (AthrInvocation     *self,
                                 AthrInvokeArgument *output,
                                 GValue             *value)
{
  GValue discarded = G_VALUE_INIT;

  if (output->info->type.kind == ATHR_INVOKE_KIND_NOTHING)
    return;

  athr_invoke_argument_to_value (output, athr_invocation_get_length (self, &output->info->type),
                                 value != NULL ? value : &discarded);
  if (value == NULL)
    g_value_unset (&discarded);
}

static void
athr_invocation_return (AthrInvocation *self,
                        AthrCall       *call)
{
  const AthrInvokeFunction *function = self->function;
  AthrInvokeValues *values = function->n_out > 1 ? athr_invoke_values_new (function->n_out, FALSE) : NULL;
  GValue value = G_VALUE_INIT;
  guint n = 0;

  for (guint i = 0; i <= function->n_args; i++)
    {
      AthrInvokeArgument *output = i == 0 ? &self->result : &self->arguments[i - 1];
      GValue *target = NULL;

      if (output->info->direction != GI_DIRECTION_OUT)
        continue;
      if (!output->info->is_hidden)
        target = values != NULL ? athr_invoke_values_peek (values, n++) : &value;
      athr_invocation_output_to_value (self, output, target);
    }

  if (values != NULL)
    {
      g_value_init (&value, ATHR_INVOKE_TYPE_VALUES);
      g_value_take_boxed (&value, values);
    }
  athr_call_return_value (call, G_IS_VALUE (&value) ? &value : NULL);
  if (G_IS_VALUE (&value))
    g_value_unset (&value);
}

/* The function of the call, on the worker */
static void
athr_invocation_run (AthrCall  *call,
                     gpointer   user_data,
                     GError   **error)
{
  AthrInvocation *self = user_data;
  const AthrInvokeFunction *function = self->function;
  g_autofree gpointer *args = g_new (gpointer, function->n_args + 1);
  GIFFIReturnValue returned = { 0 };
  GError *thrown = NULL;
  GError **throw = &thrown;

  for (guint i = 0; i < function->n_args; i++)
    {
      AthrInvokeArgument *argument = &self->arguments[i];

      if (argument->wants_cancellable)
        argument->value.v_pointer = athr_call_get_cancellable (call);
      args[i] = argument->out != NULL ? (gpointer) &argument->out : &argument->value;
    }
  args[function->n_args] = &throw;

  self->has_run = TRUE;
  ffi_call ((ffi_cif *) &function->invoker.cif, FFI_FN (function->invoker.native_address), &returned, args);

  if (thrown != NULL)
    {
      g_propagate_error (error, thrown);
      return;
    }

  gi_type_tag_extract_ffi_return_value (function->result.type.own_tag, function->result.type.interface_type,
                                        &returned, &self->result.value);
  athr_invocation_return (self, call);
}

/**
 * athr_invoke_call_new:
 * @name: what to call: `Namespace.function`, `Namespace.Type.method` or
 *   `Namespace.Type.constructor`; a version can follow the namespace, as in
 *   `Gio-2.0.File.load_contents`
 * @args: (array length=n_args): the arguments; a method's first one is the instance
 * @n_args: how many arguments there are
 * @error: return location for an error
 *
 * Creates a call of a function of any introspected library.
 *
 * The function is looked up and its arguments are copied here and now. Only the function
 * itself runs on a worker, when the call is started. Its executor and everything else are
 * those of any [class@Athr.Call], and its name is @name.
 *
 * Of the versions of a namespace it is the one that is loaded already, or else the newest.
 *
 * The arguments are those that a language gives it: no lengths of arrays, nothing for what
 * comes out. Any number fits a type of number in whose range it is. Enumerations and flags
 * are also strings, their nicks: `"nofollow-symlinks"`, `"overwrite|backup"`. A character
 * is a string, and a type can be its name. An array of bytes is a [struct@GLib.Bytes], a [struct@GLib.ByteArray] or a
 * string; one of strings a `GStrv` or a [struct@GLib.Variant] of type `as` or `aay`; one of
 * numbers or booleans a variant that is an array of any numbers or of booleans. Null is a
 * null of any type, or `G_TYPE_POINTER`. A null for a [class@Gio.Cancellable] becomes the
 * one of the call.
 *
 * The result is what comes out: nothing is null, one is that value, of several
 * [struct@AthrInvoke.Values] are made. An array of bytes is a [struct@GLib.ByteArray], one of
 * strings a `GStrv`, one of numbers, booleans or types again [struct@AthrInvoke.Values].
 * Where a function can fail and gives other things, the boolean that only says whether it
 * has failed is left out. What a function throws is the error of the call.
 *
 * Boxed values are copied, so a method changes the copy. What goes in is kept until the
 * call is done and freed at home. Whether a function may run on another thread is for the
 * caller to know.
 *
 * The error is %G_IO_ERROR_NOT_FOUND when there is no such namespace, version or function,
 * %G_IO_ERROR_NOT_SUPPORTED when the function takes or gives what cannot be passed on
 * (callbacks, what goes in and out, lists, hash tables, pointers, what else the caller
 * would have to allocate than structs), and %G_IO_ERROR_INVALID_ARGUMENT when @name or the
 * arguments are wrong.
 *
 * The library that looks functions up is not safe in threads in its version 1.0. So this
 * function is for the thread on which the binding runs.
 *
 * Threads: owner.
 *
 * Returns: (transfer full): a call, or %NULL with @error set
 */
AthrCall *
athr_invoke_call_new (const char    *name,
                      const GValue  *args,
                      gsize          n_args,
                      GError       **error)
{
  const AthrInvokeFunction *function;
  g_autoptr (AthrInvocation) invocation = NULL;
  AthrCall *call;

  g_return_val_if_fail (name != NULL, NULL);
  g_return_val_if_fail (args != NULL || n_args == 0, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  function = athr_invoke_function_get (name, error);
  if (function == NULL)
    return NULL;

  invocation = athr_invocation_new (function);
  if (!athr_invocation_check_count (invocation, n_args, error) ||
      !athr_invocation_set_args (invocation, args, error))
    return NULL;

  call = athr_call_new (athr_invocation_run, g_steal_pointer (&invocation), athr_invocation_free);
  athr_call_set_name (call, name);

  return call;
}
