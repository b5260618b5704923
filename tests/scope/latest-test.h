/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "../call/call-test.h"

/* What the tests of AthrLatest share. */

/* The callback of an athr_latest_run_async(), with an AthrAnswer as its user data. */
static inline void
athr_answer_take_latest (GObject      *source,
                         GAsyncResult *result,
                         gpointer      user_data)
{
  AthrAnswer *self = user_data;
  gboolean succeeded;

  athr_test_log (self->log, self->name);
  self->n_times++;
  self->thread = g_thread_self ();
  athr_answer_clear (self);

  succeeded = athr_latest_run_finish_into (ATHR_LATEST (source), result, &self->value, &self->error);
  g_assert_true (succeeded == (self->error == NULL));
  g_assert_true (succeeded == G_IS_VALUE (&self->value));
}

/* Calls @func with @data on another thread, and returns that thread. */
typedef struct
{
  void (*func) (gpointer data);
  gpointer data;
} AthrElsewhere;

static inline gpointer
athr_elsewhere_run (gpointer data)
{
  g_autofree AthrElsewhere *self = data;

  self->func (self->data);

  return NULL;
}

static inline GThread *
athr_elsewhere_begin (void     (*func) (gpointer data),
                      gpointer   data)
{
  AthrElsewhere *self = g_new (AthrElsewhere, 1);

  *self = (AthrElsewhere) { func, data };

  return g_thread_new ("other", athr_elsewhere_run, self);
}

static inline void
athr_test_cancel (gpointer cancellable)
{
  g_cancellable_cancel (cancellable);
}

/* An AthrLatest with a few errands, each with a call. */
typedef struct
{
  AthrLatest *latest;
  AthrExecutor *executor; /* nullable: the default executor */
  AthrErrand errands[4];
  AthrAnswer answers[4];
  GString *log;
} AthrSearch;

static inline void
athr_search_on_busy (AthrLatest *latest,
                     GParamSpec *pspec,
                     AthrSearch *self)
{
  athr_test_log (self->log, athr_latest_get_busy (latest) ? "busy" : "idle");
}

static inline void
athr_search_init (AthrSearch *self,
                  guint       debounce)
{
  static const char *names[] = { "0", "1", "2", "3" };

  memset (self, 0, sizeof *self);
  self->latest = athr_latest_new (debounce);
  self->log = g_string_new (NULL);
  for (guint i = 0; i < G_N_ELEMENTS (self->errands); i++)
    {
      athr_errand_init (&self->errands[i]);
      self->answers[i].name = names[i];
      self->answers[i].log = self->log;
    }
  g_signal_connect (self->latest, "notify::busy", G_CALLBACK (athr_search_on_busy), self);
}

/* Runs a call of @func with errand number @i. Returns the call, which the AthrLatest owns. */
static inline AthrCall *
athr_search_run (AthrSearch   *self,
                 guint         i,
                 AthrCallFunc  func,
                 GCancellable *cancellable)
{
  g_autoptr (AthrCall) call = athr_errand_new_call (&self->errands[i], func, self->executor);

  athr_latest_run_async (self->latest, call, cancellable, athr_answer_take_latest, &self->answers[i]);

  return call;
}

/* Opens all gates, drops the AthrLatest, and waits until everything that was run has come home. */
static inline void
athr_search_clear (AthrSearch *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->errands); i++)
    athr_gate_open (&self->errands[i].gate);
  if (self->latest != NULL)
    {
      g_object_add_weak_pointer (G_OBJECT (self->latest), (gpointer *) &self->latest);
      g_signal_handlers_disconnect_by_data (self->latest, self);
      g_object_unref (self->latest);
    }
  athr_test_finish (self->executor);
  athr_test_iterate_until (NULL, self->latest == NULL);
  for (guint i = 0; i < G_N_ELEMENTS (self->errands); i++)
    {
      /* The user data of each call that was run ended once, at home. */
      g_assert_cmpint (self->errands[i].n_destroyed, ==, self->answers[i].n_times);
      g_assert_true (self->errands[i].n_destroyed == 0 ||
                     self->errands[i].destroyed_on == g_thread_self ());
      athr_errand_clear (&self->errands[i]);
      athr_answer_clear (&self->answers[i]);
    }
  g_clear_object (&self->executor);
  g_string_free (self->log, TRUE);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AthrSearch, athr_search_clear)

#define athr_search_assert_cancelled(search, i) \
  athr_answer_assert_error (&(search)->answers[i], G_IO_ERROR, G_IO_ERROR_CANCELLED)
#define athr_search_assert_succeeded(search, i) \
  athr_answer_assert_int (&(search)->answers[i], 42)
#define athr_search_await(search, i) \
  athr_test_iterate_until (NULL, (search)->answers[i].n_times > 0)
