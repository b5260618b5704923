/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "context/athr-context-queue-private.h"

G_BEGIN_DECLS

/* Which main context an object belongs to. All of these return a new reference. */

/* The queue of @context, which the caller keeps alive meanwhile. */
AthrContextQueue *athr_home_ref_for_context (GMainContext     *context);
/* The home of an object that is created now. */
AthrContextQueue *athr_home_ref             (void);
/* The home of an object at @home of which an operation starts now. */
AthrContextQueue *athr_home_ref_moved       (AthrContextQueue *home);

/* On a worker, around a function of the user's: @home, the home of the object whose function
 * it is, becomes the home of what the function creates. */
void              athr_home_begin_work      (AthrContextQueue *home);
void              athr_home_end_work        (void);

G_END_DECLS
