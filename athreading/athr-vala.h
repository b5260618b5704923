/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#if !defined (ATHREADING_INSIDE) && !defined (ATHREADING_COMPILATION)
# error "Only <athreading/athreading.h> can be included directly."
#endif

#include <athreading/athr-stream.h>
#include <athreading/athr-yielder.h>

G_BEGIN_DECLS

/* The Vala API calls these functions. They are not for C. */

ATHR_AVAILABLE_IN_1_0
GValue *athr_vala_stream_next_finish     (AthrStream    *stream,
                                          GAsyncResult  *result,
                                          GError       **error);
ATHR_AVAILABLE_IN_1_0
GValue *athr_vala_stream_next            (AthrStream    *stream,
                                          GCancellable  *cancellable,
                                          GError       **error);
ATHR_AVAILABLE_IN_1_0
GValue *athr_vala_yielder_exchange_value (AthrYielder   *yielder,
                                          const GValue  *value,
                                          GError       **error);
ATHR_AVAILABLE_IN_1_0
GValue *athr_vala_yielder_receive        (AthrYielder   *yielder,
                                          GError       **error);

G_END_DECLS
