/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "machine-test.h"

/* Random operations on calls, and a model of what a call must do: its function runs at most once;
 * each run is answered once, in order, in its context, and all with one outcome; everything is
 * freed on the owner's thread, once. */

#define RESULT 42

typedef enum
{
  NO_OUTCOME,
  SUCCEEDED,
  FAILED,
  CANCELLED,
} Outcome;

typedef struct
{
  AthrArena *arena;
  GRand *rand;
  GMainContext *context;
  AthrOwner owner;
  AthrCall *call; /* NULL when the machine has dropped it */
  guint n_left;   /* operations until the end */
  guint depth;    /* of handlers */

  /* The function; set once */
  gboolean fails;
  gboolean obeys; /* fails with the error of its cancellable */
  guint delay;
  int n_begun;    /* atomic */
  int n_runs;     /* atomic; 1 while the function runs */

  /* The model */
  GQueue requests; /* (element-type AthrRequest); the oldest first */
  Outcome outcome;
  gboolean may_be_cancelled;
  gboolean was_started;
  gboolean has_finished;
  int n_destroyed;
  int is_finalized; /* atomic */
} Machine;

static void machine_act (Machine *self);

/* A worker */
static void
machine_work (AthrCall  *call,
              gpointer   user_data,
              GError   **error)
{
  Machine *self = user_data;
  AthrTracked tracked = { &self->owner, RESULT };

  g_assert_cmpint (g_atomic_int_add (&self->n_runs, 1), ==, 0);
  g_assert_cmpint (g_atomic_int_add (&self->n_begun, 1), ==, 0);
  athr_delay (self->delay);
  athr_call_report_progress (call, 0.5, "half");
  if (self->fails)
    athr_set_tracked_error (error, &self->owner);
  else if (!self->obeys ||
           !g_cancellable_set_error_if_cancelled (athr_call_get_cancellable (call), error))
    athr_call_return (call, athr_tracked_get_type (), &tracked);
  g_assert_cmpint (g_atomic_int_add (&self->n_runs, -1), ==, 1);
}

/* The owner's thread */

static void
machine_act_inside (Machine *self)
{
  self->depth++;
  while (self->depth < MAX_DEPTH && athr_one_in (self->rand, 4))
    machine_act (self);
  self->depth--;
}

/* The state is read as it is now, so the call that gives its outcome has the state of that outcome.
 * Only a call with return-on-cancel gives CANCELLED while its function still runs. */
static void
machine_check_state (Machine  *self,
                     AthrCall *call)
{
  AthrCallState state = athr_call_get_state (call);

  if (self->outcome == CANCELLED && state == ATHR_CALL_STATE_RUNNING)
    {
      g_assert_true (athr_call_get_return_on_cancel (call));
      g_assert_false (self->has_finished);
      return;
    }

  g_assert_cmpint (state, ==, self->outcome == SUCCEEDED ? ATHR_CALL_STATE_SUCCEEDED
                              : self->outcome == FAILED  ? ATHR_CALL_STATE_FAILED
                                                         : ATHR_CALL_STATE_CANCELLED);
  g_assert_true ((athr_call_get_error (call) == NULL) == (self->outcome == SUCCEEDED));
}

/* An outcome of the call: the first one, or the same again. */
static void
machine_learn (Machine      *self,
               AthrCall     *call,
               gboolean      succeeded,
               const GValue *value,
               const GError *error)
{
  Outcome outcome = SUCCEEDED;

  g_assert_true (succeeded == (error == NULL));
  if (succeeded)
    g_assert_cmpuint (athr_tracked_number (value), ==, RESULT);
  else if (athr_is_tracked_error (error))
    outcome = FAILED;
  else
    outcome = CANCELLED;
  if (outcome == CANCELLED)
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);

  g_assert_true (self->outcome == NO_OUTCOME || self->outcome == outcome);
  g_assert_true (outcome == CANCELLED ? self->may_be_cancelled
                                      : g_atomic_int_get (&self->n_begun) == 1);
  g_assert_true (outcome == CANCELLED || self->fails == (outcome == FAILED));
  self->outcome = outcome;
  machine_check_state (self, call);
}

static void
on_run (GObject      *source,
        GAsyncResult *result,
        gpointer      user_data)
{
  AthrRequest *request = user_data;
  Machine *self = request->machine;
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;
  gboolean succeeded = athr_call_run_finish_into (ATHR_CALL (source), result, &value, &error);

  athr_assert_home (&self->owner, self->context);
  g_assert_null (request->link.prev);
  athr_request_free (request);
  machine_learn (self, ATHR_CALL (source), succeeded, &value, error);
  machine_act_inside (self);
}

static void
on_progress (AthrCall   *call,
             GParamSpec *pspec,
             Machine    *self)
{
  athr_assert_home (&self->owner, self->context);
  g_assert_false (self->has_finished);
  g_assert_cmpfloat (athr_call_get_progress (call), ==, 0.5);
}

static void
on_finished (AthrCall *call,
             Machine  *self)
{
  athr_assert_home (&self->owner, self->context);
  g_assert_true (self->was_started);
  g_assert_false (self->has_finished);
  self->has_finished = TRUE;
  g_assert_cmpint (athr_call_get_state (call), >=, ATHR_CALL_STATE_SUCCEEDED);
  if (self->outcome != NO_OUTCOME)
    machine_check_state (self, call);
  g_assert_cmpint (self->n_destroyed, ==, 1);
  machine_act_inside (self);
}

static void
on_destroyed (gpointer user_data)
{
  Machine *self = user_data;

  g_assert_true (g_thread_self () == self->owner.thread);
  g_assert_cmpint (g_atomic_int_get (&self->n_runs), ==, 0);
  g_assert_cmpint (++self->n_destroyed, ==, 1);
}

static void
rival_cancel_call (gpointer call,
                   gpointer unused)
{
  athr_call_cancel (call);
  g_object_unref (call);
}

static void
machine_cancel (Machine *self)
{
  AthrRequest *request = athr_request_pick (&self->requests, self->rand);

  self->may_be_cancelled = TRUE;
  if (request != NULL && athr_flip (self->rand))
    athr_request_cancel (request, self->arena);
  else if (athr_flip (self->rand))
    athr_rival_give (&self->arena->rival, self->rand, rival_cancel_call, g_object_ref (self->call));
  else
    athr_call_cancel (self->call);
}

static void
machine_run (Machine *self)
{
  AthrRequest *request = athr_request_new (self, &self->requests);

  self->was_started = TRUE;
  athr_call_run_async (self->call, request->cancellable, on_run, request);
}

static void
machine_block (Machine *self)
{
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;
  gboolean succeeded;

  self->was_started = TRUE;
  succeeded = athr_call_run (self->call, NULL, &value, &error);
  machine_learn (self, self->call, succeeded, &value, error);
}

static void
machine_use_call (Machine *self)
{
  switch (g_rand_int_range (self->rand, 0, 12))
    {
    case 0 ... 3:
      if (self->requests.length < MAX_REQUESTS)
        machine_run (self);
      break;
    case 4:
      if (athr_one_in (self->rand, 4))
        machine_block (self);
      break;
    case 5:
      self->was_started = TRUE;
      athr_call_start (self->call);
      break;
    case 6:
      if (athr_one_in (self->rand, 3))
        machine_cancel (self);
      break;
    default:
      athr_random_pause (self->rand);
    }
}

static void
machine_act (Machine *self)
{
  g_main_context_push_thread_default (self->context);
  if (self->call == NULL || athr_flip (self->rand))
    for (int i = g_rand_int_range (self->rand, 1, 4); i > 0; i--)
      g_main_context_iteration (self->context, FALSE);
  else
    machine_use_call (self);
  g_main_context_pop_thread_default (self->context);
}

static Machine *
machine_new (AthrArena *arena)
{
  GRand *rand = arena->rand;
  Machine *self = g_new0 (Machine, 1);

  self->arena = arena;
  self->rand = rand;
  self->context = athr_arena_make_context (arena);
  self->n_left = g_rand_int_range (rand, 0, 40);
  self->fails = athr_one_in (rand, 3);
  self->obeys = athr_flip (rand);
  self->delay = athr_random_delay (rand);
  athr_owner_init (&self->owner, g_thread_self ());

  g_main_context_push_thread_default (self->context);
  self->call = athr_call_new (machine_work, self, on_destroyed);
  athr_call_set_executor (self->call, arena->executor);
  athr_call_set_return_on_cancel (self->call, athr_flip (rand));
  athr_call_set_priority (self->call, g_rand_int_range (rand, -2, 3));
  athr_call_set_delivery_priority (self->call, athr_flip (rand) ? G_PRIORITY_DEFAULT : 100);
  g_signal_connect (self->call, "notify::progress", G_CALLBACK (on_progress), self);
  g_signal_connect (self->call, "finished", G_CALLBACK (on_finished), self);
  g_object_weak_ref (G_OBJECT (self->call), athr_note_finalized, &self->is_finalized);
  g_main_context_pop_thread_default (self->context);

  return self;
}

static void
machine_end (Machine *self)
{
  if (self->was_started && athr_flip (self->rand))
    athr_test_iterate_until (self->context, self->has_finished && self->requests.length == 0);
  athr_drop_somewhere (g_steal_pointer (&self->call), &self->arena->rival, self->rand);
  athr_test_iterate_until (self->context, self->requests.length == 0 && self->n_destroyed == 1 &&
                                          g_atomic_int_get (&self->is_finalized));
  g_assert_true (self->has_finished == self->was_started);
  athr_owner_await_end (&self->owner, self->context);
  athr_rival_await (&self->arena->rival);
  g_main_context_unref (self->context);
  g_free (self);
}

static void
test_calls (AthrStress *stress)
{
  Machine *machines[N_MACHINES] = { NULL };
  AthrArena arena;
  guint n_machines = 0;

  g_test_summary ("Random operations on calls, compared with a model: one outcome, one answer for "
                  "each run, in order, threads and contexts, and what is freed");

  athr_arena_init (&arena, stress);
  while (athr_stress_more (stress, 500000))
    {
      int i = g_rand_int_range (stress->rand, 0, N_MACHINES);

      if (machines[i] == NULL)
        {
          machines[i] = machine_new (&arena);
          n_machines++;
        }
      machine_act (machines[i]);
      if (machines[i]->n_left-- == 0)
        machine_end (g_steal_pointer (&machines[i]));
    }
  for (int i = 0; i < N_MACHINES; i++)
    if (machines[i] != NULL)
      machine_end (machines[i]);
  athr_arena_clear (&arena);
  g_test_message ("%u calls", n_machines);
}

int
main (int    argc,
      char **argv)
{
  athr_stress_init (&argc, &argv);

  athr_stress_add ("/athr/call/stress/machine", test_calls);

  return g_test_run ();
}
