/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The owner of @context, in the child of a fork: gives @context a wake-up descriptor of its own,
 * in place of the descriptor that a context from before the fork shares with the parent. */
void athr_wake_up_separate (GMainContext *context);

G_END_DECLS
