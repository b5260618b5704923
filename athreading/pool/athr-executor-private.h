/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "athr-executor.h"
#include "pool/athr-pool-private.h"

G_BEGIN_DECLS

/* The threads of @self, or of the default executor when it is NULL. */
AthrPool *athr_executor_get_pool   (AthrExecutor *self);
/* What work is told that is given to a closed pool. */
GError   *athr_executor_new_closed (AthrPool     *pool);

G_END_DECLS
