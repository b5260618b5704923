/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stress-test.h"

/* Everything of structured work at once: questions, posts, clean-ups, owners, maps, AthrLatest and groups, with
 * cancels, closes, drops and nested main loops at random moments, here and on another thread. Every operation is
 * answered once; posts and values come in order; all user data ends at home; and nothing stays alive. */

#define MAX_DEPTH 3

typedef struct
{
  AthrStress *stress;
  GRand *rand;
  AthrRival rival;
  GThread *home;
  AthrExecutor *executor; /* (nullable): the default one */
  GObject *owner;         /* (nullable): disposed of already */
  int n_alive;            /* atomic; user data that has not ended */
  guint n_pending;        /* operations that were not answered */
  guint depth;            /* of nested main loops */
  GPtrArray *questions;   /* (element-type AthrQuestion), kept and not answered */
} Round;

/* What a function on a worker does, and what came of it. */
typedef struct
{
  Round *round;           /* set once */
  guint n_posts;          /* set once */
  guint n_values;         /* set once */
  guint asks_at;          /* set once; before the post of this number */
  gboolean fails;         /* set once */
  guint delay;            /* set once */
  gboolean is_bound;      /* home */
  gboolean is_ordered;    /* set once; of a stream */
  int n_begun;            /* atomic; steps and functions */
  int n_cleanups;         /* atomic */
  guint last_post;        /* home; the number of the last post that was called */
  int last_value;         /* home */
  gboolean is_over;       /* home; the outcome has come, or a close is over: no post is called any more */
  gboolean is_closed;     /* home; the consumer has closed */
} Job;

/* A piece of user data. */
typedef struct
{
  Job *job; /* owned */
  guint number;
} Piece;

static Piece *
piece_new (Job   *job,
           guint  number)
{
  Piece *self = g_new (Piece, 1);

  self->job = g_atomic_rc_box_acquire (job);
  self->number = number;
  g_atomic_int_inc (&job->round->n_alive);

  return self;
}

static void
piece_destroy (gpointer data)
{
  Piece *self = data;
  Round *round = self->job->round;

  g_assert_true (g_thread_self () == round->home);
  g_atomic_rc_box_release (self->job);
  g_free (self);
  g_atomic_int_add (&round->n_alive, -1);
}

static Job *
job_new (Round *round)
{
  Job *self = g_atomic_rc_box_new0 (Job);

  self->round = round;
  self->n_posts = g_rand_int_range (round->rand, 0, 4);
  self->n_values = g_rand_int_range (round->rand, 0, 6);
  self->asks_at = g_rand_int_range (round->rand, 0, 8);
  self->fails = athr_one_in (round->rand, 6);
  self->delay = athr_random_delay (round->rand);
  self->is_ordered = TRUE;

  return self;
}

/* Home: answers a question that was kept, or drops it. */
static void
settle_question (Round *self)
{
  g_autoptr (AthrQuestion) question = NULL;
  GValue value = G_VALUE_INIT;

  if (self->questions->len == 0)
    return;

  question = g_ptr_array_steal_index_fast (self->questions,
                                           g_rand_int_range (self->rand, 0, self->questions->len));
  g_value_init (&value, G_TYPE_INT);
  g_value_set_int (&value, 42);
  switch (g_rand_int_range (self->rand, 0, 3))
    {
    case 0:
      athr_question_answer (question, &value);
      break;
    case 1:
      athr_question_fail_literal (question, G_IO_ERROR, G_IO_ERROR_FAILED, "No");
      break;
    default:
      break;
    }
}

/* Home: what a callback of the program may do. */
static void
disturb (Round *self)
{
  g_assert_true (g_thread_self () == self->home);

  if (athr_one_in (self->rand, 4))
    settle_question (self);
  if (athr_one_in (self->rand, 4) && self->depth < MAX_DEPTH)
    {
      self->depth++;
      for (guint i = g_rand_int_range (self->rand, 0, 4); i > 0; i--)
        g_main_context_iteration (NULL, FALSE);
      self->depth--;
    }
  if (athr_one_in (self->rand, 12) && self->owner != NULL)
    athr_drop_somewhere (g_steal_pointer (&self->owner), &self->rival, self->rand);
}

static void
on_question (AthrQuestion *question,
             gpointer      data)
{
  Piece *piece = data;
  Round *round = piece->job->round;

  g_assert_false (piece->job->is_over);
  g_ptr_array_add (round->questions, g_object_ref (question));
  if (athr_flip (round->rand))
    settle_question (round);
  disturb (round);
}

static void
on_post (gpointer data)
{
  Piece *piece = data;
  Job *job = piece->job;

  g_assert_false (job->is_over);
  g_assert_cmpuint (piece->number, ==, job->last_post + 1);
  job->last_post = piece->number;
  disturb (job->round);
}

/* On a worker: an answer is 42, or there is an error. */
static void
check_answer (gboolean      has_answer,
              GValue       *answer,
              const GError *error)
{
  if (!has_answer)
    {
      g_assert_nonnull (error);
      g_assert_false (G_IS_VALUE (answer));
      return;
    }

  g_assert_no_error (error);
  g_assert_cmpint (g_value_get_int (answer), ==, 42);
  g_value_unset (answer);
}

static void
call_work (AthrCall  *call,
           gpointer   data,
           GError   **error)
{
  Job *job = ((Piece *) data)->job;

  g_atomic_int_inc (&job->n_begun);
  for (guint i = 1; i <= job->n_posts; i++)
    {
      g_autoptr (GError) refusal = NULL;
      GValue answer = G_VALUE_INIT;
      gboolean has_answer;

      athr_delay (job->delay);
      if (i == job->asks_at)
        {
          has_answer = athr_call_ask (call, on_question, piece_new (job, i), piece_destroy, &answer, &refusal);
          check_answer (has_answer, &answer, refusal);
        }
      athr_call_report_progress (call, i / (double) job->n_posts, NULL);
      athr_call_post (call, on_post, piece_new (job, i), piece_destroy);
    }
  if (job->fails)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "Failed");
  else
    athr_call_return (call, G_TYPE_INT, 1);
}

/* Posts a number, and yields the same number. */
static gboolean
yield_number (AthrYielder *yielder,
              Job         *job,
              guint        number)
{
  g_autoptr (GError) refusal = NULL;
  GValue answer = G_VALUE_INIT;
  gboolean has_answer;

  athr_delay (job->delay);
  if (number == job->asks_at)
    {
      has_answer = athr_yielder_ask (yielder, on_question, piece_new (job, number), piece_destroy, &answer, &refusal);
      check_answer (has_answer, &answer, refusal);
    }
  athr_yielder_post (yielder, on_post, piece_new (job, number), piece_destroy);

  return athr_yielder_yield (yielder, NULL, G_TYPE_INT, number);
}

static void
stream_work (AthrYielder  *yielder,
             gpointer      data,
             GError      **error)
{
  Job *job = ((Piece *) data)->job;

  g_atomic_int_inc (&job->n_begun);
  for (guint i = 1; i <= job->n_values; i++)
    if (!yield_number (yielder, job, i))
      break;
  if (job->fails)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "Failed");
}

static void
step_work (AthrYielder  *yielder,
           gpointer      data,
           GError      **error)
{
  Job *job = ((Piece *) data)->job;
  guint i = g_atomic_int_add (&job->n_begun, 1) + 1;

  if (i <= job->n_values)
    yield_number (yielder, job, i);
  else if (job->fails)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "Failed");
  else
    athr_yielder_end (yielder);
}

/* The program cleans up once, after a function or a step that has begun. */
static void
clean_up (AthrYielder  *yielder,
          gpointer      data,
          GError      **error)
{
  Job *job = ((Piece *) data)->job;

  g_assert_cmpint (g_atomic_int_get (&job->n_begun), >, 0);
  g_assert_cmpint (g_atomic_int_add (&job->n_cleanups, 1), ==, 0);
}

/* Two values for each item. */
static void
map_item (AthrYielder  *yielder,
          const GValue *item,
          gpointer      data,
          GError      **error)
{
  Job *job = ((Piece *) data)->job;
  int number = g_value_get_int (item);

  athr_delay (job->delay);
  for (int i = 0; i < 2; i++)
    if (!athr_yielder_yield (yielder, NULL, G_TYPE_INT, 2 * number + i))
      return;
  if (job->fails && number == 3)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "Failed");
}

/* Operations */

static Piece *
begin_operation (Job *job)
{
  job->round->n_pending++;

  return piece_new (job, 0);
}

static void
end_operation (Piece *piece)
{
  Round *round = piece->job->round;

  g_assert_true (g_thread_self () == round->home);
  g_assert_cmpuint (round->n_pending, >, 0);
  round->n_pending--;
  piece_destroy (piece);
}

static void
on_run (GObject      *source,
        GAsyncResult *result,
        gpointer      data)
{
  Piece *piece = data;
  g_autoptr (GError) error = NULL;
  gboolean has_succeeded;

  if (ATHR_IS_LATEST (source))
    has_succeeded = athr_latest_run_finish_into (ATHR_LATEST (source), result, NULL, &error);
  else
    has_succeeded = athr_call_run_finish_into (ATHR_CALL (source), result, NULL, &error);
  /* The function of a superseded run may still run, and post. */
  if (has_succeeded)
    g_assert_cmpuint (piece->job->last_post, ==, piece->job->n_posts);
  piece->job->is_over |= ATHR_IS_CALL (source) || has_succeeded;
  disturb (piece->job->round);
  end_operation (piece);
}

static void
on_group (GObject      *source,
          GAsyncResult *result,
          gpointer      data)
{
  Piece *piece = data;
  g_autoptr (GError) error = NULL;

  if (g_async_result_is_tagged (result, athr_group_wait_async))
    athr_group_wait_finish (ATHR_GROUP (source), result, &error);
  else
    g_assert_true (athr_group_close_finish (ATHR_GROUP (source), result, &error));
  disturb (piece->job->round);
  end_operation (piece);
}

static void
on_close (GObject      *source,
          GAsyncResult *result,
          gpointer      data)
{
  Piece *piece = data;
  Job *job = piece->job;
  g_autoptr (GError) error = NULL;

  job->is_over = TRUE;
  if (!athr_stream_close_finish (ATHR_STREAM (source), result, &error))
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
  disturb (job->round);
  end_operation (piece);
}

static void
close_stream (AthrStream *stream,
              Job        *job)
{
  job->is_closed = TRUE;
  athr_stream_close_async (stream, NULL, on_close, begin_operation (job));
}

static void take_next (AthrStream *stream,
                       Job        *job);

static void
check_value (Job          *job,
             const GValue *value)
{
  int number = g_value_get_int (value);

  if (job->is_ordered)
    g_assert_cmpint (number, ==, job->last_value + 1);
  job->last_value = number;
  /* What was posted before a value comes before it. */
  if (job->is_ordered && job->n_posts > 0 && !job->is_closed)
    g_assert_cmpuint (job->last_post, >=, number);
}

static void
on_next (GObject      *source,
         GAsyncResult *result,
         gpointer      data)
{
  Piece *piece = data;
  Job *job = piece->job;
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;

  if (athr_stream_next_finish_into (ATHR_STREAM (source), result, &value, &error) && G_IS_VALUE (&value))
    {
      check_value (job, &value);
      disturb (job->round);
      if (athr_one_in (job->round->rand, 6) && !job->is_closed)
        close_stream (ATHR_STREAM (source), job);
      else if (!athr_one_in (job->round->rand, 6))
        take_next (ATHR_STREAM (source), job);
    }
  end_operation (piece);
}

static void
take_next (AthrStream *stream,
           Job        *job)
{
  GCancellable *cancellable = athr_one_in (job->round->rand, 4) ? g_cancellable_new () : NULL;

  athr_stream_next_async (stream, cancellable, on_next, begin_operation (job));
  if (cancellable != NULL)
    athr_cancel_somewhere (cancellable, &job->round->rival, job->round->rand);
}

/* Actors: each starts something, and leaves it to itself. */

static AthrCall *
new_call (Round  *round,
          Job   **job)
{
  AthrCall *call;

  *job = job_new (round);
  call = athr_call_new (call_work, piece_new (*job, 0), piece_destroy);
  athr_call_set_name (call, "together");
  athr_call_set_executor (call, round->executor);
  athr_call_set_return_on_cancel (call, athr_flip (round->rand));
  athr_call_set_priority (call, g_rand_int_range (round->rand, -1, 2));
  if (athr_one_in (round->rand, 8))
    athr_call_set_timeout (call, 1);
  if (athr_one_in (round->rand, 8))
    athr_call_set_run_timeout (call, 1);
  if (athr_one_in (round->rand, 3) && round->owner != NULL)
    {
      (*job)->is_bound = TRUE;
      athr_call_bind (call, round->owner);
    }

  return call;
}

static void
act_call (Round *round)
{
  g_autoptr (GCancellable) cancellable = athr_flip (round->rand) ? g_cancellable_new () : NULL;
  Job *job;
  AthrCall *call = new_call (round, &job);

  if (athr_one_in (round->rand, 8) && round->executor == NULL)
    athr_call_run (call, NULL, NULL, NULL);
  athr_call_run_async (call, cancellable, on_run, begin_operation (job));
  if (athr_one_in (round->rand, 4))
    athr_call_cancel (call);
  if (cancellable != NULL)
    athr_cancel_somewhere (g_steal_pointer (&cancellable), &round->rival, round->rand);
  athr_drop_somewhere (call, &round->rival, round->rand);
  g_atomic_rc_box_release (job);
}

static void
read_stream (Round      *round,
             AthrStream *stream,
             Job        *job)
{
  athr_stream_set_name (stream, "together");
  athr_stream_set_executor (stream, round->executor);
  athr_stream_set_buffer_size (stream, g_rand_int_range (round->rand, 0, 3));
  if (athr_one_in (round->rand, 3) && round->owner != NULL)
    {
      job->is_bound = TRUE;
      athr_stream_bind (stream, round->owner);
    }
  for (guint i = g_rand_int_range (round->rand, 0, 3); i > 0; i--)
    take_next (stream, job);
  if (athr_one_in (round->rand, 4))
    athr_stream_start (stream);
  if (athr_one_in (round->rand, 4))
    close_stream (stream, job);
  athr_drop_somewhere (stream, &round->rival, round->rand);
  g_atomic_rc_box_release (job);
}

static void
act_stream (Round *round)
{
  Job *job = job_new (round);
  AthrStreamFunc func = athr_flip (round->rand) ? stream_work : step_work;
  AthrStream *stream = func == step_work
                       ? athr_stream_new_steps (func, piece_new (job, 0), piece_destroy)
                       : athr_stream_new (func, piece_new (job, 0), piece_destroy);

  job->n_posts = job->n_values;
  if (athr_flip (round->rand))
    athr_stream_set_cleanup (stream, clean_up, piece_new (job, 0), piece_destroy);
  read_stream (round, stream, job);
}

static void
act_map (Round *round)
{
  Job *job = job_new (round);
  g_autoptr (GArray) values = g_array_new (FALSE, TRUE, sizeof (GValue));
  g_autoptr (AthrStream) source = NULL;
  AthrMapFlags flags = athr_flip (round->rand) ? ATHR_MAP_DEFAULT : ATHR_MAP_UNORDERED;

  job->n_posts = 0;
  job->is_ordered = flags == ATHR_MAP_DEFAULT;
  job->last_value = 1;
  g_array_set_size (values, job->n_values);
  for (guint i = 0; i < values->len; i++)
    {
      g_value_init (&g_array_index (values, GValue, i), G_TYPE_INT);
      g_value_set_int (&g_array_index (values, GValue, i), i + 1);
    }
  source = athr_stream_new_for_values ((GValue *) values->data, values->len);
  read_stream (round,
               athr_stream_new_map (source, g_rand_int_range (round->rand, 0, 4), flags, map_item,
                                    piece_new (job, 0), piece_destroy),
               job);
}

static void
act_latest (Round *round)
{
  AthrLatest *latest = athr_latest_new (g_rand_int_range (round->rand, 0, 2));

  athr_latest_set_serial (latest, athr_flip (round->rand));
  for (guint i = g_rand_int_range (round->rand, 1, 5); i > 0; i--)
    {
      Job *job;
      g_autoptr (AthrCall) call = new_call (round, &job);

      athr_latest_run_async (latest, call, NULL, on_run, begin_operation (job));
      g_atomic_rc_box_release (job);
      disturb (round);
      if (athr_one_in (round->rand, 6))
        athr_latest_cancel (latest);
    }
  athr_drop_somewhere (latest, &round->rival, round->rand);
}

static void
act_group (Round *round)
{
  AthrGroup *group = athr_group_new (g_rand_int_range (round->rand, 0, 3));
  Job *own = job_new (round);

  athr_group_set_name (group, "together");
  athr_group_set_max_running (group, g_rand_int_range (round->rand, 0, 3));
  if (athr_one_in (round->rand, 6))
    athr_group_set_timeout (group, 1);
  if (athr_one_in (round->rand, 3))
    athr_group_get_results (group);
  for (guint i = g_rand_int_range (round->rand, 0, 5); i > 0; i--)
    {
      Job *job;
      g_autoptr (AthrCall) call = new_call (round, &job);

      athr_group_add (group, call, NULL);
      g_atomic_rc_box_release (job);
      disturb (round);
    }
  if (athr_flip (round->rand))
    athr_group_wait_async (group, NULL, on_group, begin_operation (own));
  if (athr_flip (round->rand))
    athr_group_close_async (group, NULL, on_group, begin_operation (own));
  athr_drop_somewhere (group, &round->rival, round->rand);
  g_atomic_rc_box_release (own);
}

/* Whether only executors are left, and no private one. */
static gboolean
is_nothing_alive (void)
{
  g_autofree char *alive = athr_dump_alive ();

  athr_test_drain (NULL);

  return *alive == '\0' || (g_str_has_prefix (alive, "executor “athreading”") &&
                            strchr (alive, '\n') == alive + strlen (alive) - 1);
}

static void
finish_round (Round *round)
{
  g_clear_object (&round->owner);
  /* No answer comes any more, so functions that still ask end by the drop of their questions. */
  athr_test_yield_until ((athr_test_drain (NULL), g_ptr_array_set_size (round->questions, 0),
                          round->n_pending == 0 && g_atomic_int_get (&round->n_alive) == 0));
  athr_rival_await (&round->rival);
  g_clear_object (&round->executor);
  athr_test_yield_until (is_nothing_alive ());
  g_assert_cmpuint (round->questions->len, ==, 0);
}

static void
stress_together (AthrStress *stress)
{
  static void (*const acts[]) (Round *) = { act_call, act_stream, act_map, act_latest, act_group };
  Round round = { stress, stress->rand };

  round.home = g_thread_self ();
  round.questions = g_ptr_array_new_with_free_func (g_object_unref);
  athr_rival_start (&round.rival);
  while (athr_stress_more (stress, 100))
    {
      round.owner = g_object_new (G_TYPE_OBJECT, NULL);
      if (athr_flip (round.rand))
        round.executor = athr_executor_new ("round", g_rand_int_range (round.rand, 1, 4));
      for (guint i = g_rand_int_range (round.rand, 1, 12); i > 0; i--)
        {
          acts[g_rand_int_range (round.rand, 0, G_N_ELEMENTS (acts))](&round);
          disturb (&round);
        }
      finish_round (&round);
    }
  athr_rival_stop (&round.rival);
  g_ptr_array_unref (round.questions);
}

int
main (int    argc,
      char **argv)
{
  athr_stress_init (&argc, &argv);
  /* Several threads must not call this for the first time at once: GLib writes a variable without an atomic. */
  g_io_error_quark ();

  athr_stress_add ("/athr/stress/together", stress_together);

  return g_test_run ();
}
