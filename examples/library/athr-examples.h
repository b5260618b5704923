/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <athreading/athreading.h>

G_BEGIN_DECLS

#define ATHR_EXAMPLES_TYPE_SAVER (athr_examples_saver_get_type ())

G_DECLARE_FINAL_TYPE (AthrExamplesSaver, athr_examples_saver, ATHR_EXAMPLES, SAVER, GObject)

AthrCall          *athr_examples_sqrt_call_new         (double             x);
AthrStream        *athr_examples_timestamps_stream_new (guint              n,
                                                        AthrExecutor      *executor);
AthrExamplesSaver *athr_examples_saver_new             (void);
AthrCall          *athr_examples_saver_save            (AthrExamplesSaver *self,
                                                        GFile             *file,
                                                        const char        *text);

G_END_DECLS
