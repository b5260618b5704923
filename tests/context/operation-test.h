/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "context/athr-home-private.h"
#include "context/athr-operation-private.h"
#include "thread-test.h"

/* Operations that are answered when they are posted, and posted when they are cancelled. */
typedef struct
{
  GMainContext *context; /* the thread-default context of this thread */
  AthrContextQueue *queue;
  GObject *source;
  GString *log;
  int n_cancelled; /* atomic */
  int n_freed;     /* atomic */
  GThread *freed_on;
} Fixture;

typedef struct
{
  AthrOperation base;
  Fixture *fixture;
  char name;
  int is_posted; /* atomic */
} Operation;

static inline void
operation_run (AthrWorkItem *item)
{
  Operation *self = item->data;

  g_assert_true (athr_context_queue_in_dispatch (self->base.home));
  athr_operation_return (&self->base);
}

static inline void
operation_post (Operation *self)
{
  if (g_atomic_int_compare_and_exchange (&self->is_posted, FALSE, TRUE))
    athr_operation_post (&self->base);
}

static inline void
operation_cancelled (AthrOperation *operation)
{
  Operation *self = (Operation *) operation;

  g_atomic_int_inc (&self->fixture->n_cancelled);
  operation_post (self);
}

static inline void
operation_free (AthrOperation *operation)
{
  Operation *self = (Operation *) operation;

  self->fixture->freed_on = g_thread_self ();
  g_atomic_int_inc (&self->fixture->n_freed);
  g_free (self);
}

static int tag;

static inline void
on_answer (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  Fixture *fixture = user_data;
  Operation *self = g_task_get_task_data (G_TASK (result));

  g_assert_true (source == fixture->source);
  g_assert_true (athr_context_queue_in_dispatch (self->base.home));
  g_string_append_c (fixture->log, self->name);
}

static inline Operation *
operation_start (Fixture             *fixture,
                 char                 name,
                 int                  priority,
                 GCancellable        *cancellable,
                 GAsyncReadyCallback  callback,
                 gpointer             user_data)
{
  static const AthrOperationFuncs funcs = {
    { operation_run, NULL, NULL }, operation_cancelled, operation_free
  };
  Operation *self = g_new0 (Operation, 1);

  self->fixture = fixture;
  self->name = name;
  athr_operation_init (&self->base, &funcs, fixture->source, &tag, fixture->queue, priority,
                       callback, user_data);
  athr_operation_connect (&self->base, cancellable);

  return self;
}

static inline Operation *
operation_new (Fixture *fixture,
               char     name)
{
  return operation_start (fixture, name, G_PRIORITY_DEFAULT, NULL, on_answer, fixture);
}

static inline void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  fixture->context = g_main_context_new ();
  g_main_context_push_thread_default (fixture->context);
  fixture->queue = athr_home_ref_for_context (fixture->context);
  fixture->source = g_object_new (G_TYPE_OBJECT, NULL);
  fixture->log = g_string_new (NULL);
}

static inline void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_main_context_pop_thread_default (fixture->context);
  g_main_context_unref (fixture->context);
  athr_context_queue_unref (fixture->queue);
  g_string_free (fixture->log, TRUE);
  g_assert_finalize_object (fixture->source);
}

static inline void
assert_log (Fixture    *fixture,
            const char *expected)
{
  g_assert_cmpstr (fixture->log->str, ==, expected);
}

static inline gpointer
post_func (gpointer operation)
{
  operation_post (operation);
  return NULL;
}

#define add_test(path, func) \
  g_test_add ("/athr/operation/" path, Fixture, NULL, set_up, func, tear_down)
