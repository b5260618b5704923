/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "athr-invoke-repository-private.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* Finds the function @name. Sets @container to the type that @name contains, or to NULL if it contains none.
 * That type may be a subclass of the type that declares the function. */
GIBaseInfo *athr_invoke_look_up (const char  *name,
                                 GIBaseInfo **container,
                                 GError     **error);

G_END_DECLS
