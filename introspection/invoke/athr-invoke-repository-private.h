/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

/* The other files use the names of girepository-2.0. For gobject-introspection-1.0 this file defines those names.
 * In gobject-introspection-1.0 all infos have the type GIBaseInfo. */

#ifdef ATHR_INVOKE_GIREPOSITORY_2

#include <girepository/girepository.h>
#include <girepository/girffi.h>

typedef GType AthrInvokeInfoType;

#define ATHR_INVOKE_IS_FLAGS_INFO(info) GI_IS_FLAGS_INFO (info)

static inline AthrInvokeInfoType
athr_invoke_info_get_type (GIBaseInfo *info)
{
  return G_TYPE_FROM_INSTANCE (info);
}

/* Before 2.86 there is no default repository: each binding has its own, and AthrInvoke cannot reach those. */
static inline GIRepository *
athr_invoke_repository_dup (void)
{
#if GLIB_CHECK_VERSION (2, 86, 0)
  G_GNUC_BEGIN_IGNORE_DEPRECATIONS
  return gi_repository_dup_default ();
  G_GNUC_END_IGNORE_DEPRECATIONS
#else
  static GIRepository *repository;

  if (g_once_init_enter (&repository))
    g_once_init_leave (&repository, gi_repository_new ());

  return g_object_ref (repository);
#endif
}

#else

#include <girepository.h>
#include <girffi.h>

typedef GIInfoType AthrInvokeInfoType;

#define ATHR_INVOKE_IS_FLAGS_INFO(info) (g_base_info_get_type (info) == GI_INFO_TYPE_FLAGS)

#define GI_REPOSITORY_LOAD_FLAG_NONE 0

#define gi_arg_info_get_direction g_arg_info_get_direction
#define gi_arg_info_get_ownership_transfer g_arg_info_get_ownership_transfer
#define gi_arg_info_get_scope g_arg_info_get_scope
#define gi_arg_info_get_type_info g_arg_info_get_type
#define gi_arg_info_is_caller_allocates g_arg_info_is_caller_allocates
#define gi_arg_info_is_skip g_arg_info_is_skip
#define gi_arg_info_may_be_null g_arg_info_may_be_null
#define gi_base_info_get_container g_base_info_get_container
#define gi_base_info_get_name g_base_info_get_name
#define gi_base_info_get_namespace g_base_info_get_namespace
#define gi_base_info_ref g_base_info_ref
#define gi_base_info_unref g_base_info_unref
#define gi_callable_info_can_throw_gerror g_callable_info_can_throw_gerror
#define gi_callable_info_get_arg g_callable_info_get_arg
#define gi_callable_info_get_caller_owns g_callable_info_get_caller_owns
#define gi_callable_info_get_instance_ownership_transfer g_callable_info_get_instance_ownership_transfer
#define gi_callable_info_get_n_args g_callable_info_get_n_args
#define gi_callable_info_get_return_type g_callable_info_get_return_type
#define gi_callable_info_is_method g_callable_info_is_method
#define gi_callable_info_may_return_null g_callable_info_may_return_null
#define gi_callable_info_skip_return g_callable_info_skip_return
#define gi_enum_info_get_method g_enum_info_get_method
#define gi_enum_info_get_n_methods g_enum_info_get_n_methods
#define gi_enum_info_get_n_values g_enum_info_get_n_values
#define gi_enum_info_get_storage_type g_enum_info_get_storage_type
#define gi_enum_info_get_value g_enum_info_get_value
#define gi_function_invoker_clear g_function_invoker_destroy
#define gi_function_info_get_symbol g_function_info_get_symbol
#define gi_function_info_prep_invoker g_function_info_prep_invoker
#define gi_interface_info_find_method g_interface_info_find_method
#define gi_object_info_find_method g_object_info_find_method
#define gi_object_info_get_interface g_object_info_get_interface
#define gi_object_info_get_n_interfaces g_object_info_get_n_interfaces
#define gi_object_info_get_parent g_object_info_get_parent
#define gi_registered_type_info_get_g_type g_registered_type_info_get_g_type
#define gi_repository_find_by_name g_irepository_find_by_name
#define gi_repository_get_version g_irepository_get_version
#define gi_repository_is_registered g_irepository_is_registered
#define gi_repository_require g_irepository_require
#define gi_struct_info_find_method g_struct_info_find_method
#define gi_struct_info_get_size g_struct_info_get_size
#define gi_type_info_get_array_type g_type_info_get_array_type
#define gi_type_info_get_interface g_type_info_get_interface
#define gi_type_info_get_param_type g_type_info_get_param_type
#define gi_type_info_get_tag g_type_info_get_tag
#define gi_type_info_is_pointer g_type_info_is_pointer
#define gi_type_info_is_zero_terminated g_type_info_is_zero_terminated
#define gi_type_tag_to_string g_type_tag_to_string
#define gi_union_info_find_method g_union_info_find_method
#define gi_union_info_get_size g_union_info_get_size
#define gi_value_info_get_value g_value_info_get_value

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GIBaseInfo, g_base_info_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GIRepository, g_object_unref)

static inline AthrInvokeInfoType
athr_invoke_info_get_type (GIBaseInfo *info)
{
  return g_base_info_get_type (info);
}

static inline GIRepository *
athr_invoke_repository_dup (void)
{
  return g_object_ref (g_irepository_get_default ());
}

static inline gboolean
gi_arg_info_get_closure_index (GIArgInfo    *info,
                               unsigned int *index)
{
  int closure = g_arg_info_get_closure (info);

  *index = closure;

  return closure >= 0;
}

static inline gboolean
gi_arg_info_get_destroy_index (GIArgInfo    *info,
                               unsigned int *index)
{
  int destroy = g_arg_info_get_destroy (info);

  *index = destroy;

  return destroy >= 0;
}

static inline gboolean
gi_type_info_get_array_length_index (GITypeInfo   *info,
                                     unsigned int *index)
{
  int length = g_type_info_get_array_length (info);

  *index = length;

  return length >= 0;
}

static inline gboolean
gi_type_info_get_array_fixed_size (GITypeInfo *info,
                                   size_t     *size)
{
  int fixed_size = g_type_info_get_array_fixed_size (info);

  *size = fixed_size;

  return fixed_size >= 0;
}

#endif
