/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A function that is called once, when a main context ends, or when the last thread of a
 * closed pool has left. The queue of the context, or the pool, keeps the watches in a list
 * under its own lock. The caller holds that lock around all functions below, except
 * athr_watch_call_all(). */

typedef struct _AthrWatch AthrWatch;

typedef enum
{
  ATHR_WATCH_NEW,
  ATHR_WATCH_WATCHING,
  ATHR_WATCH_ENDED,   /* ended() was called or is about to be called, or the end came before
                       * the watch was added */
  ATHR_WATCH_REMOVED, /* ended() is never called */
} AthrWatchState;

struct _AthrWatch
{
  void (*ended) (AthrWatch *watch); /* set once; called unlocked */
  gpointer data;                    /* set once; for ended */
  GList link;                       /* (lock of the list) */
  AthrWatchState state;             /* (lock of the list) */
};

/* FALSE when the end @has_come already, or when @self was removed before it was added: then
 * ended() is never called. */
static inline gboolean
athr_watch_add (AthrWatch *self,
                GQueue    *watches,
                gboolean   has_come)
{
  if (self->state == ATHR_WATCH_REMOVED)
    return FALSE;

  self->state = has_come ? ATHR_WATCH_ENDED : ATHR_WATCH_WATCHING;
  if (has_come)
    return FALSE;

  self->link.data = self;
  g_queue_push_tail_link (watches, &self->link);

  return TRUE;
}

/* FALSE when @self was not watching. After that, a watch that was not added yet cannot be
 * added any more. */
static inline gboolean
athr_watch_remove (AthrWatch *self,
                   GQueue    *watches)
{
  gboolean was_watching = self->state == ATHR_WATCH_WATCHING;

  if (was_watching)
    g_queue_unlink (watches, &self->link);
  if (self->state != ATHR_WATCH_ENDED)
    self->state = ATHR_WATCH_REMOVED;

  return was_watching;
}

/* Moves all of @watches to @ended. The caller then passes @ended to athr_watch_call_all(). */
static inline void
athr_watch_take_all (GQueue *watches,
                     GQueue *ended)
{
  GList *link;

  while ((link = g_queue_pop_head_link (watches)) != NULL)
    {
      ((AthrWatch *) link->data)->state = ATHR_WATCH_ENDED;
      g_queue_push_tail_link (ended, link);
    }
}

/* Unlocked: calls ended() of each watch. A watch may be gone after its call. */
static inline void
athr_watch_call_all (GQueue *ended)
{
  GList *link;

  while ((link = g_queue_pop_head_link (ended)) != NULL)
    {
      AthrWatch *watch = link->data;

      watch->ended (watch);
    }
}

G_END_DECLS
