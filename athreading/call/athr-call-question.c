/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "call/athr-call-private.h"
#include "context/athr-deferred-free-private.h"

/* What the function of a call asks home, and has home do. */

static gboolean
athr_call_may_call (gpointer subject)
{
  return !athr_call_is_orphaned (subject);
}

gboolean
athr_call_question_ask (AthrCall        *self,
                        AthrAskFunc      func,
                        gpointer         user_data,
                        GDestroyNotify   destroy,
                        GValue          *answer,
                        GError         **error)
{
  static const AthrAskingFuncs funcs = { athr_call_may_call, g_object_unref };
  AthrAsking *asking = athr_asking_new (self->home, self->delivery_priority, &funcs,
                                        g_object_ref (self), func, user_data, destroy);
  gboolean is_stopped;

  athr_lock (&self->lock);
  is_stopped = athr_call_is_stopped (self);
  if (!is_stopped)
    athr_askings_add (&self->askings, asking);
  athr_unlock (&self->lock);

  if (is_stopped)
    athr_asking_settle (asking, athr_call_work_new_stop_error (self));
  athr_asking_post (asking);
  athr_pool_block_begin ();
  athr_asking_wait (asking);
  athr_pool_block_end ();

  athr_lock (&self->lock);
  athr_askings_remove (&self->askings, asking);
  athr_unlock (&self->lock);

  return athr_asking_finish (asking, answer, error);
}

/* Runs one post. The others wait in front, for a nested main loop or the rest of the slice. */
static void
athr_call_post_run (AthrWorkItem *item)
{
  AthrCall *self = item->data;
  gboolean has_more;
  AthrPost *post = athr_post_take (&self->posts, &self->lock, &has_more);

  if (has_more)
    {
      g_object_ref (self);
      if (!athr_context_queue_push_front (self->home, self->delivery_priority, item))
        g_object_unref (self);
    }
  if (post != NULL)
    athr_post_end (post, !athr_call_is_orphaned (self) && !self->is_answered);
  g_object_unref (self);
}

static void
athr_call_post_drop (AthrWorkItem *item)
{
  AthrCall *self = item->data;
  gboolean has_more;
  AthrPost *post;

  while ((post = athr_post_take (&self->posts, &self->lock, &has_more)) != NULL)
    athr_post_end (post, FALSE);
  g_object_unref (self);
}

void
athr_call_question_post (AthrCall       *self,
                         AthrPostFunc    func,
                         gpointer        user_data,
                         GDestroyNotify  destroy)
{
  static const AthrWorkItemFuncs funcs = { athr_call_post_run, athr_call_post_drop, NULL };
  AthrPost *post = athr_post_new (func, user_data, destroy);

  athr_lock (&self->lock);
  if (self->post == NULL)
    {
      self->post = g_new0 (AthrWorkItem, 1);
      athr_work_item_init (self->post, &funcs, self);
    }
  if (!athr_call_is_resolved (self))
    g_queue_push_tail_link (&self->posts, &g_steal_pointer (&post)->link);
  athr_unlock (&self->lock);

  if (post != NULL)
    {
      g_free (post);
      if (destroy != NULL)
        athr_free_in_context (self->home, user_data, destroy);
      return;
    }

  g_object_ref (self);
  if (!athr_context_queue_push (self->home, self->delivery_priority, self->post))
    g_object_unref (self);
}
