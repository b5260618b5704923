/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#if !defined (ATHREADING_INSIDE) && !defined (ATHREADING_COMPILATION)
# error "Only <athreading/athreading.h> can be included directly."
#endif

#include <athreading/athr-executor.h>
#include <athreading/athr-types.h>

G_BEGIN_DECLS

#define ATHR_TYPE_STREAM (athr_stream_get_type ())

ATHR_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (AthrStream, athr_stream, ATHR, STREAM, GObject)

ATHR_AVAILABLE_IN_1_0
AthrStream      *athr_stream_new                   (AthrStreamFunc        func,
                                                    gpointer              user_data,
                                                    GDestroyNotify        destroy);
ATHR_AVAILABLE_IN_1_0
AthrStream      *athr_stream_new_steps             (AthrStreamFunc        step,
                                                    gpointer              user_data,
                                                    GDestroyNotify        destroy);

ATHR_AVAILABLE_IN_1_0
AthrStream      *athr_stream_new_for_enumerator    (GFileEnumerator      *enumerator);
ATHR_AVAILABLE_IN_1_0
AthrStream      *athr_stream_new_for_lines         (GInputStream         *stream);
ATHR_AVAILABLE_IN_1_0
AthrStream      *athr_stream_new_for_directory     (GFile                *root,
                                                    const char           *attributes,
                                                    GFileQueryInfoFlags   flags);
ATHR_AVAILABLE_IN_1_0
AthrStream      *athr_stream_new_for_values        (const GValue         *values,
                                                    gsize                 n_values);
ATHR_AVAILABLE_IN_1_0
AthrStream      *athr_stream_new_for_list_model    (GListModel           *items);

ATHR_AVAILABLE_IN_1_0
AthrStream      *athr_stream_new_map               (AthrStream           *source,
                                                    guint                 max_running,
                                                    AthrMapFlags          flags,
                                                    AthrMapFunc           func,
                                                    gpointer              user_data,
                                                    GDestroyNotify        destroy);

ATHR_AVAILABLE_IN_1_0
AthrExecutor    *athr_stream_get_executor          (AthrStream           *self);
ATHR_AVAILABLE_IN_1_0
void             athr_stream_set_executor          (AthrStream           *self,
                                                    AthrExecutor         *executor);
ATHR_AVAILABLE_IN_1_0
const char      *athr_stream_get_name              (AthrStream           *self);
ATHR_AVAILABLE_IN_1_0
void             athr_stream_set_name              (AthrStream           *self,
                                                    const char           *name);
ATHR_AVAILABLE_IN_1_0
guint            athr_stream_get_buffer_size       (AthrStream           *self);
ATHR_AVAILABLE_IN_1_0
void             athr_stream_set_buffer_size       (AthrStream           *self,
                                                    guint                 buffer_size);
ATHR_AVAILABLE_IN_1_0
AthrOverflow     athr_stream_get_overflow          (AthrStream           *self);
ATHR_AVAILABLE_IN_1_0
void             athr_stream_set_overflow          (AthrStream           *self,
                                                    AthrOverflow          overflow);
ATHR_AVAILABLE_IN_1_0
int              athr_stream_get_priority          (AthrStream           *self);
ATHR_AVAILABLE_IN_1_0
void             athr_stream_set_priority          (AthrStream           *self,
                                                    int                   priority);
ATHR_AVAILABLE_IN_1_0
int              athr_stream_get_delivery_priority (AthrStream           *self);
ATHR_AVAILABLE_IN_1_0
void             athr_stream_set_delivery_priority (AthrStream           *self,
                                                    int                   priority);
ATHR_AVAILABLE_IN_1_0
AthrStreamState  athr_stream_get_state             (AthrStream           *self);
ATHR_AVAILABLE_IN_1_0
const GError    *athr_stream_get_error             (AthrStream           *self);
ATHR_AVAILABLE_IN_1_0
gboolean         athr_stream_get_flowing           (AthrStream           *self);
ATHR_AVAILABLE_IN_1_0
void             athr_stream_set_flowing           (AthrStream           *self,
                                                    gboolean              flowing);
ATHR_AVAILABLE_IN_1_0
guint            athr_stream_get_n_buffered        (AthrStream           *self);
ATHR_AVAILABLE_IN_1_0
guint            athr_stream_get_n_dropped         (AthrStream           *self);
ATHR_AVAILABLE_IN_1_0
double           athr_stream_get_progress          (AthrStream           *self);
ATHR_AVAILABLE_IN_1_0
const char      *athr_stream_get_progress_text     (AthrStream           *self);

ATHR_AVAILABLE_IN_1_0
void             athr_stream_set_cleanup           (AthrStream           *self,
                                                    AthrStreamFunc        func,
                                                    gpointer              user_data,
                                                    GDestroyNotify        destroy);
ATHR_AVAILABLE_IN_1_0
void             athr_stream_bind                  (AthrStream           *self,
                                                    GObject              *owner);
ATHR_AVAILABLE_IN_1_0
void             athr_stream_start                 (AthrStream           *self);
ATHR_AVAILABLE_IN_1_0
void             athr_stream_next_async            (AthrStream           *self,
                                                    GCancellable         *cancellable,
                                                    GAsyncReadyCallback   callback,
                                                    gpointer              user_data);
ATHR_AVAILABLE_IN_1_0
GValue          *athr_stream_next_finish           (AthrStream           *self,
                                                    GAsyncResult         *result,
                                                    GError              **error);
ATHR_AVAILABLE_IN_1_0
gboolean         athr_stream_next_finish_into      (AthrStream           *self,
                                                    GAsyncResult         *result,
                                                    GValue               *value,
                                                    GError              **error);
ATHR_AVAILABLE_IN_1_0
void             athr_stream_next_batch_async      (AthrStream           *self,
                                                    guint                 max_values,
                                                    GCancellable         *cancellable,
                                                    GAsyncReadyCallback   callback,
                                                    gpointer              user_data);
ATHR_AVAILABLE_IN_1_0
GArray          *athr_stream_next_batch_finish     (AthrStream           *self,
                                                    GAsyncResult         *result,
                                                    GError              **error);
ATHR_AVAILABLE_IN_1_0
GValue          *athr_stream_next_batch_finish_values (AthrStream        *self,
                                                    GAsyncResult         *result,
                                                    gsize                *n_values,
                                                    GError              **error);
ATHR_AVAILABLE_IN_1_0
gboolean         athr_stream_next_batch_finish_into (AthrStream          *self,
                                                    GAsyncResult         *result,
                                                    GValue               *values,
                                                    GError              **error);
ATHR_AVAILABLE_IN_1_0
gboolean         athr_stream_next                  (AthrStream           *self,
                                                    GCancellable         *cancellable,
                                                    GValue               *value,
                                                    GError              **error);
ATHR_AVAILABLE_IN_1_0
GArray          *athr_stream_next_batch            (AthrStream           *self,
                                                    guint                 max_values,
                                                    GCancellable         *cancellable,
                                                    GError              **error);
ATHR_AVAILABLE_IN_1_0
GValue          *athr_stream_next_batch_values     (AthrStream           *self,
                                                    guint                 max_values,
                                                    GCancellable         *cancellable,
                                                    gsize                *n_values,
                                                    GError              **error);
ATHR_AVAILABLE_IN_1_0
gboolean         athr_stream_next_batch_into       (AthrStream           *self,
                                                    guint                 max_values,
                                                    GCancellable         *cancellable,
                                                    GValue               *values,
                                                    GError              **error);
ATHR_AVAILABLE_IN_1_0
gboolean         athr_stream_try_next              (AthrStream           *self,
                                                    GValue               *value);
ATHR_AVAILABLE_IN_1_0
gboolean         athr_stream_is_done               (AthrStream           *self);
ATHR_AVAILABLE_IN_1_0
void             athr_stream_send                  (AthrStream           *self,
                                                    const GValue         *value);
ATHR_AVAILABLE_IN_1_0
void             athr_stream_throw                 (AthrStream           *self,
                                                    const GError         *error);
ATHR_AVAILABLE_IN_1_0
void             athr_stream_throw_literal         (AthrStream           *self,
                                                    GQuark                domain,
                                                    int                   code,
                                                    const char           *message);
ATHR_AVAILABLE_IN_1_0
void             athr_stream_close_async           (AthrStream           *self,
                                                    GCancellable         *cancellable,
                                                    GAsyncReadyCallback   callback,
                                                    gpointer              user_data);
ATHR_AVAILABLE_IN_1_0
gboolean         athr_stream_close_finish          (AthrStream           *self,
                                                    GAsyncResult         *result,
                                                    GError              **error);

G_END_DECLS
