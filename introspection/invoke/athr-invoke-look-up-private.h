/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "athr-invoke-repository-private.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* The function of that name, and the type that it was looked for in, if any: a subclass,
 * perhaps, of the one that has it. */
GIBaseInfo *athr_invoke_look_up (const char  *name,
                                 GIBaseInfo **container,
                                 GError     **error);

G_END_DECLS
