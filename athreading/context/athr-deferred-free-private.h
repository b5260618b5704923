/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib-object.h>

#include "context/athr-context-queue-private.h"

G_BEGIN_DECLS

/* What an object leaves behind and only the owner's thread may free: user data, values,
 * errors, references. It is filled on the stack. Then athr_deferred_free_submit() frees all
 * of it at once, in order, or has home free it. */
typedef struct
{
  struct
  {
    gpointer data;
    GDestroyNotify destroy;
  } things[6];
  guint n_things;
  GValue value;   /* one value, or unset */
  GArray *values; /* (nullable) (element-type GValue) (owned); there may be very many */
} AthrDeferredFree;

#define ATHR_DEFERRED_FREE_INIT { .n_things = 0 }

/* Does nothing when @data is NULL. */
void athr_deferred_free_add           (AthrDeferredFree *self,
                                       gpointer          data,
                                       GDestroyNotify    destroy);
/* Has @destroy called with @user_data, which may be NULL. Does nothing when @destroy is NULL. */
void athr_deferred_free_add_user_data (AthrDeferredFree *self,
                                       gpointer          user_data,
                                       GDestroyNotify    destroy);
/* Any thread. Frees at once at home and on the thread whose number is @creator (0: none);
 * otherwise home frees, at @priority. Values are freed in slices of the main loop. */
void athr_deferred_free_submit        (AthrDeferredFree *self,
                                       AthrContextQueue *home,
                                       int               priority,
                                       guint64           creator);

/* Any thread. Calls @destroy with @data, which may be NULL: at once at home, otherwise from
 * the main loop of @home. */
void athr_free_in_context             (AthrContextQueue *home,
                                       gpointer          data,
                                       GDestroyNotify    destroy);

G_END_DECLS
