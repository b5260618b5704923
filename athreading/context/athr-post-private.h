/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "athr-question.h"
#include "base/athr-lock-private.h"

G_BEGIN_DECLS

/* Functions that workers have home call, in order. The object that embeds the queue does the locking,
 * and pushes a work item home. */
typedef struct
{
  GList link;
  AthrPostFunc func;
  gpointer user_data;
  GDestroyNotify destroy;
} AthrPost;

static inline AthrPost *
athr_post_new (AthrPostFunc   func,
               gpointer       user_data,
               GDestroyNotify destroy)
{
  AthrPost *self = g_new0 (AthrPost, 1);

  self->link.data = self;
  self->func = func;
  self->user_data = user_data;
  self->destroy = destroy;

  return self;
}

/* Takes the first post, or NULL. @has_more: whether others are left. */
static inline AthrPost *
athr_post_take (GQueue   *posts,
                AthrLock *lock,
                gboolean *has_more)
{
  GList *link;

  athr_lock (lock);
  link = g_queue_pop_head_link (posts);
  *has_more = posts->head != NULL;
  athr_unlock (lock);

  return link != NULL ? link->data : NULL;
}

/* At home, or when home has ended. Calls the function, with @is_called, and destroys its data. */
static inline void
athr_post_end (AthrPost *self,
               gboolean  is_called)
{
  athr_assert_unlocked ();

  if (is_called)
    self->func (self->user_data);
  if (self->destroy != NULL)
    self->destroy (self->user_data);
  g_free (self);
}

G_END_DECLS
