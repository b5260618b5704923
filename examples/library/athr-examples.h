/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <athreading/athreading.h>

G_BEGIN_DECLS

AthrCall   *athr_examples_sqrt_call_new         (double        x);
AthrStream *athr_examples_timestamps_stream_new (guint         n,
                                                 AthrExecutor *executor);

G_END_DECLS
