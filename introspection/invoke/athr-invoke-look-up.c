/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "athr-invoke-look-up-private.h"

/* The parts of a name: Namespace[-version].[Type.]function */
typedef struct
{
  char *namespace;
  char *version; /* nullable */
  char *type;    /* nullable */
  char *function;
} AthrInvokeName;

static void
athr_invoke_name_clear (AthrInvokeName *self)
{
  g_free (self->namespace);
  g_free (self->version);
  g_free (self->type);
  g_free (self->function);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AthrInvokeName, athr_invoke_name_clear)

static gboolean
athr_invoke_name_parse (AthrInvokeName  *self,
                        const char      *name,
                        GError         **error)
{
  g_autoptr (GRegex) regex = g_regex_new ("^(\\w+)(?:-(\\d+(?:\\.\\d+)*))?\\.(?:(\\w+)\\.)?(\\w+)$",
                                          G_REGEX_DOLLAR_ENDONLY, G_REGEX_MATCH_DEFAULT, NULL);
  g_autoptr (GMatchInfo) match = NULL;

  if (!g_regex_match (regex, name, G_REGEX_MATCH_DEFAULT, &match))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   "%s: is no name of a function; examples are \"GLib.usleep\", "
                   "\"Gio.File.load_contents\" and \"Gio-2.0.File.load_contents\"", name);
      return FALSE;
    }

  self->namespace = g_match_info_fetch (match, 1);
  self->version = g_match_info_fetch (match, 2);
  self->type = g_match_info_fetch (match, 3);
  self->function = g_match_info_fetch (match, 4);
  if (*self->version == '\0')
    g_clear_pointer (&self->version, g_free);
  if (*self->type == '\0')
    g_clear_pointer (&self->type, g_free);

  return TRUE;
}

static GIBaseInfo *
athr_invoke_look_up_in_enum (GIEnumInfo *info,
                             const char *name)
{
  for (guint i = 0; i < (guint) gi_enum_info_get_n_methods (info); i++)
    {
      GIBaseInfo *method = (GIBaseInfo *) gi_enum_info_get_method (info, i);

      if (g_str_equal (gi_base_info_get_name (method), name))
        return method;
      gi_base_info_unref (method);
    }

  return NULL;
}

static GIBaseInfo *athr_invoke_look_up_in_type (GIBaseInfo *info,
                                                const char *name);

/* Finds a method in the interfaces and parents of an object. */
static GIBaseInfo *
athr_invoke_look_up_inherited (GIObjectInfo *info,
                               const char   *name)
{
  g_autoptr (GIBaseInfo) parent = (GIBaseInfo *) gi_object_info_get_parent (info);
  GIBaseInfo *method = NULL;

  for (guint i = 0; method == NULL && i < (guint) gi_object_info_get_n_interfaces (info); i++)
    {
      g_autoptr (GIBaseInfo) interface = (GIBaseInfo *) gi_object_info_get_interface (info, i);

      method = athr_invoke_look_up_in_type (interface, name);
    }
  if (method == NULL && parent != NULL)
    method = athr_invoke_look_up_in_type (parent, name);
  /* Constructors and functions are not inherited. */
  if (method != NULL && !gi_callable_info_is_method ((GICallableInfo *) method))
    g_clear_pointer (&method, gi_base_info_unref);

  return method;
}

static GIBaseInfo *
athr_invoke_look_up_in_type (GIBaseInfo *info,
                             const char *name)
{
  GIBaseInfo *method;

  if (GI_IS_ENUM_INFO (info))
    return athr_invoke_look_up_in_enum ((GIEnumInfo *) info, name);
  if (GI_IS_UNION_INFO (info))
    return (GIBaseInfo *) gi_union_info_find_method ((GIUnionInfo *) info, name);
  if (GI_IS_INTERFACE_INFO (info))
    return (GIBaseInfo *) gi_interface_info_find_method ((GIInterfaceInfo *) info, name);
  if (GI_IS_STRUCT_INFO (info))
    return (GIBaseInfo *) gi_struct_info_find_method ((GIStructInfo *) info, name);
  if (!GI_IS_OBJECT_INFO (info))
    return NULL;

  method = (GIBaseInfo *) gi_object_info_find_method ((GIObjectInfo *) info, name);

  return method != NULL ? method : athr_invoke_look_up_inherited ((GIObjectInfo *) info, name);
}

/* Loads the namespace unless it is loaded already. Without a version in the name, any loaded version will do, and
 * otherwise the newest is loaded. */
static gboolean
athr_invoke_require (GIRepository          *repository,
                     const char            *name,
                     const AthrInvokeName  *parts,
                     GError               **error)
{
  g_autoptr (GError) reason = NULL;

  if (gi_repository_is_registered (repository, parts->namespace, parts->version) ||
      gi_repository_require (repository, parts->namespace, parts->version,
                             GI_REPOSITORY_LOAD_FLAG_NONE, &reason) != NULL)
    return TRUE;

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "%s: %s", name, reason->message);

  return FALSE;
}

GIBaseInfo *
athr_invoke_look_up (const char  *name,
                     GIBaseInfo **container,
                     GError     **error)
{
  g_autoptr (GIRepository) repository = athr_invoke_repository_dup ();
  g_auto (AthrInvokeName) parts = { 0 };
  g_autoptr (GIBaseInfo) type = NULL;
  g_autoptr (GIBaseInfo) function = NULL;

  if (!athr_invoke_name_parse (&parts, name, error) ||
      !athr_invoke_require (repository, name, &parts, error))
    return NULL;

  if (parts.type == NULL)
    {
      function = (GIBaseInfo *) gi_repository_find_by_name (repository, parts.namespace, parts.function);
    }
  else
    {
      type = (GIBaseInfo *) gi_repository_find_by_name (repository, parts.namespace, parts.type);
      if (type != NULL)
        function = athr_invoke_look_up_in_type (type, parts.function);
    }

  if (parts.type != NULL && type == NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "%s: %s %s has no type %s", name,
                   parts.namespace, gi_repository_get_version (repository, parts.namespace), parts.type);
      return NULL;
    }
  if (function == NULL || !GI_IS_FUNCTION_INFO (function))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                   "%s: %s %s has no function of this name that bindings can call", name,
                   parts.namespace, gi_repository_get_version (repository, parts.namespace));
      return NULL;
    }

  *container = g_steal_pointer (&type);

  return g_steal_pointer (&function);
}
