/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "latest-test.h"

/* What the tests of AthrGroup share. */

/* What the callback of a wait or a close got. */
typedef struct
{
  GString *log; /* nullable; not owned */
  const char *name;
  guint n_times;
  GError *error;
} AthrEnd;

static inline void
athr_end_take (AthrEnd  *self,
               gboolean  succeeded,
               GError   *error)
{
  g_assert_true (succeeded == (error == NULL));
  athr_test_log (self->log, self->name);
  self->n_times++;
  g_clear_error (&self->error);
  self->error = error;
}

static inline void
athr_end_take_wait (GObject      *source,
                    GAsyncResult *result,
                    gpointer      user_data)
{
  GError *error = NULL;
  gboolean succeeded = athr_group_wait_finish (ATHR_GROUP (source), result, &error);

  athr_end_take (user_data, succeeded, error);
}

static inline void
athr_end_take_close (GObject      *source,
                     GAsyncResult *result,
                     gpointer      user_data)
{
  GError *error = NULL;
  gboolean succeeded = athr_group_close_finish (ATHR_GROUP (source), result, &error);

  athr_end_take (user_data, succeeded, error);
}

#define ATHR_TEAM_SIZE 8

/* A group with a few errands, each with a call. */
typedef struct
{
  AthrGroup *group;
  AthrExecutor *executor; /* nullable: the default executor */
  AthrErrand errands[ATHR_TEAM_SIZE];
  AthrCall *calls[ATHR_TEAM_SIZE];
  AthrEnd wait;
  AthrEnd close;
  GString *log;
} AthrTeam;

static inline void
athr_team_init (AthrTeam        *self,
                AthrGroupPolicy  policy)
{
  memset (self, 0, sizeof *self);
  self->group = athr_group_new (policy);
  self->log = g_string_new (NULL);
  self->wait = (AthrEnd) { .log = self->log, .name = "wait" };
  self->close = (AthrEnd) { .log = self->log, .name = "close" };
  for (guint i = 0; i < ATHR_TEAM_SIZE; i++)
    athr_errand_init (&self->errands[i]);
}

static inline void
athr_team_on_finished (AthrCall *call,
                       GString  *log)
{
  athr_test_log (log, athr_call_get_name (call));
}

/* Makes call number @i, which writes its number to the log when it has finished. */
static inline AthrCall *
athr_team_make (AthrTeam     *self,
                guint         i,
                AthrCallFunc  func)
{
  char name[] = { '0' + i, '\0' };

  self->calls[i] = athr_errand_new_call (&self->errands[i], func, self->executor);
  athr_call_set_name (self->calls[i], name);
  g_signal_connect (self->calls[i], "finished", G_CALLBACK (athr_team_on_finished), self->log);

  return self->calls[i];
}

static inline AthrCall *
athr_team_add (AthrTeam     *self,
               guint         i,
               AthrCallFunc  func)
{
  g_autoptr (GError) error = NULL;

  athr_group_add (self->group, athr_team_make (self, i, func), &error);
  g_assert_no_error (error);

  return self->calls[i];
}

static inline void
athr_team_wait (AthrTeam *self)
{
  athr_group_wait_async (self->group, NULL, athr_end_take_wait, &self->wait);
  g_assert_cmpuint (self->wait.n_times, ==, 0);
}

/* Iterates until the wait is answered. */
static inline void
athr_team_await (AthrTeam *self)
{
  athr_test_iterate_until (NULL, self->wait.n_times > 0);
  g_assert_cmpuint (self->wait.n_times, ==, 1);
}

static inline void
athr_team_close (AthrTeam *self)
{
  athr_group_close_async (self->group, NULL, athr_end_take_close, &self->close);
  g_assert_cmpuint (self->close.n_times, ==, 0);
}

static inline void
athr_team_await_close (AthrTeam *self)
{
  athr_test_iterate_until (NULL, self->close.n_times > 0);
  g_assert_cmpuint (self->close.n_times, ==, 1);
}

#define athr_team_assert_state(team, i, state) \
  g_assert_cmpint (athr_call_get_state ((team)->calls[i]), ==, ATHR_CALL_STATE_##state)

static inline void
athr_team_clear (AthrTeam *self)
{
  for (guint i = 0; i < ATHR_TEAM_SIZE; i++)
    athr_gate_open (&self->errands[i].gate);
  if (self->group != NULL)
    {
      g_object_add_weak_pointer (G_OBJECT (self->group), (gpointer *) &self->group);
      g_object_unref (self->group);
    }
  athr_test_finish (self->executor);
  athr_test_iterate_until (NULL, self->group == NULL);
  for (guint i = 0; i < ATHR_TEAM_SIZE; i++)
    {
      gboolean was_made = self->calls[i] != NULL;

      if (was_made)
        {
          g_signal_handlers_disconnect_by_data (self->calls[i], self->log);
          g_object_add_weak_pointer (G_OBJECT (self->calls[i]), (gpointer *) &self->calls[i]);
          g_object_unref (self->calls[i]);
          athr_test_iterate_until (NULL, self->calls[i] == NULL);
        }
      g_assert_cmpint (self->errands[i].n_destroyed, ==, was_made);
      g_assert_true (!was_made || self->errands[i].destroyed_on == g_thread_self ());
      athr_errand_clear (&self->errands[i]);
    }
  g_clear_object (&self->executor);
  g_clear_error (&self->wait.error);
  g_clear_error (&self->close.error);
  g_string_free (self->log, TRUE);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AthrTeam, athr_team_clear)
