/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <ffi.h>

#include "athr-invoke-argument-private.h"
#include "athr-invoke-values-private.h"

/* The user data of a call. The owner's thread creates it, the worker uses it, and it is freed in the owner's main
 * context. */
typedef struct
{
  const AthrInvokeFunction *function;
  gboolean has_run;       /* the worker; the owner's thread once the call is done */
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

/* The length of an array of @type that the function has output. */
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
 * @name: the function: `Namespace.function`, `Namespace.Type.method` or
 *   `Namespace.Type.constructor`; a version can follow the namespace, as in
 *   `Gio-2.0.File.load_contents`
 * @args: (array length=n_args): the arguments; the first argument of a method is the instance
 * @n_args: the number of arguments
 * @error: return location for an error
 *
 * Creates a call of a function of any introspected library.
 *
 * athr_invoke_call_new() itself looks the function up and copies the arguments. A worker
 * runs only the function, once the call is started. The call has an executor and the other
 * properties of any [class@Athr.Call], and its name is @name.
 *
 * If @name has no version, the version of the namespace is the one that is loaded already,
 * or else the newest.
 *
 * The caller passes the arguments that a program passes in its language: no lengths of
 * arrays, and no output arguments.
 *
 * - Number: a number of any type, if its value fits.
 * - Enumeration or flags: the number, or the nicks as a string, such as
 *   `"nofollow-symlinks"` or `"overwrite|backup"`.
 * - Character: a string of one character, or the number of the character.
 * - Type: a `GType`, or the name of the type.
 * - Array of bytes: a [struct@GLib.Bytes], a [struct@GLib.ByteArray], a string, or a
 *   [struct@GLib.Variant] that is an array of numbers.
 * - Array of strings: a `GStrv`, or a variant of type `as` or `aay`.
 * - Array of numbers or booleans: a variant that is an array of numbers or of booleans.
 * - Null: a null of any type, or a null `G_TYPE_POINTER`. If the function expects a
 *   [class@Gio.Cancellable], it gets the cancellable of the call instead of null.
 *
 * The result of the call is made of what the function returns and of its output arguments.
 * If there are none, the result is null; if there is one, the result is its value; if there
 * are several, the result is [struct@AthrInvoke.Values]. An array of bytes becomes a
 * [struct@GLib.ByteArray], an array of strings a `GStrv`, and an array of numbers, booleans
 * or types [struct@AthrInvoke.Values].
 *
 * Many functions return a boolean that only says whether they have failed. The result leaves
 * that boolean out if the function can set an error and has output arguments. If the
 * function sets an error, the call fails with that error.
 *
 * The call copies boxed values, so a method that changes its instance changes the copy. The
 * copies of the arguments are kept until the call is done, and are freed in the owner's main
 * context. AthrInvoke cannot tell whether a function may run on another thread: the caller
 * must know.
 *
 * The error is %G_IO_ERROR_NOT_FOUND if the namespace, its version or the function does not
 * exist, %G_IO_ERROR_INVALID_ARGUMENT if @name or an argument is wrong, and
 * %G_IO_ERROR_NOT_SUPPORTED if AthrInvoke cannot convert an argument or a result of the
 * function: a callback, an argument that goes in and out, a list, a hash table, a pointer, or
 * an output other than a struct that the caller has to allocate.
 *
 * gobject-introspection-1.0, which looks functions up, must not be used by several threads at
 * once. So the caller must be on the thread on which the language binding runs.
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
