/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "context/athr-home-private.h"
#include "thread-test.h"

/* A context, the thread-default context of this thread, and its queue. The items that run
 * there write their names into the log. */
typedef struct
{
  GMainContext *context;
  AthrContextQueue *queue;
  GString *log; /* home */
} Fixture;

typedef struct _LogItem LogItem;

/* A work item whose run() writes the name of the item into the log, then keeps the processor
 * busy, and then calls then(). */
struct _LogItem
{
  AthrWorkItem item;
  Fixture *fixture;
  char name;
  gint64 burn;                  /* how long run() keeps the processor busy, in microseconds */
  void (*then) (LogItem *self); /* nullable */
  gpointer data;
  guint n_dropped;
  GThread *dropped_on;
};

static inline void
log_item_run (AthrWorkItem *item)
{
  LogItem *self = item->data;

  g_string_append_c (self->fixture->log, self->name);
  athr_test_burn (self->burn);
  if (self->then != NULL)
    self->then (self);
}

static inline void
log_item_drop (AthrWorkItem *item)
{
  LogItem *self = item->data;

  self->n_dropped++;
  self->dropped_on = g_thread_self ();
}

static inline gboolean
log_item_is_cleanup_only (AthrWorkItem *item)
{
  return TRUE;
}

static inline void
log_item_init (LogItem *self,
               Fixture *fixture,
               char     name)
{
  static const AthrWorkItemFuncs funcs = { log_item_run, log_item_drop, NULL };

  memset (self, 0, sizeof *self);
  athr_work_item_init (&self->item, &funcs, self);
  self->fixture = fixture;
  self->name = name;
}

static inline void
log_item_init_cleanup_only (LogItem *self,
                            Fixture *fixture,
                            char     name)
{
  static const AthrWorkItemFuncs funcs = {
    log_item_run, log_item_drop, log_item_is_cleanup_only
  };

  log_item_init (self, fixture, name);
  self->item.funcs = &funcs;
}

static inline void
log_item_push_at (LogItem *self,
                  int      priority)
{
  g_assert_true (athr_context_queue_push (self->fixture->queue, priority, &self->item));
}

static inline void
log_item_push (LogItem *self)
{
  log_item_push_at (self, G_PRIORITY_DEFAULT);
}

/* A GThreadFunc. */
static inline gpointer
log_item_push_func (gpointer item)
{
  log_item_push (item);
  return NULL;
}

static inline void
fixture_set_up (Fixture       *self,
                gconstpointer  data)
{
  self->context = g_main_context_new ();
  g_main_context_push_thread_default (self->context);
  self->queue = athr_home_ref_for_context (self->context);
  self->log = g_string_new (NULL);
}

/* Ends the context. The queue lives on, dead. */
static inline void
fixture_destroy_context (Fixture *self)
{
  g_main_context_pop_thread_default (self->context);
  g_clear_pointer (&self->context, g_main_context_unref);
}

static inline void
fixture_tear_down (Fixture       *self,
                   gconstpointer  data)
{
  if (self->context != NULL)
    fixture_destroy_context (self);
  athr_context_queue_unref (self->queue);
  g_string_free (self->log, TRUE);
}

/* The log since the last call of this must be @expected. */
static inline void
fixture_assert_log (Fixture    *self,
                    const char *expected)
{
  g_assert_cmpstr (self->log->str, ==, expected);
  g_string_truncate (self->log, 0);
}

static inline void
fixture_iterate (Fixture *self)
{
  g_main_context_iteration (self->context, FALSE);
}

/* Iterates once. On a slow machine, what is queued takes more than one slice: then iterates again. */
static inline void
fixture_iterate_all (Fixture *self)
{
  gint64 begin;

  do
    {
      begin = g_get_monotonic_time ();
      fixture_iterate (self);
    }
  while (g_get_monotonic_time () - begin >= 4000);
}

static inline gboolean
fixture_write (gpointer data)
{
  LogItem *self = data;

  log_item_run (&self->item);
  return G_SOURCE_REMOVE;
}

static inline gboolean
fixture_write_on (gpointer data)
{
  fixture_write (data);
  return G_SOURCE_CONTINUE;
}

/* Adds another source to the context. It writes @item once, or each time it is dispatched. */
static inline GSource *
fixture_add_source (Fixture  *self,
                    int       priority,
                    gboolean  once,
                    LogItem  *item)
{
  GSource *source = g_idle_source_new ();

  g_source_set_priority (source, priority);
  g_source_set_callback (source, once ? fixture_write : fixture_write_on, item, NULL);
  g_source_attach (source, self->context);
  g_source_unref (source);

  return source;
}

#define fixture_add_test(path, func) \
  g_test_add ("/athr/context-queue/" path, Fixture, NULL, fixture_set_up, func, fixture_tear_down)
