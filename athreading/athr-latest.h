/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#if !defined (ATHREADING_INSIDE) && !defined (ATHREADING_COMPILATION)
# error "Only <athreading/athreading.h> can be included directly."
#endif

#include <athreading/athr-call.h>

G_BEGIN_DECLS

#define ATHR_TYPE_LATEST (athr_latest_get_type ())

ATHR_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (AthrLatest, athr_latest, ATHR, LATEST, GObject)

ATHR_AVAILABLE_IN_1_0
AthrLatest *athr_latest_new             (guint                 debounce);

ATHR_AVAILABLE_IN_1_0
guint       athr_latest_get_debounce    (AthrLatest           *self);
ATHR_AVAILABLE_IN_1_0
void        athr_latest_set_debounce    (AthrLatest           *self,
                                         guint                 debounce);
ATHR_AVAILABLE_IN_1_0
guint       athr_latest_get_max_wait    (AthrLatest           *self);
ATHR_AVAILABLE_IN_1_0
void        athr_latest_set_max_wait    (AthrLatest           *self,
                                         guint                 max_wait);
ATHR_AVAILABLE_IN_1_0
gboolean    athr_latest_get_serial      (AthrLatest           *self);
ATHR_AVAILABLE_IN_1_0
void        athr_latest_set_serial      (AthrLatest           *self,
                                         gboolean              serial);
ATHR_AVAILABLE_IN_1_0
gboolean    athr_latest_get_busy        (AthrLatest           *self);

ATHR_AVAILABLE_IN_1_0
void        athr_latest_run_async       (AthrLatest           *self,
                                         AthrCall             *call,
                                         GCancellable         *cancellable,
                                         GAsyncReadyCallback   callback,
                                         gpointer              user_data);
ATHR_AVAILABLE_IN_1_0
GValue     *athr_latest_run_finish      (AthrLatest           *self,
                                         GAsyncResult         *result,
                                         GError              **error);
ATHR_AVAILABLE_IN_1_0
gboolean    athr_latest_run_finish_into (AthrLatest           *self,
                                         GAsyncResult         *result,
                                         GValue               *value,
                                         GError              **error);
ATHR_AVAILABLE_IN_1_0
void        athr_latest_cancel          (AthrLatest           *self);

G_END_DECLS
