/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <pthread.h>
#include <string.h>

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

static void
athr_invoke_function_free (AthrInvokeFunction *self)
{
  for (guint i = 0; i < self->n_args; i++)
    athr_invoke_arg_info_clear (&self->args[i]);
  athr_invoke_arg_info_clear (&self->result);
  gi_function_invoker_clear (&self->invoker);
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

/* Languages do not pass the lengths of arrays. */
static gboolean
athr_invoke_function_hide_length (AthrInvokeFunction       *self,
                                  const AthrInvokeArgInfo  *array,
                                  GError                  **error)
{
  AthrInvokeArgInfo *length;

  if (!array->type.has_length)
    return TRUE;

  length = &self->args[array->type.length];
  if (length->direction != array->direction || length->type.kind != ATHR_INVOKE_KIND_NUMBER)
    return athr_invoke_function_accept (self, array, "the caller would have to know its length before the call", error);
  length->is_hidden = TRUE;

  return TRUE;
}

/* Languages pass neither the user data of a callback nor the function that frees the user data. */
static void
athr_invoke_function_hide_closure (AthrInvokeFunction *self,
                                   GIArgInfo          *info,
                                   gboolean            is_method)
{
  guint index;

  if (gi_arg_info_get_scope (info) == GI_SCOPE_TYPE_INVALID)
    return;
  if (gi_arg_info_get_closure_index (info, &index) && index + is_method < self->n_args)
    self->args[index + is_method].is_hidden = TRUE;
  if (gi_arg_info_get_destroy_index (info, &index) && index + is_method < self->n_args)
    self->args[index + is_method].is_hidden = TRUE;
}

/* If a function can fail, its boolean often only says whether it failed. Languages get the error instead. */
static void
athr_invoke_function_hide_success (AthrInvokeFunction *self,
                                   GIBaseInfo         *info)
{
  const AthrInvokeFacts *facts = athr_invoke_facts_get (gi_function_info_get_symbol ((GIFunctionInfo *) info));

  if (self->throws && self->result.type.kind == ATHR_INVOKE_KIND_BOOLEAN && !facts->is_answer &&
      athr_invoke_facts_cover (gi_base_info_get_namespace (info)))
    self->result.is_hidden = TRUE;
}

/* Whether the name is one of the words, or begins with one and "_". */
static gboolean
athr_invoke_begins_with_word (const char         *name,
                              const char * const *words)
{
  for (; *words != NULL; words++)
    if (g_str_has_prefix (name, *words) && strchr ("_", name[strlen (*words)]) != NULL)
      return TRUE;

  return FALSE;
}

/* Whether the name is one of the words, or ends with "_" and one. */
static gboolean
athr_invoke_ends_with_word (const char         *name,
                            const char * const *words)
{
  for (; *words != NULL; words++)
    {
      const char *end = g_str_has_suffix (name, *words) ? name + strlen (name) - strlen (*words) : NULL;

      if (end != NULL && (end == name || end[-1] == '_'))
        return TRUE;
    }

  return FALSE;
}

/* Whether the function is the method that the words name, or a function of such a name without a class, as
 * g_byte_array_unref() is for bindings. A method set_ref() or get_free() is another. */
static gboolean
athr_invoke_function_is_named (AthrInvokeFunction *self,
                               const char         *name,
                               const char * const *words)
{
  if (self->args[0].is_instance)
    return g_strv_contains (words, name);

  return !self->is_reading && athr_invoke_ends_with_word (name, words);
}

/* Whether the call frees its copy of an argument. */
static gboolean
athr_invoke_function_has_copies (AthrInvokeFunction *self)
{
  for (guint i = 0; i < self->n_args; i++)
    if (self->args[i].direction == GI_DIRECTION_IN && self->args[i].transfer == GI_TRANSFER_NOTHING &&
        (athr_invoke_type_is_text (&self->args[i].type) || athr_invoke_type_is_array (&self->args[i].type) ||
         G_TYPE_IS_BOXED (self->args[i].type.gtype)))
      return TRUE;

  return FALSE;
}

/* A call and the caller share what the function would free, keep, or take a reference of that only C could drop.
 * Typelibs say of many such functions that they leave the argument alone. */
static const char *
athr_invoke_function_check_references (AthrInvokeFunction *self,
                                       const char         *name)
{
  static const char * const freeing[] = { "free", "freev", "unref", NULL };
  static const char * const destroying[] = { "destroy", NULL };
  static const char * const referring[] = { "ref", "ref_sink", NULL };
  static const char * const floating[] = { "force_floating", "take_ref", NULL };
  static const char * const keeping[] = { "static", "static_string", NULL };
  const AthrInvokeArgInfo *first = self->n_args > 0 ? &self->args[0] : NULL;

  if (athr_invoke_ends_with_word (name, keeping) && athr_invoke_function_has_copies (self))
    return "it keeps what the call frees";
  if (first == NULL || first->transfer != GI_TRANSFER_NOTHING || first->type.kind < ATHR_INVOKE_KIND_UTF8)
    return NULL;

  if (athr_invoke_function_is_named (self, name, freeing) ||
      (athr_invoke_function_is_named (self, name, destroying) && G_TYPE_IS_BOXED (first->type.gtype) &&
       first->type.gtype != G_TYPE_SOURCE))
    return "it frees what the caller still has";
  self->is_ref = athr_invoke_function_is_named (self, name, referring) &&
                 self->result.transfer == GI_TRANSFER_EVERYTHING;
  if (athr_invoke_function_is_named (self, name, floating) ||
      (athr_invoke_function_is_named (self, name, referring) && !self->is_ref))
    return "languages count references themselves";

  return NULL;
}

static gboolean
athr_invoke_function_add_args (AthrInvokeFunction  *self,
                               GICallableInfo      *info,
                               GIBaseInfo          *container,
                               GError             **error)
{
  const AthrInvokeFacts *facts = athr_invoke_facts_get (gi_function_info_get_symbol ((GIFunctionInfo *) info));
  gboolean is_method = gi_callable_info_is_method (info);
  guint n = gi_callable_info_get_n_args (info);
  const char *reason;

  self->n_args = n + is_method;
  self->args = g_new0 (AthrInvokeArgInfo, self->n_args);

  if (is_method)
    {
      reason = athr_invoke_arg_info_init_instance (self->args, info, container, facts);
      if (!athr_invoke_function_accept (self, self->args, reason, error))
        return FALSE;
    }

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GIBaseInfo) arg = (GIBaseInfo *) gi_callable_info_get_arg (info, i);

      athr_invoke_function_hide_closure (self, (GIArgInfo *) arg, is_method);
    }

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GIBaseInfo) arg = (GIBaseInfo *) gi_callable_info_get_arg (info, i);
      AthrInvokeArgInfo *added = &self->args[i + is_method];

      reason = athr_invoke_arg_info_init (added, (GIArgInfo *) arg, facts, i + is_method);
      added->type.length += is_method;
      if (!athr_invoke_function_accept (self, added, reason, error))
        return FALSE;
    }

  reason = athr_invoke_arg_info_init_result (&self->result, info);
  self->result.type.length += is_method;
  if (!athr_invoke_function_accept (self, &self->result, reason, error))
    return FALSE;

  for (guint i = 0; i < self->n_args; i++)
    if (!athr_invoke_function_hide_length (self, &self->args[i], error))
      return FALSE;

  return athr_invoke_function_hide_length (self, &self->result, error);
}

/* In the libraries that the table covers, an argument of such a name after a text is always the length of the text. */
static void
athr_invoke_function_find_text_lengths (AthrInvokeFunction *self)
{
  static const char * const lengths[] = { "len", "length", NULL };

  for (guint i = 1; i < self->n_args; i++)
    self->args[i].is_text_length = self->args[i].type.kind == ATHR_INVOKE_KIND_NUMBER &&
                                   self->args[i].direction == GI_DIRECTION_IN && !self->args[i].is_hidden &&
                                   self->args[i - 1].direction == GI_DIRECTION_IN &&
                                   athr_invoke_type_is_text (&self->args[i - 1].type) &&
                                   athr_invoke_ends_with_word (self->args[i].name, lengths);
}

/* GLib crashes when it makes a GParamSpec of an invalid name, and keeps the texts that the flags call static. */
static void
athr_invoke_function_find_param_spec (AthrInvokeFunction *self)
{
  const AthrInvokeArgInfo *first = self->n_args > 0 ? &self->args[0] : NULL;

  self->makes_param_spec = first != NULL && !first->is_instance && first->direction == GI_DIRECTION_IN &&
                           athr_invoke_type_is_text (&first->type) && g_str_equal (first->name, "name") &&
                           self->result.type.kind == ATHR_INVOKE_KIND_INSTANCE &&
                           g_type_is_a (self->result.type.gtype, G_TYPE_PARAM);
  if (!self->makes_param_spec)
    return;

  for (guint i = 1; i < self->n_args; i++)
    if (self->args[i].type.kind == ATHR_INVOKE_KIND_FLAGS &&
        g_str_equal (self->args[i].type.name, "GObject.ParamFlags"))
      self->args[i].keeping_flags = G_PARAM_STATIC_STRINGS;
}

static void
athr_invoke_function_count (AthrInvokeFunction *self)
{
  for (guint i = 0; i < self->n_args; i++)
    if (!self->args[i].is_hidden)
      {
        self->n_in += self->args[i].direction == GI_DIRECTION_IN;
        self->n_out += self->args[i].direction == GI_DIRECTION_OUT;
      }
  self->n_out += !self->result.is_hidden;
}

static AthrInvokeFunction *
athr_invoke_function_new (const char  *name,
                          GError     **error)
{
  static const char * const reading[] = {
    "can", "compare", "copy", "dup", "equal", "get", "has", "hash", "is", "peek", "to", NULL,
  };
  g_autoptr (GIBaseInfo) container = NULL;
  g_autoptr (GIBaseInfo) info = athr_invoke_look_up (name, &container, error);
  g_autoptr (AthrInvokeFunction) self = NULL;
  g_autoptr (GError) reason = NULL;
  const char *own_name, *why;

  if (info == NULL)
    return NULL;

  own_name = gi_base_info_get_name (info);
  self = g_new0 (AthrInvokeFunction, 1);
  self->name = g_strdup (name);
  self->throws = gi_callable_info_can_throw_gerror ((GICallableInfo *) info);
  self->is_reading = athr_invoke_begins_with_word (own_name, reading);
  if (!athr_invoke_function_add_args (self, (GICallableInfo *) info, container, error))
    return NULL;

  why = athr_invoke_function_check_references (self, own_name);
  if (why != NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "%s: is not supported: %s", name, why);
      return NULL;
    }

  if (athr_invoke_facts_cover (gi_base_info_get_namespace (info)))
    athr_invoke_function_find_text_lengths (self);
  athr_invoke_function_find_param_spec (self);
  athr_invoke_function_hide_success (self, info);
  athr_invoke_function_count (self);
  if (!gi_function_info_prep_invoker ((GIFunctionInfo *) info, &self->invoker, &reason))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "%s: %s", name, reason->message);
      return NULL;
    }

  return g_steal_pointer (&self);
}

/* Returns the name of a function that does the same and can be called, or NULL. */
static char *
athr_invoke_find_replacement (const char *name)
{
  static const struct { const char *before, *end, *other_end; } rules[] = {
    { "", "_async", "" }, { "", "_inplace", "" }, { "", "_static", "" }, { "", "_static_string", "_string" },
    { "", "_data", "_bytes" }, { "", "", "_bytes" }, { "", "", "_buffer" }, { "", "", "_simple" }, { "utf8_", "", "" },
  };
  const char *own_name = strrchr (name, '.') + 1;

  for (gsize i = 0; i < G_N_ELEMENTS (rules); i++)
    {
      g_autofree char *other = NULL;
      g_autoptr (AthrInvokeFunction) function = NULL;

      if (!g_str_has_suffix (own_name, rules[i].end))
        continue;
      other = g_strdup_printf ("%.*s%s%.*s%s", (int) (own_name - name), name, rules[i].before,
                               (int) (strlen (own_name) - strlen (rules[i].end)), own_name, rules[i].other_end);
      function = athr_invoke_function_new (other, NULL);
      if (function != NULL)
        return g_steal_pointer (&other);
    }

  return NULL;
}

static AthrInvokeFunction *
athr_invoke_function_new_or_replace (const char  *name,
                                     GError     **error)
{
  g_autoptr (GError) reason = NULL;
  AthrInvokeFunction *self = athr_invoke_function_new (name, &reason);
  g_autofree char *replacement = NULL;

  if (g_error_matches (reason, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED))
    replacement = athr_invoke_find_replacement (name);
  if (replacement != NULL)
    g_set_error (error, reason->domain, reason->code, "%s; take %s", reason->message, replacement);
  else if (reason != NULL)
    g_propagate_error (error, g_steal_pointer (&reason));

  return self;
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
      self = athr_invoke_function_new_or_replace (name, error);
      if (self != NULL)
        g_hash_table_insert (functions, self->name, self);
    }
  g_mutex_unlock (&functions_mutex);

  return self;
}
