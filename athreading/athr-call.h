/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#if !defined (ATHREADING_INSIDE) && !defined (ATHREADING_COMPILATION)
# error "Only <athreading/athreading.h> can be included directly."
#endif

#include <athreading/athr-executor.h>
#include <athreading/athr-question.h>
#include <athreading/athr-types.h>

G_BEGIN_DECLS

#define ATHR_TYPE_CALL (athr_call_get_type ())

ATHR_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (AthrCall, athr_call, ATHR, CALL, GObject)

ATHR_AVAILABLE_IN_1_0
AthrCall      *athr_call_new                   (AthrCallFunc          func,
                                                gpointer              user_data,
                                                GDestroyNotify        destroy);

ATHR_AVAILABLE_IN_1_0
AthrExecutor  *athr_call_get_executor          (AthrCall             *self);
ATHR_AVAILABLE_IN_1_0
void           athr_call_set_executor          (AthrCall             *self,
                                                AthrExecutor         *executor);
ATHR_AVAILABLE_IN_1_0
const char    *athr_call_get_name              (AthrCall             *self);
ATHR_AVAILABLE_IN_1_0
void           athr_call_set_name              (AthrCall             *self,
                                                const char           *name);
ATHR_AVAILABLE_IN_1_0
int            athr_call_get_priority          (AthrCall             *self);
ATHR_AVAILABLE_IN_1_0
void           athr_call_set_priority          (AthrCall             *self,
                                                int                   priority);
ATHR_AVAILABLE_IN_1_0
int            athr_call_get_delivery_priority (AthrCall             *self);
ATHR_AVAILABLE_IN_1_0
void           athr_call_set_delivery_priority (AthrCall             *self,
                                                int                   priority);
ATHR_AVAILABLE_IN_1_0
guint          athr_call_get_timeout           (AthrCall             *self);
ATHR_AVAILABLE_IN_1_0
void           athr_call_set_timeout           (AthrCall             *self,
                                                guint                 timeout);
ATHR_AVAILABLE_IN_1_0
guint          athr_call_get_run_timeout       (AthrCall             *self);
ATHR_AVAILABLE_IN_1_0
void           athr_call_set_run_timeout       (AthrCall             *self,
                                                guint                 timeout);
ATHR_AVAILABLE_IN_1_0
gboolean       athr_call_get_return_on_cancel  (AthrCall             *self);
ATHR_AVAILABLE_IN_1_0
void           athr_call_set_return_on_cancel  (AthrCall             *self,
                                                gboolean              return_on_cancel);
ATHR_AVAILABLE_IN_1_0
AthrCallState  athr_call_get_state             (AthrCall             *self);
ATHR_AVAILABLE_IN_1_0
double         athr_call_get_progress          (AthrCall             *self);
ATHR_AVAILABLE_IN_1_0
const char    *athr_call_get_progress_text     (AthrCall             *self);
ATHR_AVAILABLE_IN_1_0
const GError  *athr_call_get_error             (AthrCall             *self);

ATHR_AVAILABLE_IN_1_0
void           athr_call_run_async             (AthrCall             *self,
                                                GCancellable         *cancellable,
                                                GAsyncReadyCallback   callback,
                                                gpointer              user_data);
ATHR_AVAILABLE_IN_1_0
GValue        *athr_call_run_finish            (AthrCall             *self,
                                                GAsyncResult         *result,
                                                GError              **error);
ATHR_AVAILABLE_IN_1_0
gboolean       athr_call_run_finish_into       (AthrCall             *self,
                                                GAsyncResult         *result,
                                                GValue               *value,
                                                GError              **error);
ATHR_AVAILABLE_IN_1_0
gboolean       athr_call_run                   (AthrCall             *self,
                                                GCancellable         *cancellable,
                                                GValue               *value,
                                                GError              **error);
ATHR_AVAILABLE_IN_1_0
void           athr_call_start                 (AthrCall             *self);
ATHR_AVAILABLE_IN_1_0
void           athr_call_cancel                (AthrCall             *self);

ATHR_AVAILABLE_IN_1_0
void           athr_call_bind                  (AthrCall             *self,
                                                GObject              *owner);

ATHR_AVAILABLE_IN_1_0
void           athr_call_return_value          (AthrCall             *self,
                                                const GValue         *value);
ATHR_AVAILABLE_IN_1_0
void           athr_call_return                (AthrCall             *self,
                                                GType                 type,
                                                ...);
ATHR_AVAILABLE_IN_1_0
void           athr_call_take_value            (AthrCall             *self,
                                                GValue               *value);
ATHR_AVAILABLE_IN_1_0
void           athr_call_return_pointer        (AthrCall             *self,
                                                gpointer              pointer,
                                                GDestroyNotify        destroy);
ATHR_AVAILABLE_IN_1_0
gpointer       athr_call_steal_pointer         (AthrCall             *self);
ATHR_AVAILABLE_IN_1_0
GCancellable  *athr_call_get_cancellable       (AthrCall             *self);
ATHR_AVAILABLE_IN_1_0
void           athr_call_report_progress       (AthrCall             *self,
                                                double                fraction,
                                                const char           *text);
ATHR_AVAILABLE_IN_1_0
gboolean       athr_call_ask                   (AthrCall             *self,
                                                AthrAskFunc           func,
                                                gpointer              user_data,
                                                GDestroyNotify        destroy,
                                                GValue               *answer,
                                                GError              **error);
ATHR_AVAILABLE_IN_1_0
void           athr_call_post                  (AthrCall             *self,
                                                AthrPostFunc          func,
                                                gpointer              user_data,
                                                GDestroyNotify        destroy);

G_END_DECLS
