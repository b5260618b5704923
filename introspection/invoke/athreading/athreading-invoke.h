/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <athreading/athreading.h>

G_BEGIN_DECLS

#define ATHR_INVOKE_TYPE_VALUES (athr_invoke_values_get_type ())

typedef struct _AthrInvokeValues AthrInvokeValues;

ATHR_AVAILABLE_IN_1_0
AthrCall         *athr_invoke_call_new             (const char        *name,
                                                    const GValue      *args,
                                                    gsize              n_args,
                                                    GError           **error);
ATHR_AVAILABLE_IN_1_0
gboolean          athr_invoke_check                (const char        *name,
                                                    const GValue      *args,
                                                    gsize              n_args,
                                                    GError           **error);
ATHR_AVAILABLE_IN_1_0
AthrStream       *athr_invoke_map                  (const char        *name,
                                                    AthrStream        *items,
                                                    guint              max_running,
                                                    AthrMapFlags       flags,
                                                    GError           **error);
ATHR_AVAILABLE_IN_1_0
AthrStream       *athr_invoke_map_settled          (const char        *name,
                                                    AthrStream        *items,
                                                    guint              max_running,
                                                    AthrMapFlags       flags,
                                                    GError           **error);
ATHR_AVAILABLE_IN_1_0
AthrStream       *athr_invoke_items_new            (AthrAskFunc        func,
                                                    gpointer           user_data,
                                                    GDestroyNotify     destroy);
ATHR_AVAILABLE_IN_1_0
gboolean          athr_invoke_takes_file_name      (const char        *name,
                                                    guint              index);
ATHR_AVAILABLE_IN_1_0
gboolean          athr_invoke_gives_file_name      (const char        *name,
                                                    guint              index);
ATHR_AVAILABLE_IN_1_0
const char       *athr_invoke_get_result_name      (const char        *name,
                                                    guint              index);

ATHR_AVAILABLE_IN_1_0
GType             athr_invoke_values_get_type      (void);
ATHR_AVAILABLE_IN_1_0
AthrInvokeValues *athr_invoke_values_new           (const GValue      *values,
                                                    gsize              n_values);
ATHR_AVAILABLE_IN_1_0
AthrInvokeValues *athr_invoke_values_ref           (AthrInvokeValues  *self);
ATHR_AVAILABLE_IN_1_0
void              athr_invoke_values_unref         (AthrInvokeValues  *self);
ATHR_AVAILABLE_IN_1_0
gboolean          athr_invoke_values_is_array      (AthrInvokeValues  *self);
ATHR_AVAILABLE_IN_1_0
gboolean          athr_invoke_values_is_table      (AthrInvokeValues  *self);
ATHR_AVAILABLE_IN_1_0
guint             athr_invoke_values_get_length    (AthrInvokeValues  *self);
ATHR_AVAILABLE_IN_1_0
const GValue     *athr_invoke_values_get           (AthrInvokeValues  *self,
                                                    guint              index);
ATHR_AVAILABLE_IN_1_0
GArray           *athr_invoke_values_to_array      (AthrInvokeValues  *self);
ATHR_AVAILABLE_IN_1_0
void              athr_invoke_values_to_array_into (AthrInvokeValues  *self,
                                                    GValue            *value);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AthrInvokeValues, athr_invoke_values_unref)

G_END_DECLS
