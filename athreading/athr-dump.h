/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#if !defined (ATHREADING_INSIDE) && !defined (ATHREADING_COMPILATION)
# error "Only <athreading/athreading.h> can be included directly."
#endif

#include <athreading/athr-types.h>

G_BEGIN_DECLS

ATHR_AVAILABLE_IN_1_0
char *athr_dump_alive (void);

G_END_DECLS
