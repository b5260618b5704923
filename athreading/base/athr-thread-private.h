/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The number of the calling thread. No other thread of the process has the same number,
 * not even one that has ended: a GThread pointer can be reused, this number cannot. The
 * numbers begin with 1. */
guint64 athr_thread_id (void);

G_END_DECLS
