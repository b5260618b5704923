/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <athreading/athreading.h>

G_BEGIN_DECLS

#define ATHR_TESTS_TYPE_ASKER (athr_tests_asker_get_type ())

G_DECLARE_FINAL_TYPE (AthrTestsAsker, athr_tests_asker, ATHR_TESTS, ASKER, GObject)

AthrTestsAsker *athr_tests_asker_new    (void);
AthrCall   *athr_tests_asker_ask        (AthrTestsAsker *self);

AthrCall   *athr_tests_echo_call_new    (const GValue *value);
AthrCall   *athr_tests_fail_call_new    (void);
AthrCall   *athr_tests_wait_call_new    (void);
AthrStream *athr_tests_count_stream_new (int           n);
AthrStream *athr_tests_fail_stream_new  (int           n);
AthrStream *athr_tests_null_stream_new  (void);
AthrStream *athr_tests_double_stream_new (void);
AthrStream *athr_tests_echo_stream_new  (void);
AthrStream *athr_tests_wait_stream_new  (void);
AthrStream *athr_tests_file_stream_new  (int           n);

G_END_DECLS
