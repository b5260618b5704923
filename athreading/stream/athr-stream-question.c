/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "context/athr-deferred-free-private.h"
#include "stream/athr-stream-private.h"

/* What the function of a stream asks home, and has home do. */

static gboolean
athr_stream_may_call (gpointer subject)
{
  AthrProducer *producer = subject;
  AthrStream *self = athr_weak_borrow (&producer->stream);
  gboolean may_call = self != NULL && !athr_stream_has_lost_owner (self);

  if (self != NULL)
    athr_weak_release (&producer->stream);

  return may_call;
}

static void
athr_stream_unref_producer (gpointer subject)
{
  athr_producer_unref (subject);
}

gboolean
athr_stream_question_ask (AthrProducer    *producer,
                          AthrChannel     *channel,
                          AthrAskFunc      func,
                          gpointer         user_data,
                          GDestroyNotify   destroy,
                          GValue          *answer,
                          GError         **error)
{
  static const AthrAskingFuncs funcs = { athr_stream_may_call, athr_stream_unref_producer };
  AthrAsking *asking = athr_asking_new (producer->home, producer->priority, &funcs,
                                        athr_producer_ref (producer), func, user_data, destroy);

  athr_asking_set_part (asking, channel);
  athr_lock (&producer->progress.lock);
  athr_askings_add (&producer->askings, asking);
  athr_unlock (&producer->progress.lock);

  /* What closes the stream or cuts the item settles the askings that it finds when the channel is closed already. */
  if (!athr_channel_is_open (channel) || !athr_channel_is_open (producer->channel))
    athr_asking_settle (asking, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CLOSED,
                                                     "The stream is closed"));
  athr_asking_post (asking);
  athr_pool_block_begin ();
  athr_asking_wait (asking);
  athr_pool_block_end ();

  athr_lock (&producer->progress.lock);
  athr_askings_remove (&producer->askings, asking);
  athr_unlock (&producer->progress.lock);

  return athr_asking_finish (asking, answer, error);
}

static void
athr_stream_posts_push (AthrProducer *producer,
                        gboolean      in_front)
{
  gboolean is_pushed;

  athr_producer_ref (producer);
  if (in_front)
    is_pushed = athr_context_queue_push_front (producer->home, producer->priority, &producer->post);
  else
    is_pushed = athr_context_queue_push (producer->home, producer->priority, &producer->post);
  if (!is_pushed)
    athr_producer_unref (producer);
}

gboolean
athr_stream_question_run_post (AthrProducer *producer)
{
  gboolean may_call = athr_stream_may_call (producer) && !g_atomic_int_get (&producer->is_close_told);
  gboolean has_more;
  AthrPost *post = athr_post_take (&producer->posts, &producer->progress.lock, &has_more);

  if (post == NULL)
    return FALSE;

  g_atomic_int_add (&producer->n_posts, -1);
  if (has_more)
    athr_stream_posts_push (producer, TRUE);
  athr_post_end (post, may_call);

  return TRUE;
}

static void
athr_stream_post_run (AthrWorkItem *item)
{
  AthrProducer *producer = item->data;

  athr_stream_question_run_post (producer);
  athr_producer_unref (producer);
}

static void
athr_stream_post_drop (AthrWorkItem *item)
{
  AthrProducer *producer = item->data;
  gboolean has_more;
  AthrPost *post;

  while ((post = athr_post_take (&producer->posts, &producer->progress.lock, &has_more)) != NULL)
    athr_post_end (post, FALSE);
  athr_producer_unref (producer);
}

void
athr_stream_question_post (AthrProducer   *producer,
                           AthrPostFunc    func,
                           gpointer        user_data,
                           GDestroyNotify  destroy)
{
  static const AthrWorkItemFuncs funcs = { athr_stream_post_run, athr_stream_post_drop, NULL };
  AthrPost *post = athr_post_new (func, user_data, destroy);

  athr_lock (&producer->progress.lock);
  if (producer->post.funcs == NULL)
    athr_work_item_init (&producer->post, &funcs, producer);
  g_queue_push_tail_link (&producer->posts, &post->link);
  g_atomic_int_inc (&producer->n_posts);
  athr_unlock (&producer->progress.lock);

  athr_stream_posts_push (producer, FALSE);
}
