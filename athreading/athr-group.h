/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#if !defined (ATHREADING_INSIDE) && !defined (ATHREADING_COMPILATION)
# error "Only <athreading/athreading.h> can be included directly."
#endif

#include <athreading/athr-call.h>
#include <athreading/athr-stream.h>

G_BEGIN_DECLS

#define ATHR_TYPE_GROUP (athr_group_get_type ())

ATHR_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (AthrGroup, athr_group, ATHR, GROUP, GObject)

ATHR_AVAILABLE_IN_1_0
AthrGroup       *athr_group_new             (AthrGroupPolicy       policy);

ATHR_AVAILABLE_IN_1_0
AthrGroupPolicy  athr_group_get_policy      (AthrGroup            *self);
ATHR_AVAILABLE_IN_1_0
const char      *athr_group_get_name        (AthrGroup            *self);
ATHR_AVAILABLE_IN_1_0
void             athr_group_set_name        (AthrGroup            *self,
                                             const char           *name);
ATHR_AVAILABLE_IN_1_0
guint            athr_group_get_max_running (AthrGroup            *self);
ATHR_AVAILABLE_IN_1_0
void             athr_group_set_max_running (AthrGroup            *self,
                                             guint                 max_running);
ATHR_AVAILABLE_IN_1_0
guint            athr_group_get_timeout     (AthrGroup            *self);
ATHR_AVAILABLE_IN_1_0
void             athr_group_set_timeout     (AthrGroup            *self,
                                             guint                 timeout);
ATHR_AVAILABLE_IN_1_0
guint            athr_group_get_n_calls     (AthrGroup            *self);
ATHR_AVAILABLE_IN_1_0
guint            athr_group_get_n_done      (AthrGroup            *self);
ATHR_AVAILABLE_IN_1_0
guint            athr_group_get_n_failed    (AthrGroup            *self);
ATHR_AVAILABLE_IN_1_0
double           athr_group_get_progress    (AthrGroup            *self);

ATHR_AVAILABLE_IN_1_0
gboolean         athr_group_add             (AthrGroup            *self,
                                             AthrCall             *call,
                                             GError              **error);
ATHR_AVAILABLE_IN_1_0
AthrStream      *athr_group_get_results     (AthrGroup            *self);
ATHR_AVAILABLE_IN_1_0
void             athr_group_wait_async      (AthrGroup            *self,
                                             GCancellable         *cancellable,
                                             GAsyncReadyCallback   callback,
                                             gpointer              user_data);
ATHR_AVAILABLE_IN_1_0
gboolean         athr_group_wait_finish     (AthrGroup            *self,
                                             GAsyncResult         *result,
                                             GError              **error);
ATHR_AVAILABLE_IN_1_0
void             athr_group_close_async     (AthrGroup            *self,
                                             GCancellable         *cancellable,
                                             GAsyncReadyCallback   callback,
                                             gpointer              user_data);
ATHR_AVAILABLE_IN_1_0
gboolean         athr_group_close_finish    (AthrGroup            *self,
                                             GAsyncResult         *result,
                                             GError              **error);

G_END_DECLS
