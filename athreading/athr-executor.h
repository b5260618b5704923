/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#if !defined (ATHREADING_INSIDE) && !defined (ATHREADING_COMPILATION)
# error "Only <athreading/athreading.h> can be included directly."
#endif

#include <athreading/athr-types.h>

G_BEGIN_DECLS

#define ATHR_TYPE_EXECUTOR (athr_executor_get_type ())

ATHR_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (AthrExecutor, athr_executor, ATHR, EXECUTOR, GObject)

ATHR_AVAILABLE_IN_1_0
AthrExecutor *athr_executor_new             (const char          *name,
                                             guint                max_threads);
ATHR_AVAILABLE_IN_1_0
AthrExecutor *athr_executor_get_default     (void);

ATHR_AVAILABLE_IN_1_0
const char   *athr_executor_get_name        (AthrExecutor        *self);
ATHR_AVAILABLE_IN_1_0
guint         athr_executor_get_max_threads (AthrExecutor        *self);
ATHR_AVAILABLE_IN_1_0
void          athr_executor_set_max_threads (AthrExecutor        *self,
                                             guint                max_threads);
ATHR_AVAILABLE_IN_1_0
guint         athr_executor_get_max_blocked (AthrExecutor        *self);
ATHR_AVAILABLE_IN_1_0
void          athr_executor_set_max_blocked (AthrExecutor        *self,
                                             guint                max_blocked);
ATHR_AVAILABLE_IN_1_0
gboolean      athr_executor_get_paused      (AthrExecutor        *self);
ATHR_AVAILABLE_IN_1_0
void          athr_executor_set_paused      (AthrExecutor        *self,
                                             gboolean             paused);
ATHR_AVAILABLE_IN_1_0
guint         athr_executor_get_n_running   (AthrExecutor        *self);
ATHR_AVAILABLE_IN_1_0
guint         athr_executor_get_n_queued    (AthrExecutor        *self);

ATHR_AVAILABLE_IN_1_0
void          athr_executor_run_task        (AthrExecutor        *self,
                                             GTask               *task,
                                             GTaskThreadFunc      func);

ATHR_AVAILABLE_IN_1_0
void          athr_executor_close_async     (AthrExecutor        *self,
                                             gboolean             cancel_queued,
                                             GCancellable        *cancellable,
                                             GAsyncReadyCallback  callback,
                                             gpointer             user_data);
ATHR_AVAILABLE_IN_1_0
gboolean      athr_executor_close_finish    (AthrExecutor        *self,
                                             GAsyncResult        *result,
                                             GError             **error);
ATHR_AVAILABLE_IN_1_0
void          athr_executor_close_with_flags_async  (AthrExecutor         *self,
                                                     AthrCloseFlags        flags,
                                                     GCancellable         *cancellable,
                                                     GAsyncReadyCallback   callback,
                                                     gpointer              user_data);
ATHR_AVAILABLE_IN_1_0
gboolean      athr_executor_close_with_flags_finish (AthrExecutor         *self,
                                                     GAsyncResult         *result,
                                                     GError              **error);

G_END_DECLS
