/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "athr-group.h"
#include "athr-latest.h"

G_BEGIN_DECLS

/* Only the override for Python uses these functions. Whether the first operation has fixed home, and home is not
 * @context. Threads: owner of @context. */

ATHR_AVAILABLE_IN_1_0
gboolean athr_completion_group_has_home_elsewhere  (AthrGroup    *group,
                                                    GMainContext *context);
ATHR_AVAILABLE_IN_1_0
gboolean athr_completion_latest_has_home_elsewhere (AthrLatest   *latest,
                                                    GMainContext *context);

G_END_DECLS
