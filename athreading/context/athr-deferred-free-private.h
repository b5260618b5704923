/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib-object.h>

#include "context/athr-context-queue-private.h"

G_BEGIN_DECLS

/* What an object leaves behind and only the owner's thread may free: user data, values,
 * errors, references. The caller fills this struct on the stack and submits it:
 * athr_deferred_free_submit() frees everything at once, in order, or has the owner's thread
 * free everything later. */
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

/* Only for a value that is unset or set: G_IS_VALUE() looks up the type. */
static inline gboolean
athr_value_is_set (const GValue *value)
{
  return G_VALUE_TYPE (value) != G_TYPE_INVALID;
}

/* Whether values of @type are numbers: a copy of such a GValue needs no function of the type, and
 * freeing it does nothing. */
static inline gboolean
athr_type_is_number (GType type)
{
  return type >= G_TYPE_CHAR && type <= G_TYPE_DOUBLE;
}

/* Whether @value is a number: then a plain copy of it is a copy, and there is nothing to free. */
static inline gboolean
athr_value_is_number (const GValue *value)
{
  return athr_type_is_number (G_VALUE_TYPE (value));
}

/* Does nothing when @data is NULL. */
void athr_deferred_free_add           (AthrDeferredFree *self,
                                       gpointer          data,
                                       GDestroyNotify    destroy);
/* @user_data may be NULL: @destroy is called in any case. Does nothing when @destroy is
 * NULL. */
void athr_deferred_free_add_user_data (AthrDeferredFree *self,
                                       gpointer          user_data,
                                       GDestroyNotify    destroy);
/* Any thread. At home, on the thread whose number is @creator (0: none), and where @home is
 * NULL, everything is freed before this returns. Otherwise the owner's thread frees everything, at @priority, and
 * frees the values in slices of the main loop. */
void athr_deferred_free_submit        (AthrDeferredFree *self,
                                       AthrContextQueue *home,
                                       int               priority,
                                       guint64           creator);

/* Any thread. Calls @destroy with @data, which may be NULL. At home, @destroy is called before
 * this returns, otherwise the main loop of the owner's thread calls @destroy. */
void athr_free_in_context             (AthrContextQueue *home,
                                       gpointer          data,
                                       GDestroyNotify    destroy);

G_END_DECLS
