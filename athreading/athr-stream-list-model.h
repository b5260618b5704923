/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#if !defined (ATHREADING_INSIDE) && !defined (ATHREADING_COMPILATION)
# error "Only <athreading/athreading.h> can be included directly."
#endif

#include <athreading/athr-stream.h>

G_BEGIN_DECLS

#define ATHR_TYPE_STREAM_LIST_MODEL (athr_stream_list_model_get_type ())

ATHR_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (AthrStreamListModel, athr_stream_list_model, ATHR, STREAM_LIST_MODEL, GObject)

ATHR_AVAILABLE_IN_1_0
AthrStreamListModel *athr_stream_list_model_new           (AthrStream          *stream,
                                                           GType                item_type);

ATHR_AVAILABLE_IN_1_0
AthrStream          *athr_stream_list_model_get_stream    (AthrStreamListModel *self);
ATHR_AVAILABLE_IN_1_0
void                 athr_stream_list_model_set_stream    (AthrStreamListModel *self,
                                                           AthrStream          *stream);
ATHR_AVAILABLE_IN_1_0
GType                athr_stream_list_model_get_item_type (AthrStreamListModel *self);
ATHR_AVAILABLE_IN_1_0
guint                athr_stream_list_model_get_n_items   (AthrStreamListModel *self);
ATHR_AVAILABLE_IN_1_0
gboolean             athr_stream_list_model_get_loading   (AthrStreamListModel *self);
ATHR_AVAILABLE_IN_1_0
const GError        *athr_stream_list_model_get_error     (AthrStreamListModel *self);

G_END_DECLS
