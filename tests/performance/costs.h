/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bench.h"

/* Runs one call in this way and prints how many microseconds the call took. FALSE: there is no such way. */
gboolean bench_print_first_call     (const char     *way);
