/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "athreading/athreading-invoke.h"

G_BEGIN_DECLS

/* Creates @length unset values. The caller sets them before it shares them with another thread. */
AthrInvokeValues *athr_invoke_values_new  (guint             length,
                                           gboolean          is_array);
GValue           *athr_invoke_values_peek (AthrInvokeValues *self,
                                           guint             index);

G_END_DECLS
