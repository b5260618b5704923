/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <athreading/athreading.h>

#include "athr-test.h"

/* What the tests of calls share. */

/* The number of rounds of a race: @n, and twenty times @n in a thorough run (-m thorough). */
static inline guint
athr_test_rounds (guint n)
{
  return g_test_thorough () ? n * 20 : n;
}

/* Appends the name of an event to @log, which shows the order of events. */
static inline void
athr_test_log (GString    *log,
               const char *word)
{
  if (log == NULL)
    return;
  if (log->len > 0)
    g_string_append_c (log, ' ');
  g_string_append (log, word);
}

/* What the callback of an athr_call_run_async() got. */
typedef struct
{
  GString *log; /* nullable; not owned */
  const char *name;
  guint n_times;
  GThread *thread;
  GValue value;
  GError *error;
} AthrAnswer;

static inline void
athr_answer_clear (AthrAnswer *self)
{
  if (G_IS_VALUE (&self->value))
    g_value_unset (&self->value);
  g_clear_error (&self->error);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AthrAnswer, athr_answer_clear)

/* The callback: a GAsyncReadyCallback with an AthrAnswer as its user data. */
static inline void
athr_answer_take (GObject      *source,
                  GAsyncResult *result,
                  gpointer      user_data)
{
  AthrAnswer *self = user_data;
  gboolean succeeded;

  athr_test_log (self->log, self->name);
  self->n_times++;
  self->thread = g_thread_self ();
  athr_answer_clear (self);

  succeeded = athr_call_run_finish_into (ATHR_CALL (source), result, &self->value, &self->error);
  g_assert_true (succeeded == (self->error == NULL));
  g_assert_true (succeeded == G_IS_VALUE (&self->value));
}

static inline void
athr_answer_await (AthrAnswer   *self,
                   GMainContext *context)
{
  athr_test_iterate_until (context, self->n_times > 0);
}

#define athr_answer_assert_int(answer, number) \
  G_STMT_START { \
    g_assert_no_error ((answer)->error); \
    g_assert_cmpuint ((answer)->n_times, ==, 1); \
    g_assert_cmpint (g_value_get_int (&(answer)->value), ==, (number)); \
  } G_STMT_END

#define athr_answer_assert_error(answer, domain, code) \
  G_STMT_START { \
    g_assert_error ((answer)->error, domain, code); \
    g_assert_cmpuint ((answer)->n_times, ==, 1); \
  } G_STMT_END

/* The user data of a call's function: controls the function, and records what happened. */
typedef struct
{
  AthrGate gate;
  int n_runs;            /* atomic */
  int n_destroyed;       /* atomic */
  GThread *ran_on;       /* atomic */
  GThread *destroyed_on; /* atomic */
  gpointer data;
} AthrErrand;

static inline void
athr_errand_init (AthrErrand *self)
{
  memset (self, 0, sizeof *self);
  athr_gate_init (&self->gate);
}

static inline void
athr_errand_clear (AthrErrand *self)
{
  athr_gate_clear (&self->gate);
}

static inline void
athr_errand_begin (AthrErrand *self)
{
  g_atomic_int_inc (&self->n_runs);
  g_atomic_pointer_set (&self->ran_on, g_thread_self ());
}

/* An AthrCallFunc: returns 42. */
static inline void
athr_errand_run (AthrCall  *call,
                 gpointer   user_data,
                 GError   **error)
{
  athr_errand_begin (user_data);
  athr_call_return (call, G_TYPE_INT, 42);
}

/* An AthrCallFunc: waits at the gate, and returns 42. */
static inline void
athr_errand_wait (AthrCall  *call,
                  gpointer   user_data,
                  GError   **error)
{
  AthrErrand *self = user_data;

  athr_errand_begin (self);
  athr_gate_pass (&self->gate);
  athr_call_return (call, G_TYPE_INT, 42);
}

static inline void
athr_errand_on_cancelled (GCancellable *cancellable,
                          AthrErrand   *self)
{
  athr_gate_open (&self->gate);
}

/* An AthrCallFunc: waits at the gate, which its cancellable opens, too, and returns 42. */
static inline void
athr_errand_wait_cancelled (AthrCall  *call,
                            gpointer   user_data,
                            GError   **error)
{
  AthrErrand *self = user_data;
  GCancellable *cancellable = athr_call_get_cancellable (call);
  gulong id;

  athr_errand_begin (self);
  id = g_cancellable_connect (cancellable, G_CALLBACK (athr_errand_on_cancelled), self, NULL);
  athr_gate_pass (&self->gate);
  g_cancellable_disconnect (cancellable, id);
  athr_call_return (call, G_TYPE_INT, 42);
}

/* An AthrCallFunc: fails. */
static inline void
athr_errand_fail (AthrCall  *call,
                  gpointer   user_data,
                  GError   **error)
{
  athr_errand_begin (user_data);
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "Nothing there");
}

/* The destroy notify of the user data. */
static inline void
athr_errand_destroy (gpointer user_data)
{
  AthrErrand *self = user_data;

  g_atomic_int_inc (&self->n_destroyed);
  g_atomic_pointer_set (&self->destroyed_on, g_thread_self ());
}

static inline AthrCall *
athr_errand_new_call (AthrErrand   *self,
                      AthrCallFunc  func,
                      AthrExecutor *executor)
{
  AthrCall *call = athr_call_new (func, self, athr_errand_destroy);

  athr_call_set_executor (call, executor);

  return call;
}

/* Waits until @executor has neither queued nor running work. */
static inline void
athr_test_settle (AthrExecutor *executor)
{
  athr_test_yield_until (athr_executor_get_n_queued (executor) == 0 &&
                         athr_executor_get_n_running (executor) == 0);
}

/* Waits until @executor, or the default executor if it is NULL, has no work, and then runs all
 * that is pending in the default main context. */
static inline void
athr_test_finish (AthrExecutor *executor)
{
  athr_test_settle (executor != NULL ? executor : athr_executor_get_default ());
  athr_test_drain (NULL);
}

/* Signal handlers that append to a log: "finished", the name of a property, or the number of a
 * state. */
static inline void
athr_test_on_finished (AthrCall *call,
                       GString  *log)
{
  athr_test_log (log, "finished");
}

static inline void
athr_test_on_notify (AthrCall   *call,
                     GParamSpec *pspec,
                     GString    *log)
{
  athr_test_log (log, pspec->name);
}

static inline void
athr_test_on_state (AthrCall   *call,
                    GParamSpec *pspec,
                    GString    *log)
{
  char word[] = { '0' + athr_call_get_state (call), '\0' };

  athr_test_log (log, word);
}

static inline void
athr_test_count (gpointer object,
                 guint   *count)
{
  (*count)++;
}
