/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "athr-invoke-invocation-private.h"
#include "athreading/athreading-invoke.h"

static void
athr_invoke_call_work (AthrCall  *call,
                       gpointer   user_data,
                       GError   **error)
{
  g_auto (GValue) value = G_VALUE_INIT;

  if (athr_invocation_run (user_data, athr_call_get_cancellable (call), &value, error))
    athr_call_return_value (call, G_IS_VALUE (&value) ? &value : NULL);
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
 *   The length of a text may be larger than the text, and is then that of the text.
 * - Enumeration or flags: a value of the type, the number, or the nicks as a string, such as
 *   `"nofollow-symlinks"` or `"overwrite|backup"`. If the library has registered no type, as for
 *   [enum@GLib.UnicodeScript], a type that the language has registered with the same nicks.
 * - Character: a string of one character, or the number of the character.
 * - Type: a `GType`, or the name of the type.
 * - Array of bytes: a [struct@GLib.Bytes], a [struct@GLib.ByteArray], a string, or a
 *   [struct@GLib.Variant] that is an array of numbers.
 * - Array of strings: a `GStrv`, or a variant of type `as` or `aay`.
 * - Array of numbers or booleans: a variant that is an array of numbers or of booleans. A
 *   [struct@GLib.Bytes] and a [struct@GLib.ByteArray] are arrays of numbers, too.
 * - Hash table of strings: a variant of type `a{ss}`.
 * - Null: a null of any type, or a null `G_TYPE_POINTER`. If the function expects a
 *   [class@Gio.Cancellable], it gets the cancellable of the call instead of null. A callback,
 *   list or pointer that may be null can only be null. The user data of a callback is not an
 *   argument.
 *
 * The result of the call is made of what the function returns and of its output arguments.
 * If there are none, the result is null; if there is one, the result is its value; if there
 * are several, the result is [struct@AthrInvoke.Values]. An array of bytes becomes a
 * [struct@GLib.ByteArray], and an array or list of strings a `GStrv`. An array of numbers,
 * booleans or types, a list or array of objects and boxed values, and a hash table of strings
 * become [struct@AthrInvoke.Values]. A file name that is not UTF-8 becomes a
 * [struct@GLib.ByteArray], and an array of such names [struct@AthrInvoke.Values].
 *
 * If the function sets an error, the call fails with that error, and the worker frees what
 * the function has set beside the error. In GLib, GObject, Gio, GdkPixbuf, Pango and Graphene
 * a boolean of a function that can set an error only says whether the function has failed.
 * So the result leaves that boolean out, and the call fails with %G_IO_ERROR_FAILED if the
 * boolean is false beside no error. The result keeps the booleans of other libraries, since no
 * typelib says what they mean, and the booleans of these functions, which are answers:
 * `GLib.BookmarkFile.get_icon`, `GLib.BookmarkFile.get_is_private`,
 * `GLib.BookmarkFile.has_application`, `GLib.BookmarkFile.has_group`,
 * `GLib.KeyFile.get_boolean`, `GLib.MatchInfo.next`, `GLib.UriParamsIter.next`,
 * `Gio.Cancellable.set_error_if_cancelled`, `Gio.Credentials.is_same_user`,
 * `Gio.DBusMessage.to_gerror`, `Gio.AsyncResult.legacy_propagate_error`,
 * `Gio.SimpleAsyncResult.propagate_error` and `Gio.Task.propagate_boolean`.
 *
 * The call copies texts, arrays and boxed values, so no function writes into what the caller
 * has given. There are two exceptions. A function whose GIR file says `const` reads the
 * memory of a [struct@GLib.Bytes] itself. And a boxed value that [method@GObject.Value.set_static_boxed]
 * has put into @args is lent: the function changes the value itself, and the caller must keep
 * the value until the call is freed. The call refuses a boxed value that is not lent if
 * copying takes no reference and the function may change the value. A function does not change
 * the value if the GIR file says `const`, or if the name of the function begins with `can`,
 * `compare`, `copy`, `dup`, `equal`, `get`, `has`, `hash`, `is`, `peek` or `to`.
 *
 * The copies of the arguments are kept until the call is done, and are freed in the owner's
 * main context. AthrInvoke cannot tell whether a function may run on another thread: the
 * caller must know.
 *
 * The error is %G_IO_ERROR_NOT_FOUND if the namespace, its version, the type or the function
 * does not exist, and %G_IO_ERROR_INVALID_ARGUMENT if @name or an argument is wrong. The error
 * is %G_IO_ERROR_NOT_SUPPORTED in these cases, and its message names another function to take
 * if there is one:
 *
 * - An argument is a callback, a list, an array of objects, a pointer or a [struct@GObject.Value],
 *   and must not be null; or the argument goes in and out.
 * - An output is a pointer, a list or hash table of anything else than strings, objects and
 *   boxed values, or memory other than a struct that the caller has to allocate.
 * - The GIR file says that the function writes into a text or an array that the typelib calls
 *   an input, that an argument has another type in C than in the typelib, or that an argument
 *   is a position in another text. AthrInvoke knows this of the six libraries above.
 * - The function frees an argument that the caller keeps, takes a reference of it or keeps it:
 *   [method@GObject.Object.unref], [method@GObject.Object.ref],
 *   [func@GLib.quark_from_static_string], and what gives a [struct@GLib.MatchInfo].
 * - A boxed value would be changed that the caller does not lend.
 * - A function such as [func@GObject.param_spec_int] gets a flag that calls a text static, since GLib
 *   would keep the copy of the text.
 *
 * GLib crashes when it makes a [class@GObject.ParamSpec] of an invalid name. The call only
 * prints a critical message instead, and its result is null.
 *
 * gobject-introspection-1.0, which looks functions up, must not be used by several threads at
 * once. So the caller must be on the thread on which the language binding runs.
 *
 * Threads: owner.
 *
 * Returns: (transfer full): a call, or %NULL with @error set
 *
 * Since: 1.0
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

  invocation = athr_invocation_new (function, args, n_args, error);
  if (invocation == NULL)
    return NULL;

  call = athr_call_new (athr_invoke_call_work, g_steal_pointer (&invocation), athr_invocation_free);
  athr_call_set_name (call, name);

  return call;
}

/**
 * athr_invoke_check:
 * @name: the function, as in [func@AthrInvoke.call_new]
 * @args: (array length=n_args): the arguments
 * @n_args: the number of arguments
 * @error: return location for an error
 *
 * Checks whether a function of any introspected library takes some arguments.
 *
 * The errors are those of [func@AthrInvoke.call_new]. The function is not called. A program that
 * has all items of [func@AthrInvoke.map] beforehand finds a mistake in any item before the map starts.
 *
 * Threads: owner.
 *
 * Returns: whether the function takes the arguments
 *
 * Since: 1.0
 */
gboolean
athr_invoke_check (const char    *name,
                   const GValue  *args,
                   gsize          n_args,
                   GError       **error)
{
  const AthrInvokeFunction *function;
  g_autoptr (AthrInvocation) invocation = NULL;

  g_return_val_if_fail (name != NULL, FALSE);
  g_return_val_if_fail (args != NULL || n_args == 0, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  function = athr_invoke_function_get (name, error);
  if (function != NULL)
    invocation = athr_invocation_new (function, args, n_args, error);

  return invocation != NULL;
}

/* Returns the argument or result number @index, of those that languages pass or get, or NULL. */
static const AthrInvokeArgInfo *
athr_invoke_find_info (const char  *name,
                       GIDirection  direction,
                       guint        index)
{
  const AthrInvokeFunction *function = athr_invoke_function_get (name, NULL);

  for (guint i = 0; function != NULL && i <= function->n_args; i++)
    {
      const AthrInvokeArgInfo *info = i == 0 ? &function->result : &function->args[i - 1];

      if (info->direction == direction && !info->is_hidden && index-- == 0)
        return info;
    }

  return NULL;
}

static gboolean
athr_invoke_arg_info_is_file_name (const AthrInvokeArgInfo *self)
{
  const AthrInvokeType *type = self->type.element != NULL ? self->type.element : &self->type;

  return type->tag == GI_TYPE_TAG_FILENAME;
}

/**
 * athr_invoke_takes_file_name:
 * @name: the function, as in [func@AthrInvoke.call_new]
 * @index: the number of an argument that the caller passes, from 0
 *
 * Gets whether an argument is a file name or an array of file names.
 *
 * File names are in the encoding of the file system, and other texts are UTF-8. So a binding
 * whose language encodes file names by itself needs to know.
 *
 * Threads: owner.
 *
 * Returns: whether the argument is a file name; %FALSE if there is no such function or argument
 *
 * Since: 1.0
 */
gboolean
athr_invoke_takes_file_name (const char *name,
                             guint       index)
{
  const AthrInvokeArgInfo *info;

  g_return_val_if_fail (name != NULL, FALSE);

  info = athr_invoke_find_info (name, GI_DIRECTION_IN, index);

  return info != NULL && athr_invoke_arg_info_is_file_name (info);
}

/**
 * athr_invoke_gives_file_name:
 * @name: the function, as in [func@AthrInvoke.call_new]
 * @index: the number of a result that the caller gets, from 0
 *
 * Gets whether a result is a file name, or an array or list of file names.
 *
 * Threads: owner.
 *
 * Returns: whether the result is a file name; %FALSE if there is no such function or result
 *
 * Since: 1.0
 */
gboolean
athr_invoke_gives_file_name (const char *name,
                             guint       index)
{
  const AthrInvokeArgInfo *info;

  g_return_val_if_fail (name != NULL, FALSE);

  info = athr_invoke_find_info (name, GI_DIRECTION_OUT, index);

  return info != NULL && athr_invoke_arg_info_is_file_name (info);
}

/**
 * athr_invoke_get_result_name:
 * @name: the function, as in [func@AthrInvoke.call_new]
 * @index: the number of a result that the caller gets, from 0
 *
 * Gets the name of the output argument that a result comes from.
 *
 * Threads: owner.
 *
 * Returns: (transfer none) (nullable): the name; %NULL if the function returns the result, or
 *   if there is no such function or result
 *
 * Since: 1.0
 */
const char *
athr_invoke_get_result_name (const char *name,
                             guint       index)
{
  const AthrInvokeArgInfo *info;

  g_return_val_if_fail (name != NULL, NULL);

  info = athr_invoke_find_info (name, GI_DIRECTION_OUT, index);

  return info != NULL ? info->name : NULL;
}
