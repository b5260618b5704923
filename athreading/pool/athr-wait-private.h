/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "base/athr-event-private.h"
#include "context/athr-context-queue-private.h"

G_BEGIN_DECLS

/* Any thread: waits until @event is set, for what belongs to @home, and resets @event. If the caller is a worker, its
 * pool gives the worker's place to other work meanwhile. If the caller iterates a context, nobody answers the
 * questions to this context meanwhile, so they fail with WOULD_BLOCK; but work whose owner goes ends meanwhile, since the
 * thread may wait for this work. */
void athr_wait (AthrEvent        *event,
                AthrContextQueue *home);

G_END_DECLS
