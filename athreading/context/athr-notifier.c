/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "context/athr-notifier-private.h"

gboolean
athr_object_has_handlers (gpointer object)
{
  return g_signal_handler_find (object, G_SIGNAL_MATCH_UNBLOCKED, 0, 0, NULL, NULL, NULL) != 0;
}

void
athr_notifier_collect_progress (AthrNotifier *self,
                                AthrProgress *progress,
                                guint         property)
{
  gboolean has_new_fraction, has_new_text;

  athr_progress_take (progress, &has_new_fraction, &has_new_text);
  if (has_new_fraction)
    athr_notifier_mark (self, property);
  if (has_new_text)
    athr_notifier_mark (self, property + 1);
}

void
athr_notifier_notify (AthrNotifier *self)
{
  GObject *object = g_object_ref (self->object);
  gboolean is_first = TRUE;
  int property;

  do
    {
      self->funcs->collect (object, is_first);
      is_first = FALSE;
      property = self->due != 0 ? __builtin_ctz (self->due) : -1;
      if (property >= 0)
        {
          athr_notifier_unmark (self, property);
          g_object_notify_by_pspec (object, self->properties[property]);
        }
    }
  while (property >= 0 || (self->funcs->emit_more != NULL && self->funcs->emit_more (object)));

  g_object_unref (object);
}

/* Nobody listens: goes one round in which it notifies nothing. */
static void
athr_notifier_skip (AthrNotifier *self)
{
  gboolean is_first = TRUE;

  do
    {
      self->due = 0;
      self->funcs->collect (self->object, is_first);
      is_first = FALSE;
    }
  while (self->due != 0 || (self->funcs->emit_more != NULL && self->funcs->emit_more (self->object)));
}

void
athr_notifier_run (AthrNotifier *self,
                   AthrWorkItem *item)
{
  self->notified = item->created = athr_context_queue_get_iteration ();
  athr_notifier_notify (self);
}

gboolean
athr_notifier_run_before (AthrNotifier     *self,
                          AthrContextQueue *home,
                          int               priority,
                          AthrWorkItem     *item)
{
  AthrNews news = self->funcs->peek (self->object);
  gboolean has_handlers, was_notified, may_answer;
  gint64 now;

  if (self->due == 0 && news == ATHR_NEWS_NONE)
    return FALSE;

  has_handlers = athr_object_has_handlers (self->object);
  /* Without a handler, a notification cannot run a nested main loop, so the answer need not
   * wait for another iteration. Such an iteration may never come: this may run in a blocking
   * wait, in a program without a main loop. */
  if (!(news & ATHR_NEWS_FREE) && !has_handlers)
    {
      athr_notifier_skip (self);
      /* The end of the slice may have stopped the round before the state. */
      if (!(self->funcs->peek (self->object) & ATHR_NEWS_CHANGE))
        return FALSE;
      athr_context_queue_push_front (home, priority, item);
      return TRUE;
    }

  now = athr_context_queue_get_iteration ();
  /* Progress is notified once in each iteration. An answer before the end waits for one notification of
   * progress, since the function may report for a long time, and a slow handler may end the iteration. */
  was_notified = self->due == 0 && (news & ATHR_NEWS_PROGRESS) && now != 0 && now == self->notified;
  may_answer = was_notified || (self->due == 0 && news == ATHR_NEWS_PROGRESS && item->is_announced);
  if (may_answer && !(news & ATHR_NEWS_FINAL))
    return FALSE;

  if (was_notified && has_handlers)
    {
      item->created = now;
      athr_context_queue_push_front (home, priority, item);
      return TRUE;
    }

  g_object_ref (self->object);
  self->notified = now;
  item->is_announced = TRUE;
  athr_context_queue_push_front (home, priority, item);
  if (news & ATHR_NEWS_FREE)
    self->funcs->free (self->object);
  athr_notifier_notify (self);
  g_object_unref (self->object);

  return TRUE;
}
