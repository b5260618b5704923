/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "context/athr-completion-queue-private.h"
#include "context/athr-home-private.h"

struct _AthrCompletionQueue
{
  AthrContextQueue *home;   /* set once; owned */
  AthrCompletionFunc drain; /* set once; (nullable) */
  AthrWorkItem item;        /* drains, and wakes the context */
  AthrCompletionQueue *next; /* set once; in all_queues */

  AthrLock lock;
  GQueue completions; /* lock; (element-type AthrCompletion) */
};

static AthrCompletionQueue *all_queues; /* atomic; queues are never freed */

static void
athr_completion_queue_run (AthrWorkItem *item)
{
  AthrCompletionQueue *self = item->data;

  if (self->drain == NULL)
    return;

  self->drain (self);
  if (athr_completion_queue_peek (self) != NULL)
    athr_context_queue_push (self->home, G_PRIORITY_DEFAULT, item);
}

static void
athr_completion_queue_drop (AthrWorkItem *item)
{
  AthrCompletionQueue *self = item->data;

  if (self->drain != NULL)
    self->drain (self);
}

AthrCompletionQueue *
athr_completion_queue_new (GMainContext       *context,
                           AthrCompletionFunc  drain)
{
  static const AthrWorkItemFuncs funcs = {
    athr_completion_queue_run, athr_completion_queue_drop, NULL
  };
  AthrCompletionQueue *self = g_new0 (AthrCompletionQueue, 1);

  self->home = athr_home_ref_for_context (context);
  self->drain = drain;
  athr_work_item_init (&self->item, &funcs, self);
  athr_lock_init (&self->lock);
  do
    self->next = g_atomic_pointer_get (&all_queues);
  while (!g_atomic_pointer_compare_and_exchange (&all_queues, self->next, self));

  return self;
}

AthrCompletionQueue *
athr_completion_queue_find (AthrContextQueue *home)
{
  AthrCompletionQueue *self = g_atomic_pointer_get (&all_queues);

  while (self != NULL && self->home != home)
    self = self->next;

  return self;
}

void
athr_completion_push (AthrCompletion *self)
{
  AthrCompletionQueue *queue = self->queue;

  if (athr_lock_is_stale (&queue->lock))
    return;

  athr_lock (&queue->lock);
  if (self->link.data == NULL)
    {
      self->link.data = self;
      g_queue_push_tail_link (&queue->completions, &self->link);
    }
  athr_unlock (&queue->lock);

  /* Without a drain function, the program looks into the queue after this dispatch. */
  if (queue->drain != NULL || !athr_context_queue_in_dispatch (queue->home))
    athr_context_queue_push (queue->home, G_PRIORITY_DEFAULT, &queue->item);
}

void
athr_completion_ask (AthrQuestion *question,
                     gpointer      completion)
{
  AthrCompletion *self = completion;

  self->object = G_OBJECT (g_object_ref (question));
  self->is_started = TRUE;
}

void
athr_completion_post (gpointer completion)
{
  ((AthrCompletion *) completion)->is_started = TRUE;
}

void
athr_completion_come_home (gpointer completion)
{
  AthrCompletion *self = completion;
  AthrCompletionQueue *queue = self->queue;

  if (queue == NULL)
    {
      ((AthrCompletionReady) self->finish) (self);
      return;
    }

  athr_completion_push (self);
  if (queue->drain != NULL && athr_context_queue_in_dispatch (queue->home))
    queue->drain (queue);
}

void
athr_completion_complete (GObject      *source,
                          GAsyncResult *result,
                          gpointer      completion)
{
  AthrCompletion *self = completion;

  if (self->value != NULL)
    ((AthrFinishIntoFunc) self->finish) (source, result, self->value, &self->error);
  else
    ((AthrFinishFunc) self->finish) (source, result, &self->error);
  athr_completion_push (self);
}

AthrCompletion *
athr_completion_queue_peek (AthrCompletionQueue *self)
{
  AthrCompletion *first;

  athr_lock (&self->lock);
  first = g_queue_peek_head (&self->completions);
  athr_unlock (&self->lock);

  return first;
}

AthrCompletion *
athr_completion_queue_pop (AthrCompletionQueue *self)
{
  AthrCompletion *completion, *next;
  GObject *object;
  GError *error;

  athr_lock (&self->lock);
  completion = g_queue_pop_head_link (&self->completions)->data;
  object = g_steal_pointer (&completion->object);
  error = g_steal_pointer (&completion->error);
  if (completion->is_repeated)
    completion->link.data = NULL;
  next = g_queue_peek_head (&self->completions);
  athr_unlock (&self->lock);

  g_clear_object (&object);
  g_clear_error (&error);

  return next;
}

/* The readable descriptor makes a poll of this one descriptor needless. The last prepare asks every
 * source whether it is ready, and costs no system call. */
gboolean
athr_completion_iterate (GMainContext *context)
{
  GPollFD fds[1];
  int priority, timeout;

  g_main_context_prepare (context, &priority);
  if (g_main_context_query (context, priority, &timeout, fds, G_N_ELEMENTS (fds)) != G_N_ELEMENTS (fds))
    return g_main_context_iteration (context, FALSE);

  fds[0].revents = fds[0].events;
  if (g_main_context_check (context, priority, fds, G_N_ELEMENTS (fds)))
    g_main_context_dispatch (context);

  return g_main_context_prepare (context, &priority);
}
