/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The number of the calling thread, 1 or greater. The process never reuses a number, not even
 * after its thread has ended. A GThread pointer can be reused. */
guint64 athr_thread_id            (void);

/* The number by which the kernel and debuggers know the calling thread. */
int     athr_thread_get_kernel_id (void);

G_END_DECLS
