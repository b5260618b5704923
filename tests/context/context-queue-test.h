/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "context/athr-home-private.h"
#include "thread-test.h"

/* A context, the default one of this thread, with its delivery. What runs there
 * writes letters into the log. */
typedef struct
{
  GMainContext *context;
  AthrContextQueue *queue;
  GString *log; /* home */
} Fixture;

typedef struct _Letter Letter;

/* An item that writes its name into the log as it is run, then burns time, and
 * then does what it is told. */
struct _Letter
{
  AthrWorkItem item;
  Fixture *fixture;
  char name;
  gint64 burn; /* in microseconds */
  void (*then) (Letter *self);
  gpointer data;
  guint n_dropped;
  GThread *dropped_on;
};

static inline void
letter_run (AthrWorkItem *item)
{
  Letter *self = item->data;

  g_string_append_c (self->fixture->log, self->name);
  athr_test_burn (self->burn);
  if (self->then != NULL)
    self->then (self);
}

static inline void
letter_drop (AthrWorkItem *item)
{
  Letter *self = item->data;

  self->n_dropped++;
  self->dropped_on = g_thread_self ();
}

static inline gboolean
letter_is_cleanup_only (AthrWorkItem *item)
{
  return TRUE;
}

static inline void
letter_init (Letter  *self,
             Fixture *fixture,
             char     name)
{
  static const AthrWorkItemFuncs funcs = { letter_run, letter_drop, NULL };

  memset (self, 0, sizeof *self);
  athr_work_item_init (&self->item, &funcs, self);
  self->fixture = fixture;
  self->name = name;
}

static inline void
letter_init_quiet (Letter  *self,
                   Fixture *fixture,
                   char     name)
{
  static const AthrWorkItemFuncs funcs = { letter_run, letter_drop, letter_is_cleanup_only };

  letter_init (self, fixture, name);
  self->item.funcs = &funcs;
}

static inline void
letter_push_at (Letter *self,
                int     priority)
{
  g_assert_true (athr_context_queue_push (self->fixture->queue, priority, &self->item));
}

static inline void
letter_push (Letter *self)
{
  letter_push_at (self, G_PRIORITY_DEFAULT);
}

/* As a GThreadFunc. */
static inline gpointer
letter_push_func (gpointer letter)
{
  letter_push (letter);
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

/* The end of the context, but not of the delivery. */
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

/* What was written since the last time. */
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

static inline gboolean
fixture_write (gpointer data)
{
  Letter *self = data;

  letter_run (&self->item);
  return G_SOURCE_REMOVE;
}

static inline gboolean
fixture_write_on (gpointer data)
{
  fixture_write (data);
  return G_SOURCE_CONTINUE;
}

/* Another source of the context, which writes @letter once or whenever it can. */
static inline GSource *
fixture_add_source (Fixture  *self,
                    int       priority,
                    gboolean  once,
                    Letter   *letter)
{
  GSource *source = g_idle_source_new ();

  g_source_set_priority (source, priority);
  g_source_set_callback (source, once ? fixture_write : fixture_write_on, letter, NULL);
  g_source_attach (source, self->context);
  g_source_unref (source);

  return source;
}

#define fixture_add_test(path, func) \
  g_test_add ("/athr/context-queue/" path, Fixture, NULL, fixture_set_up, func, fixture_tear_down)
