/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#if !defined (ATHREADING_INSIDE) && !defined (ATHREADING_COMPILATION)
# error "Only <athreading/athreading.h> can be included directly."
#endif

#include <athreading/athr-question.h>
#include <athreading/athr-types.h>

G_BEGIN_DECLS

#define ATHR_TYPE_YIELDER (athr_yielder_get_type ())

ATHR_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (AthrYielder, athr_yielder, ATHR, YIELDER, GObject)

ATHR_AVAILABLE_IN_1_0
gboolean      athr_yielder_yield_value     (AthrYielder   *self,
                                            const GValue  *value,
                                            GError       **error);
ATHR_AVAILABLE_IN_1_0
gboolean      athr_yielder_yield           (AthrYielder   *self,
                                            GError       **error,
                                            GType          type,
                                            ...);
ATHR_AVAILABLE_IN_1_0
gboolean      athr_yielder_take_value      (AthrYielder   *self,
                                            GValue        *value,
                                            GError       **error);
ATHR_AVAILABLE_IN_1_0
gboolean      athr_yielder_exchange_value  (AthrYielder   *self,
                                            const GValue  *value,
                                            GValue        *sent,
                                            GError       **error);
ATHR_AVAILABLE_IN_1_0
gboolean      athr_yielder_receive         (AthrYielder   *self,
                                            GValue        *sent,
                                            GError       **error);
ATHR_AVAILABLE_IN_1_0
void          athr_yielder_end             (AthrYielder   *self);
ATHR_AVAILABLE_IN_1_0
GCancellable *athr_yielder_get_cancellable (AthrYielder   *self);
ATHR_AVAILABLE_IN_1_0
gboolean      athr_yielder_is_closed       (AthrYielder   *self);
ATHR_AVAILABLE_IN_1_0
void          athr_yielder_report_progress (AthrYielder   *self,
                                            double         fraction,
                                            const char    *text);
ATHR_AVAILABLE_IN_1_0
void          athr_yielder_report_problem  (AthrYielder   *self,
                                            GFile         *file,
                                            const char    *message);
ATHR_AVAILABLE_IN_1_0
gboolean      athr_yielder_ask             (AthrYielder   *self,
                                            AthrAskFunc    func,
                                            gpointer       user_data,
                                            GDestroyNotify destroy,
                                            GValue        *answer,
                                            GError       **error);
ATHR_AVAILABLE_IN_1_0
void          athr_yielder_post            (AthrYielder   *self,
                                            AthrPostFunc   func,
                                            gpointer       user_data,
                                            GDestroyNotify destroy);

G_END_DECLS
