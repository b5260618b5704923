/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "athr-invoke-type-private.h"

static char *
athr_invoke_interface_to_string (GIBaseInfo *info)
{
  return g_strdup_printf ("%s.%s", gi_base_info_get_namespace (info), gi_base_info_get_name (info));
}

static char *
athr_invoke_type_info_to_string (GITypeInfo *info)
{
  GITypeTag tag = gi_type_info_get_tag (info);
  g_autoptr (GIBaseInfo) other = NULL;
  g_autofree char *element = NULL;
  gboolean is_pointer;

  switch (tag)
    {
    case GI_TYPE_TAG_INTERFACE:
      other = (GIBaseInfo *) gi_type_info_get_interface (info);
      return athr_invoke_interface_to_string (other);
    case GI_TYPE_TAG_ARRAY:
      other = (GIBaseInfo *) gi_type_info_get_param_type (info, 0);
      element = athr_invoke_type_info_to_string ((GITypeInfo *) other);
      return g_strdup_printf ("array of %s", element);
    case GI_TYPE_TAG_GLIST:
    case GI_TYPE_TAG_GSLIST:
      other = (GIBaseInfo *) gi_type_info_get_param_type (info, 0);
      element = athr_invoke_type_info_to_string ((GITypeInfo *) other);
      return g_strdup_printf ("list of %s", element);
    case GI_TYPE_TAG_GHASH:
      return g_strdup ("GLib.HashTable");
    case GI_TYPE_TAG_ERROR:
      return g_strdup ("GLib.Error");
    case GI_TYPE_TAG_VOID:
      return g_strdup (gi_type_info_is_pointer (info) ? "gpointer" : "void");
    default:
      is_pointer = gi_type_info_is_pointer (info) && tag != GI_TYPE_TAG_UTF8 && tag != GI_TYPE_TAG_FILENAME;
      return g_strconcat (gi_type_tag_to_string (tag), is_pointer ? "*" : "", NULL);
    }
}

static void
athr_invoke_enum_value_clear (gpointer data)
{
  g_free (((AthrInvokeEnumValue *) data)->nick);
}

static void
athr_invoke_type_add_enum_value (AthrInvokeType *self,
                                 const char     *name,
                                 gint64          number)
{
  AthrInvokeEnumValue enum_value = { g_strdelimit (g_strdup (name), "_", '-'), number };

  g_array_append_val (self->enum_values, enum_value);
}

static void
athr_invoke_type_init_enum (AthrInvokeType *self,
                            GIEnumInfo     *info)
{
  self->kind = ATHR_INVOKE_IS_FLAGS_INFO ((GIBaseInfo *) info) ? ATHR_INVOKE_KIND_FLAGS : ATHR_INVOKE_KIND_ENUM;
  self->tag = gi_enum_info_get_storage_type (info);
  self->enum_values = g_array_new (FALSE, FALSE, sizeof (AthrInvokeEnumValue));
  g_array_set_clear_func (self->enum_values, athr_invoke_enum_value_clear);

  for (guint i = 0; i < (guint) gi_enum_info_get_n_values (info); i++)
    {
      g_autoptr (GIBaseInfo) value = (GIBaseInfo *) gi_enum_info_get_value (info, i);

      athr_invoke_type_add_enum_value (self, gi_base_info_get_name (value),
                                       gi_value_info_get_value ((GIValueInfo *) value));
    }

  /* Some nicks of the GType differ from the names in the typelib, so callers can use both. */
  if (G_TYPE_IS_ENUM (self->gtype))
    {
      GEnumClass *class = g_type_class_ref (self->gtype);

      for (guint i = 0; i < class->n_values; i++)
        athr_invoke_type_add_enum_value (self, class->values[i].value_nick, class->values[i].value);
      g_type_class_unref (class);
    }
  else if (G_TYPE_IS_FLAGS (self->gtype))
    {
      GFlagsClass *class = g_type_class_ref (self->gtype);

      for (guint i = 0; i < class->n_values; i++)
        athr_invoke_type_add_enum_value (self, class->values[i].value_nick, class->values[i].value);
      g_type_class_unref (class);
    }
}

/* Structs, unions, objects and interfaces */
static const char *
athr_invoke_type_init_registered (AthrInvokeType *self,
                                  GIBaseInfo     *info)
{
  GType fundamental;

  self->gtype = gi_registered_type_info_get_g_type ((GIRegisteredTypeInfo *) info);
  fundamental = G_TYPE_FUNDAMENTAL (self->gtype);
  self->kind = ATHR_INVOKE_KIND_INSTANCE;

  if (GI_IS_ENUM_INFO (info))
    {
      athr_invoke_type_init_enum (self, (GIEnumInfo *) info);
      return NULL;
    }

  if (self->gtype == G_TYPE_CLOSURE)
    return "functions of other languages cannot run on a worker";
  if (self->gtype == G_TYPE_NONE)
    return "it has no GType";
  if (self->gtype == G_TYPE_VALUE)
    self->kind = ATHR_INVOKE_KIND_VALUE;
  else if (fundamental != G_TYPE_BOXED && fundamental != G_TYPE_VARIANT &&
           fundamental != G_TYPE_INTERFACE && !G_TYPE_IS_INSTANTIATABLE (fundamental))
    return "such types cannot be passed on";

  if (GI_IS_STRUCT_INFO (info))
    self->size = gi_struct_info_get_size ((GIStructInfo *) info);
  else if (GI_IS_UNION_INFO (info))
    self->size = gi_union_info_get_size ((GIUnionInfo *) info);

  return NULL;
}

static const char *
athr_invoke_type_init_interface (AthrInvokeType *self,
                                 GITypeInfo     *info)
{
  g_autoptr (GIBaseInfo) other = (GIBaseInfo *) gi_type_info_get_interface (info);

  self->interface_type = athr_invoke_info_get_type (other);
  if (GI_IS_ENUM_INFO (other) || GI_IS_STRUCT_INFO (other) || GI_IS_UNION_INFO (other) ||
      GI_IS_OBJECT_INFO (other) || GI_IS_INTERFACE_INFO (other))
    return athr_invoke_type_init_registered (self, other);
  if (GI_IS_CALLABLE_INFO (other))
    {
      self->is_pointer = TRUE;
      return "functions of other languages cannot run on a worker";
    }

  return "such types cannot be passed on";
}

/* Lists of strings or of instances, and arrays of instances */
static const char *
athr_invoke_type_init_list (AthrInvokeType *self,
                            GITypeInfo     *info)
{
  g_autoptr (GIBaseInfo) element = (GIBaseInfo *) gi_type_info_get_param_type (info, 0);
  const char *reason;

  self->kind = ATHR_INVOKE_KIND_LIST;
  self->element = g_new0 (AthrInvokeType, 1);
  reason = athr_invoke_type_init (self->element, (GITypeInfo *) element);
  /* Only a C array can hold something by value, and only structs. */
  self->element->is_pointer |= self->own_tag != GI_TYPE_TAG_ARRAY || self->array_type == GI_ARRAY_TYPE_PTR_ARRAY ||
                               !G_TYPE_IS_BOXED (self->element->gtype);
  if (reason == NULL && (athr_invoke_type_is_text (self->element) ||
                         (self->element->kind == ATHR_INVOKE_KIND_INSTANCE && self->element->is_pointer)))
    return NULL;

  return self->own_tag == GI_TYPE_TAG_ARRAY ? "arrays are of numbers, strings and objects only"
                                        : "lists are of strings and objects only";
}

static const char *
athr_invoke_type_init_table (AthrInvokeType *self,
                             GITypeInfo     *info)
{
  g_autoptr (GIBaseInfo) key = (GIBaseInfo *) gi_type_info_get_param_type (info, 0);
  g_autoptr (GIBaseInfo) content = (GIBaseInfo *) gi_type_info_get_param_type (info, 1);

  self->kind = ATHR_INVOKE_KIND_TABLE;
  self->element = g_new0 (AthrInvokeType, 1);
  self->content = g_new0 (AthrInvokeType, 1);
  if (athr_invoke_type_init (self->element, (GITypeInfo *) key) == NULL &&
      athr_invoke_type_is_text (self->element) &&
      athr_invoke_type_init (self->content, (GITypeInfo *) content) == NULL &&
      athr_invoke_type_is_text (self->content))
    return NULL;

  return "hash tables are of strings only";
}

static const char *
athr_invoke_type_init_array (AthrInvokeType *self,
                             GITypeInfo     *info)
{
  g_autoptr (GIBaseInfo) element = (GIBaseInfo *) gi_type_info_get_param_type (info, 0);

  self->array_type = gi_type_info_get_array_type (info);
  self->is_zero_terminated = gi_type_info_is_zero_terminated (info);
  self->has_length = gi_type_info_get_array_length_index (info, &self->length);
  self->is_fixed = gi_type_info_get_array_fixed_size (info, &self->fixed_size);
  self->tag = gi_type_info_get_tag ((GITypeInfo *) element);

  if (self->array_type == GI_ARRAY_TYPE_C && !self->is_zero_terminated && !self->has_length && !self->is_fixed)
    return "nothing says how long it is";

  switch (self->tag)
    {
    case GI_TYPE_TAG_UTF8:
    case GI_TYPE_TAG_FILENAME:
      if (self->array_type == GI_ARRAY_TYPE_PTR_ARRAY)
        return athr_invoke_type_init_list (self, info);
      self->kind = ATHR_INVOKE_KIND_STRINGS;
      return self->array_type == GI_ARRAY_TYPE_C ? NULL : "such arrays cannot be passed on";
    case GI_TYPE_TAG_BOOLEAN:
    case GI_TYPE_TAG_GTYPE:
    case GI_TYPE_TAG_INT8:
    case GI_TYPE_TAG_UINT8:
    case GI_TYPE_TAG_INT16:
    case GI_TYPE_TAG_UINT16:
    case GI_TYPE_TAG_INT32:
    case GI_TYPE_TAG_UINT32:
    case GI_TYPE_TAG_INT64:
    case GI_TYPE_TAG_UINT64:
    case GI_TYPE_TAG_FLOAT:
    case GI_TYPE_TAG_DOUBLE:
      self->kind = self->tag == GI_TYPE_TAG_UINT8 ? ATHR_INVOKE_KIND_BYTES : ATHR_INVOKE_KIND_NUMBERS;
      if (gi_type_info_is_pointer ((GITypeInfo *) element))
        return "nothing says what it points to";
      return self->array_type != GI_ARRAY_TYPE_PTR_ARRAY ? NULL : "such arrays cannot be passed on";
    default:
      if (self->array_type == GI_ARRAY_TYPE_C || self->array_type == GI_ARRAY_TYPE_PTR_ARRAY)
        return athr_invoke_type_init_list (self, info);
      return "such arrays cannot be passed on";
    }
}

static const char *
athr_invoke_type_init_plain (AthrInvokeType *self)
{
  switch (self->tag)
    {
    case GI_TYPE_TAG_VOID:
      self->kind = ATHR_INVOKE_KIND_NOTHING;
      return self->is_pointer ? "nothing says what it points to" : NULL;
    case GI_TYPE_TAG_BOOLEAN:
      self->kind = ATHR_INVOKE_KIND_BOOLEAN;
      break;
    case GI_TYPE_TAG_GTYPE:
      self->kind = ATHR_INVOKE_KIND_GTYPE;
      break;
    case GI_TYPE_TAG_UNICHAR:
      self->kind = ATHR_INVOKE_KIND_UNICHAR;
      break;
    case GI_TYPE_TAG_UTF8:
      self->kind = ATHR_INVOKE_KIND_UTF8;
      return NULL;
    case GI_TYPE_TAG_FILENAME:
      self->kind = ATHR_INVOKE_KIND_FILENAME;
      return NULL;
    default:
      self->kind = ATHR_INVOKE_KIND_NUMBER;
      break;
    }

  return self->is_pointer ? "nothing says what it points to" : NULL;
}

const char *
athr_invoke_type_init (AthrInvokeType *self,
                       GITypeInfo     *info)
{
  self->name = athr_invoke_type_info_to_string (info);
  self->own_tag = self->tag = gi_type_info_get_tag (info);
  self->is_pointer = gi_type_info_is_pointer (info);

  switch (self->tag)
    {
    case GI_TYPE_TAG_ARRAY:
      return athr_invoke_type_init_array (self, info);
    case GI_TYPE_TAG_INTERFACE:
      return athr_invoke_type_init_interface (self, info);
    case GI_TYPE_TAG_ERROR:
      self->kind = ATHR_INVOKE_KIND_INSTANCE;
      self->gtype = G_TYPE_ERROR;
      return NULL;
    case GI_TYPE_TAG_GLIST:
    case GI_TYPE_TAG_GSLIST:
      return athr_invoke_type_init_list (self, info);
    case GI_TYPE_TAG_GHASH:
      return athr_invoke_type_init_table (self, info);
    default:
      return athr_invoke_type_init_plain (self);
    }
}

const char *
athr_invoke_type_init_instance (AthrInvokeType *self,
                                GIBaseInfo     *info)
{
  self->name = athr_invoke_interface_to_string (info);
  self->own_tag = self->tag = GI_TYPE_TAG_INTERFACE;
  self->is_pointer = TRUE;

  return athr_invoke_type_init_registered (self, info);
}

void
athr_invoke_type_clear (AthrInvokeType *self)
{
  g_clear_pointer (&self->name, g_free);
  g_clear_pointer (&self->enum_values, g_array_unref);
  if (self->element != NULL)
    athr_invoke_type_clear (self->element);
  g_clear_pointer (&self->element, g_free);
  if (self->content != NULL)
    athr_invoke_type_clear (self->content);
  g_clear_pointer (&self->content, g_free);
}
