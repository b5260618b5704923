/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "athr-latest.h"
#include "base/athr-deadline-private.h"
#include "base/athr-thread-private.h"
#include "base/athr-weak-private.h"
#include "call/athr-call-private.h"
#include "context/athr-home-private.h"
#include "context/athr-notifier-private.h"
#include "context/athr-operation-private.h"
#include "scope/athr-scope-completion-private.h"

/**
 * AthrLatest:
 *
 * Runs calls of which only the newest one counts, such as those of a search box.
 *
 * The program makes one call for each key that the user presses, and gives every call to
 * [method@Athr.Latest.run_async]. Each run *supersedes* the run before: that run is answered
 * with %G_IO_ERROR_CANCELLED at once, its call is cancelled, and only then comes anything of
 * the newer run. So an answer that is late never replaces a newer answer.
 *
 * ```c
 * static void
 * search (AthrCall *call, gpointer text, GError **error)
 * {
 *   athr_call_return (call, G_TYPE_STRING, text);
 * }
 *
 * static void
 * found (GObject *source, GAsyncResult *result, gpointer user_data)
 * {
 *   g_auto (GValue) value = G_VALUE_INIT;
 *   g_autoptr (GError) error = NULL;
 *
 *   if (athr_latest_run_finish_into (ATHR_LATEST (source), result, &value, &error))
 *     g_print ("%s\n", g_value_get_string (&value));
 *   else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
 *     g_printerr ("%s\n", error->message);
 * }
 *
 * static void
 * text_changed (AthrLatest *latest, const char *text)
 * {
 *   g_autoptr (AthrCall) call = athr_call_new (search, g_strdup (text), g_free);
 *
 *   athr_latest_run_async (latest, call, NULL, found, NULL);
 * }
 * ```
 *
 * With a [property@Athr.Latest:debounce] a call starts only when no newer call has come for
 * that long; a call that is superseded before never starts.
 * [property@Athr.Latest:max-wait] bounds how long a user who does not stop typing waits. With
 * [property@Athr.Latest:serial] a call starts only when the function of the call before has
 * returned.
 *
 * Dropping the last reference supersedes the newest run, and waits for nothing: a run that has
 * not been answered does not keep the object. The callback of such a run gets another
 * `AthrLatest` in its place, with the same properties, with which the callback can finish the run.
 * Further runs of that `AthrLatest` are answered with %G_IO_ERROR_CANCELLED.
 *
 * # Threads
 *
 * An `AthrLatest` has an *owner's main context*: the main context that is thread-default when
 * the program first calls [method@Athr.Latest.run_async]. Only the thread that iterates this
 * context may use the object. So a function on a worker can use an `AthrLatest` only in a main
 * context of its own, which the function iterates: see [On a worker](threads.html#on-a-worker). The
 * debounce needs no main loop of GLib: it is over in time under any event loop.
 *
 * Any thread may drop the last reference. g_async_result_get_source_object() of a run does not give the
 * `AthrLatest`, so that this is safe: the callback gets the `AthrLatest` as long as there is one.
 *
 * Since: 1.0
 */

/* Where a run is.
 *
 *   WAITING -> STARTED -> OVER -> answered
 *        \--------\---> SETTLED -> answered
 *
 * A run that is not SETTLED is the current run, and there is at most one.
 *
 * No run holds a reference to the AthrLatest, so that the program can drop the AthrLatest. A GTask
 * keeps its source, so the source is a stand-in, and the callback gets the AthrLatest instead if
 * there still is one. dispose() must not revive the AthrLatest for a run that is left: before
 * GLib 2.80 g_object_unref() touches the object after dispose(), when home may have dropped the
 * new reference already. */
typedef enum
{
  ATHR_LATEST_RUN_WAITING, /* for the debounce, or for the function of an earlier call */
  ATHR_LATEST_RUN_STARTED, /* the call was started */
  ATHR_LATEST_RUN_OVER,    /* the outcome of the call has come */
  ATHR_LATEST_RUN_SETTLED, /* the run fails with an error of its own */
} AthrLatestRunState;

/* What workers, the thread of the deadlines and cancelling threads hold of an AthrLatest, and
 * what its stand-in shares. Each push of an item holds a reference, and so does a deadline that
 * waits. */
typedef struct
{
  AthrWeak latest;
  AthrContextQueue *home;  /* owned; set once, by the first run; until then home of the creator */
  AthrWorkItem attend;     /* looks for what there is to do: a debounce is over, a run was cancelled */
  AthrWorkItem update;     /* notifies `busy` */
  AthrWorkItem farewell;   /* answers the run that dispose() has left */
  AthrDeadline deadline;
  AthrOperation *left;     /* (nullable): the run that dispose() has left; home, after dispose() */
  guint debounce;          /* home; in milliseconds */
  guint max_wait;          /* home; in milliseconds */
  gboolean serial;         /* home */
  int n_lost;              /* atomic; calls that have ended since home looked, and whose main contexts are gone */
} AthrLatestCore;

typedef struct
{
  AthrOperation base;
  AthrLatestCore *core;         /* set once; owned */
  AthrCall *call;               /* set once; owned */
  guint64 number;               /* set once; of this run */
  GAsyncReadyCallback callback; /* (nullable): set once; of the program */
  int is_cancelled;             /* atomic; by its cancellable */
  AthrLatestRunState state;     /* home */
  GAsyncResult *outcome;        /* home; of the call, once it is OVER */
  GError *error;                /* home; once it is SETTLED */
} AthrLatestRun;

/* Connects a call that was started with its run. */
typedef struct
{
  AthrLatestCore *core; /* owned */
  guint64 number;       /* of the run */
} AthrLatestStart;

struct _AthrLatest
{
  GObject parent_instance;

  AthrLatestCore *core;   /* set once; a stand-in shares that of the AthrLatest */
  guint64 creator;        /* set once; the number of the thread that created the object */
  AthrAlive *alive;       /* (nullable): set once; NULL: this is a stand-in */
  AthrLatest *stand_in;   /* (nullable): set once, by the first run; the source of all tasks */
  gboolean has_home;      /* the first run has fixed home */
  gboolean is_disposed;   /* no further run starts */

  AthrLatestRun *current; /* the run that is not SETTLED and not answered; owned by its task */
  gboolean is_busy;       /* there is a current run whose answer is not under way */
  guint64 last_number;    /* of the last run */
  guint n_running;        /* calls that were started, and whose functions have not returned */
  gint64 burst_begin;     /* when the first of the runs came of which none has started; 0: none */
  gint64 due;             /* when the debounce of the current run is over */

  AthrNotifier notifier;
  gboolean seen_busy;     /* as last notified */
};

enum
{
  PROP_0,
  PROP_DEBOUNCE,
  PROP_MAX_WAIT,
  PROP_SERIAL,
  PROP_BUSY,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (AthrLatest, athr_latest, G_TYPE_OBJECT)

static void
athr_latest_core_clear (gpointer data)
{
  AthrLatestCore *self = data;

  athr_context_queue_unref (self->home);
  athr_weak_clear (&self->latest);
}

static void
athr_latest_core_unref (AthrLatestCore *self)
{
  g_atomic_rc_box_release_full (self, athr_latest_core_clear);
}

/* Any thread */
static void
athr_latest_core_push (AthrLatestCore *self,
                       int             priority,
                       AthrWorkItem   *item)
{
  g_atomic_rc_box_acquire (self);
  if (!athr_context_queue_push (self->home, priority, item))
    athr_latest_core_unref (self);
}

static void
athr_latest_core_drop (AthrWorkItem *item)
{
  athr_latest_core_unref (item->data);
}

/* Takes over the reference of the deadline to the core. */
static void
athr_latest_core_deadline_reached (AthrDeadline *deadline)
{
  AthrLatestCore *self = deadline->data;

  athr_latest_core_push (self, G_PRIORITY_DEFAULT, &self->attend);
  athr_latest_core_unref (self);
}

static void
athr_latest_core_disarm (AthrLatestCore *self)
{
  if (athr_deadline_remove (&self->deadline))
    athr_latest_core_unref (self);
}

static gboolean
athr_latest_core_arm (AthrLatestCore  *self,
                      guint            after,
                      GError         **error)
{
  athr_latest_core_disarm (self);
  g_atomic_rc_box_acquire (self);
  if (athr_deadline_add (&self->deadline, after, error))
    return TRUE;

  athr_latest_core_unref (self);

  return FALSE;
}

static gboolean
athr_latest_is_stale (AthrLatest *self)
{
  return athr_weak_is_stale (&self->core->latest);
}

static void
athr_latest_check_owner (AthrLatest *self,
                         const char *function)
{
  if (!athr_latest_is_stale (self) && self->has_home)
    athr_home_check_owner (self->core->home, self->creator, function, "the AthrLatest");
}

gboolean
athr_completion_latest_has_home_elsewhere (AthrLatest   *latest,
                                           GMainContext *context)
{
  return !athr_latest_is_stale (latest) && latest->has_home &&
         !athr_context_queue_is_for_context (latest->core->home, context);
}

static void
athr_latest_collect (gpointer object,
                     gboolean is_first)
{
  AthrLatest *self = object;

  if (self->seen_busy == self->is_busy)
    return;

  self->seen_busy = self->is_busy;
  athr_notifier_mark (&self->notifier, PROP_BUSY);
}

static AthrNews
athr_latest_peek_news (gpointer object)
{
  AthrLatest *self = object;

  return self->seen_busy != self->is_busy ? ATHR_NEWS_CHANGE : ATHR_NEWS_NONE;
}

static void
athr_latest_set_is_busy (AthrLatest *self,
                         gboolean    is_busy)
{
  self->is_busy = is_busy;
  athr_alive_set_state (self->alive, is_busy ? ATHR_ALIVE_RUNNING : ATHR_ALIVE_INITIAL);
  if (self->seen_busy != is_busy)
    athr_latest_core_push (self->core, G_PRIORITY_DEFAULT_IDLE, &self->core->update);
}

static GError *
athr_latest_new_superseded (void)
{
  return g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED,
                              "The run was cancelled, or superseded by a newer one");
}

/* Home: has the operation of @run answered with @error (transfer full), with the AthrLatest or
 * without. */
static void
athr_latest_run_settle (AthrLatestRun *run,
                        GError        *error)
{
  g_clear_object (&run->outcome);
  run->state = ATHR_LATEST_RUN_SETTLED;
  run->error = error;
  athr_context_queue_withdraw (run->base.home, &run->base.item);
  athr_operation_post (&run->base);
}

/* Settles the current run with @error (transfer full). No item that is pushed at @priority or a
 * less urgent one from now on comes before the answer. Returns the call of the run (transfer
 * full), which the caller cancels as its last act: handlers of `cancelled` are the user's code. */
static AthrCall *
athr_latest_settle (AthrLatest *self,
                    int         priority,
                    GError     *error)
{
  AthrLatestRun *run = g_steal_pointer (&self->current);
  AthrCall *call = g_object_ref (run->call);

  run->base.priority = MIN (run->base.priority, priority);
  athr_latest_run_settle (run, error);

  return call;
}

/* No run waits any more. */
static void
athr_latest_end_burst (AthrLatest *self)
{
  self->burst_begin = 0;
  athr_latest_core_disarm (self->core);
}

/* Settles the current run with @error (transfer full), and no other run takes its place. */
static void
athr_latest_end (AthrLatest *self,
                 GError     *error)
{
  g_autoptr (AthrCall) call = NULL;

  athr_latest_end_burst (self);
  athr_latest_set_is_busy (self, FALSE);
  call = athr_latest_settle (self, self->current->base.priority, error);
  athr_call_cancel (call);
}

static void
athr_latest_start_clear (gpointer data)
{
  athr_latest_core_unref (((AthrLatestStart *) data)->core);
}

static void
athr_latest_start_unref (gpointer data)
{
  g_atomic_rc_box_release_full (data, athr_latest_start_clear);
}

static void
athr_latest_on_ended (AthrCall *call,
                      gpointer  data)
{
  AthrLatestStart *start = data;
  AthrLatest *self = athr_weak_borrow (&start->core->latest);

  if (self == NULL)
    return;

  self->n_running--;
  athr_latest_core_push (start->core, G_PRIORITY_DEFAULT, &start->core->attend);
  athr_weak_release (&start->core->latest);
}

/* Any thread: the function of a call has returned whose main context is gone. */
static void
athr_latest_on_lost (gpointer data)
{
  AthrLatestStart *start = data;

  g_atomic_int_inc (&start->core->n_lost);
  athr_latest_core_push (start->core, G_PRIORITY_DEFAULT, &start->core->attend);
}

/* The outcome of a call has come. The operation of its run has a turn of its own, in which
 * `busy` is notified before the callback. */
static void
athr_latest_on_outcome (GObject      *call,
                        GAsyncResult *result,
                        gpointer      user_data)
{
  AthrLatestStart *start = user_data;
  AthrLatest *self = athr_weak_borrow (&start->core->latest);

  if (self != NULL)
    {
      AthrLatestRun *run = self->current;

      if (run != NULL && run->number == start->number)
        {
          run->state = ATHR_LATEST_RUN_OVER;
          run->outcome = g_object_ref (result);
          athr_operation_post (&run->base);
        }
      athr_weak_release (&start->core->latest);
    }
  athr_latest_start_unref (start);
}

static GError *
athr_latest_new_started (void)
{
  return g_error_new_literal (G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                              "The call was started before, or was given to a group or to an "
                              "AthrLatest before");
}

/* Starts the call of the current run, whose context becomes the home of the call. */
static void
athr_latest_start_call (AthrLatest *self)
{
  static const AthrCallEndedFuncs ended_funcs = {
    athr_latest_on_ended, athr_latest_on_lost, athr_latest_start_unref
  };
  AthrLatestRun *run = self->current;
  GMainContext *context = g_task_get_context (run->base.task);
  AthrLatestStart *start = g_atomic_rc_box_new0 (AthrLatestStart);
  g_autoptr (AthrCall) call = g_object_ref (run->call);
  gboolean is_pushed = g_main_context_get_thread_default () != context &&
                       g_main_context_is_owner (context);

  athr_latest_end_burst (self);
  run->state = ATHR_LATEST_RUN_STARTED;
  self->n_running++;
  start->core = g_atomic_rc_box_acquire (self->core);
  start->number = run->number;

  if (is_pushed)
    g_main_context_push_thread_default (context);
  athr_call_set_ended (call, &ended_funcs, g_atomic_rc_box_acquire (start));
  athr_call_run_async (call, NULL, athr_latest_on_outcome, start);
  if (is_pushed)
    g_main_context_pop_thread_default (context);
}

static void
athr_latest_start (AthrLatest *self)
{
  /* The program itself may have started the call during the debounce. */
  if (athr_call_is_initial (self->current->call))
    athr_latest_start_call (self);
  else
    athr_latest_end (self, athr_latest_new_started ());
}

static gboolean
athr_latest_may_start (AthrLatest *self)
{
  return self->current->state == ATHR_LATEST_RUN_WAITING &&
         g_get_monotonic_time () >= self->due && !(self->core->serial && self->n_running > 0);
}

/* The cancellable of the current run was cancelled. An outcome that is fixed stays as it is. */
static void
athr_latest_settle_cancelled (AthrLatest *self)
{
  AthrLatestRun *run = self->current;

  if (run->state == ATHR_LATEST_RUN_OVER ||
      (run->state == ATHR_LATEST_RUN_STARTED && athr_call_is_resolved (run->call)))
    return;

  athr_latest_end (self, athr_latest_new_superseded ());
}

static void
athr_latest_attend (AthrLatest *self)
{
  self->n_running -= g_atomic_int_exchange (&self->core->n_lost, 0);
  if (self->current == NULL)
    return;

  if (g_atomic_int_get (&self->current->is_cancelled))
    athr_latest_settle_cancelled (self);
  else if (athr_latest_may_start (self))
    athr_latest_start (self);
}

static void
athr_latest_attend_run (AthrWorkItem *item)
{
  AthrLatestCore *core = item->data;
  AthrLatest *self = athr_weak_borrow (&core->latest);

  if (self != NULL)
    {
      athr_latest_attend (self);
      athr_weak_release (&core->latest);
    }
  athr_latest_core_unref (core);
}

static void
athr_latest_update_run (AthrWorkItem *item)
{
  AthrLatestCore *core = item->data;
  AthrLatest *self = athr_weak_borrow (&core->latest);

  if (self != NULL)
    {
      athr_notifier_run (&self->notifier, item);
      athr_weak_release (&core->latest);
    }
  athr_latest_core_unref (core);
}

static void
athr_latest_farewell_run (AthrWorkItem *item)
{
  AthrLatestCore *core = item->data;
  AthrOperation *left = g_steal_pointer (&core->left);

  athr_latest_run_settle ((AthrLatestRun *) left, athr_latest_new_superseded ());
  athr_latest_core_unref (core);
}

static AthrLatestCore *
athr_latest_core_new (AthrLatest *latest)
{
  static const AthrWorkItemFuncs attend_funcs = {
    athr_latest_attend_run, athr_latest_core_drop, NULL
  };
  static const AthrWorkItemFuncs update_funcs = {
    athr_latest_update_run, athr_latest_core_drop, NULL
  };
  static const AthrWorkItemFuncs farewell_funcs = {
    athr_latest_farewell_run, athr_latest_farewell_run, NULL
  };
  AthrLatestCore *self = g_atomic_rc_box_new0 (AthrLatestCore);

  athr_weak_init (&self->latest, latest);
  self->home = athr_home_ref ();
  athr_work_item_init (&self->attend, &attend_funcs, self);
  athr_work_item_init (&self->update, &update_funcs, self);
  athr_work_item_init (&self->farewell, &farewell_funcs, self);
  self->deadline.reached = athr_latest_core_deadline_reached;
  self->deadline.data = self;

  return self;
}

/* A handler of notify::busy may run a nested main loop, supersede the run, or drop the
 * AthrLatest. In the first case the nested loop answers the run. In the others the run is
 * settled. */
static void
athr_latest_run_answer_outcome (AthrLatest    *self,
                                AthrLatestRun *run)
{
  athr_latest_set_is_busy (self, FALSE);
  if (run->base.home == self->core->home &&
      athr_notifier_run_before (&self->notifier, run->base.home, run->base.priority,
                                &run->base.item))
    return;

  self->current = NULL;
  athr_operation_return (&run->base);
}

/* @self is NULL when the program has dropped the AthrLatest. */
static void
athr_latest_run_answer_error (AthrLatest    *self,
                              AthrLatestRun *run)
{
  if (self == NULL || run->base.home != self->core->home ||
      !athr_notifier_run_before (&self->notifier, run->base.home, run->base.priority,
                                 &run->base.item))
    athr_operation_return (&run->base);
}

static void
athr_latest_run_run (AthrWorkItem *item)
{
  AthrLatestRun *run = item->data;
  AthrLatestCore *core = g_atomic_rc_box_acquire (run->core);
  AthrLatest *self = athr_weak_borrow (&core->latest);

  if (run->state == ATHR_LATEST_RUN_SETTLED)
    athr_latest_run_answer_error (self, run);
  else if (self != NULL) /* after dispose() the farewell settles the run */
    athr_latest_run_answer_outcome (self, run);

  if (self != NULL)
    athr_weak_release (&core->latest);
  athr_latest_core_unref (core);
}

/* The callback of the task: calls that of the program. */
static void
athr_latest_run_returned (GObject      *stand_in,
                          GAsyncResult *result,
                          gpointer      user_data)
{
  AthrLatestRun *run = g_task_get_task_data (G_TASK (result));
  AthrWeak *latest = &run->core->latest;
  GObject *self = athr_weak_borrow (latest);

  run->callback (self != NULL ? self : stand_in, result, user_data);
  if (self != NULL)
    athr_weak_release (latest);
}

static void
athr_latest_run_cancelled (AthrOperation *operation)
{
  AthrLatestRun *run = (AthrLatestRun *) operation;

  g_atomic_int_set (&run->is_cancelled, TRUE);
  athr_call_cancel (run->call);
  athr_latest_core_push (run->core, G_PRIORITY_DEFAULT, &run->core->attend);
}

static void
athr_latest_run_free (AthrOperation *operation)
{
  AthrLatestRun *run = (AthrLatestRun *) operation;

  g_clear_object (&run->outcome);
  g_clear_error (&run->error);
  g_object_unref (run->call);
  athr_latest_core_unref (run->core);
  g_free (run);
}

/* Home: the source of the tasks of @self. */
static AthrLatest *
athr_latest_get_stand_in (AthrLatest *self)
{
  AthrLatest *stand_in;

  if (self->alive == NULL)
    return self;
  if (self->stand_in != NULL)
    return self->stand_in;

  stand_in = g_object_new (ATHR_TYPE_LATEST, NULL);
  athr_alive_free (g_steal_pointer (&stand_in->alive));
  athr_latest_core_unref (stand_in->core);
  stand_in->core = g_atomic_rc_box_acquire (self->core);
  stand_in->has_home = TRUE;
  stand_in->is_disposed = TRUE;
  self->stand_in = stand_in;

  return stand_in;
}

static AthrLatestRun *
athr_latest_run_new (AthrLatest          *self,
                     AthrCall            *call,
                     GAsyncReadyCallback  callback,
                     gpointer             user_data)
{
  static const AthrOperationFuncs funcs = {
    { athr_latest_run_run, NULL, NULL }, athr_latest_run_cancelled, athr_latest_run_free
  };
  AthrLatestRun *run = g_new0 (AthrLatestRun, 1);

  run->core = g_atomic_rc_box_acquire (self->core);
  run->call = g_object_ref (call);
  run->number = ++self->last_number;
  run->callback = callback;
  athr_operation_init (&run->base, &funcs, athr_latest_get_stand_in (self), athr_latest_run_async,
                       self->core->home, athr_call_get_delivery_priority (call),
                       callback != NULL ? athr_latest_run_returned : NULL, user_data);

  return run;
}

/* Returns an error when @call cannot run here. */
static GError *
athr_latest_refuse (AthrLatest *self,
                    AthrCall   *call)
{
  if (self->is_disposed)
    return athr_latest_new_superseded ();
  if (athr_call_is_stale (call))
    return athr_fork_new_error ();
  if (!athr_call_claim (call, NULL))
    return athr_latest_new_started ();

  return NULL;
}

static void
athr_latest_fix_home (AthrLatest *self)
{
  AthrContextQueue *home = self->core->home;

  if (self->has_home)
    return;

  self->core->home = athr_home_ref_moved (home);
  self->has_home = TRUE;
  athr_context_queue_unref (home);
}

/* When the debounce of a run that comes now is over. */
static gint64
athr_latest_get_due (AthrLatest *self)
{
  gint64 now = g_get_monotonic_time ();
  gint64 due = now + self->core->debounce * G_TIME_SPAN_MILLISECOND;

  if (self->burst_begin == 0)
    self->burst_begin = now;
  if (self->core->max_wait != 0)
    due = MIN (due, self->burst_begin + self->core->max_wait * G_TIME_SPAN_MILLISECOND);

  return MAX (due, now);
}

/* Starts the current run, or has it wait. */
static void
athr_latest_schedule (AthrLatest *self)
{
  gint64 wait = self->due - g_get_monotonic_time ();
  GError *error = NULL;

  if (athr_latest_may_start (self))
    athr_latest_start (self);
  else if (wait > 0 &&
           !athr_latest_core_arm (self->core, (wait + G_TIME_SPAN_MILLISECOND - 1) / G_TIME_SPAN_MILLISECOND,
                                  &error))
    athr_latest_end (self, error);
}

static void
athr_latest_get_property (GObject    *object,
                          guint       prop_id,
                          GValue     *value,
                          GParamSpec *pspec)
{
  AthrLatest *self = ATHR_LATEST (object);

  switch (prop_id)
    {
    case PROP_DEBOUNCE:
      g_value_set_uint (value, self->core->debounce);
      break;
    case PROP_MAX_WAIT:
      g_value_set_uint (value, self->core->max_wait);
      break;
    case PROP_SERIAL:
      g_value_set_boolean (value, self->core->serial);
      break;
    case PROP_BUSY:
      g_value_set_boolean (value, athr_latest_get_busy (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
athr_latest_set_property (GObject      *object,
                          guint         prop_id,
                          const GValue *value,
                          GParamSpec   *pspec)
{
  AthrLatest *self = ATHR_LATEST (object);

  switch (prop_id)
    {
    case PROP_DEBOUNCE:
      athr_latest_set_debounce (self, g_value_get_uint (value));
      break;
    case PROP_MAX_WAIT:
      athr_latest_set_max_wait (self, g_value_get_uint (value));
      break;
    case PROP_SERIAL:
      athr_latest_set_serial (self, g_value_get_boolean (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

/* Any thread may drop the last reference. Home answers the run that is left, with the core and
 * without the AthrLatest. */
static void
athr_latest_leave (AthrLatest *self)
{
  AthrLatestRun *run = g_steal_pointer (&self->current);
  AthrLatestCore *core = self->core;
  g_autoptr (AthrCall) call = NULL;

  if (run == NULL)
    return;

  call = g_object_ref (run->call);
  core->left = &run->base;
  athr_latest_core_push (core, G_PRIORITY_DEFAULT, &core->farewell);
  athr_call_cancel (call);
}

static void
athr_latest_dispose (GObject *object)
{
  AthrLatest *self = ATHR_LATEST (object);

  if (!athr_latest_is_stale (self) && self->alive != NULL)
    {
      self->is_disposed = TRUE;
      athr_weak_drop (&self->core->latest);
      athr_latest_end_burst (self);
      if (athr_weak_is_gone (&self->core->latest))
        athr_latest_leave (self);
      else
        athr_latest_cancel (self);
    }

  G_OBJECT_CLASS (athr_latest_parent_class)->dispose (object);
}

static void
athr_latest_finalize (GObject *object)
{
  AthrLatest *self = ATHR_LATEST (object);

  g_clear_object (&self->stand_in);
  if (!athr_latest_is_stale (self))
    {
      if (self->alive != NULL)
        athr_alive_free (self->alive);
      athr_latest_core_unref (self->core);
    }

  G_OBJECT_CLASS (athr_latest_parent_class)->finalize (object);
}

static void
athr_latest_class_init (AthrLatestClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags rw = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;
  const GParamFlags ro = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = athr_latest_get_property;
  object_class->set_property = athr_latest_set_property;
  object_class->dispose = athr_latest_dispose;
  object_class->finalize = athr_latest_finalize;

  /**
   * AthrLatest:debounce: (getter get_debounce) (setter set_debounce)
   *
   * How long a call waits for a newer one before it starts, in milliseconds; 0 to start at
   * once.
   *
   * A new debounce counts from the next run.
   *
   * Since: 1.0
   */
  properties[PROP_DEBOUNCE] =
    g_param_spec_uint ("debounce", NULL, NULL, 0, G_MAXUINT, 0, rw);

  /**
   * AthrLatest:max-wait: (getter get_max_wait) (setter set_max_wait)
   *
   * After how long a call starts even if newer calls keep coming, in milliseconds; 0 for no
   * limit.
   *
   * The time counts from the first run since a call was started last. A new limit counts from
   * the next run.
   *
   * Since: 1.0
   */
  properties[PROP_MAX_WAIT] =
    g_param_spec_uint ("max-wait", NULL, NULL, 0, G_MAXUINT, 0, rw);

  /**
   * AthrLatest:serial: (getter get_serial) (setter set_serial)
   *
   * Whether a call starts only when the functions of all calls before have returned.
   *
   * Then at most one function runs at a time, as a database handle may need it. Calls that are
   * superseded while they wait never start.
   *
   * Since: 1.0
   */
  properties[PROP_SERIAL] =
    g_param_spec_boolean ("serial", NULL, NULL, FALSE, rw);

  /**
   * AthrLatest:busy: (getter get_busy)
   *
   * Whether the newest run has not been answered yet.
   *
   * The property becomes %FALSE, and is notified, before the callback of the newest run is
   * called. While one run supersedes another the property stays %TRUE.
   *
   * Since: 1.0
   */
  properties[PROP_BUSY] =
    g_param_spec_boolean ("busy", NULL, NULL, FALSE, ro);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
athr_latest_init (AthrLatest *self)
{
  static const AthrNotifierFuncs notifier_funcs = {
    athr_latest_collect, athr_latest_peek_news, NULL, NULL
  };

  self->creator = athr_thread_id ();
  self->alive = athr_alive_new (ATHR_ALIVE_LATEST, self);
  self->core = athr_latest_core_new (self);
  athr_notifier_init (&self->notifier, &notifier_funcs, self, properties);
}

/**
 * athr_latest_new:
 * @debounce: how long a call waits for a newer one before it starts, in milliseconds; 0 to
 *   start at once
 *
 * Creates an object that runs calls of which only the newest one counts.
 *
 * Threads: any; the new object belongs to the caller's thread.
 *
 * Returns: (transfer full): a new object
 *
 * Since: 1.0
 */
AthrLatest *
athr_latest_new (guint debounce)
{
  return g_object_new (ATHR_TYPE_LATEST, "debounce", debounce, NULL);
}

/**
 * athr_latest_get_debounce: (get-property debounce)
 * @self: an `AthrLatest`
 *
 * Gets how long a call waits for a newer one before it starts.
 *
 * Threads: owner.
 *
 * Returns: the time in milliseconds; 0 if calls start at once
 *
 * Since: 1.0
 */
guint
athr_latest_get_debounce (AthrLatest *self)
{
  g_return_val_if_fail (ATHR_IS_LATEST (self), 0);

  return self->core->debounce;
}

/**
 * athr_latest_set_debounce: (set-property debounce)
 * @self: an `AthrLatest`
 * @debounce: the time in milliseconds; 0 to start calls at once
 *
 * Sets how long a call waits for a newer one before it starts, from the next run on.
 *
 * Threads: owner.
 *
 * Since: 1.0
 */
void
athr_latest_set_debounce (AthrLatest *self,
                          guint       debounce)
{
  g_return_if_fail (ATHR_IS_LATEST (self));
  athr_latest_check_owner (self, G_STRFUNC);

  if (self->core->debounce == debounce)
    return;

  self->core->debounce = debounce;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_DEBOUNCE]);
}

/**
 * athr_latest_get_max_wait: (get-property max-wait)
 * @self: an `AthrLatest`
 *
 * Gets after how long a call starts even if newer calls keep coming.
 *
 * Threads: owner.
 *
 * Returns: the time in milliseconds; 0 for no limit
 *
 * Since: 1.0
 */
guint
athr_latest_get_max_wait (AthrLatest *self)
{
  g_return_val_if_fail (ATHR_IS_LATEST (self), 0);

  return self->core->max_wait;
}

/**
 * athr_latest_set_max_wait: (set-property max-wait)
 * @self: an `AthrLatest`
 * @max_wait: the time in milliseconds; 0 for no limit
 *
 * Sets after how long a call starts even if newer calls keep coming, from the next run on.
 *
 * Threads: owner.
 *
 * Since: 1.0
 */
void
athr_latest_set_max_wait (AthrLatest *self,
                          guint       max_wait)
{
  g_return_if_fail (ATHR_IS_LATEST (self));
  athr_latest_check_owner (self, G_STRFUNC);

  if (self->core->max_wait == max_wait)
    return;

  self->core->max_wait = max_wait;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_MAX_WAIT]);
}

/**
 * athr_latest_get_serial: (get-property serial)
 * @self: an `AthrLatest`
 *
 * Gets whether a call starts only when the functions of all calls before have returned.
 *
 * Threads: owner.
 *
 * Returns: whether at most one function runs at a time
 *
 * Since: 1.0
 */
gboolean
athr_latest_get_serial (AthrLatest *self)
{
  g_return_val_if_fail (ATHR_IS_LATEST (self), FALSE);

  return self->core->serial;
}

/**
 * athr_latest_set_serial: (set-property serial)
 * @self: an `AthrLatest`
 * @serial: whether at most one function is to run at a time
 *
 * Sets whether a call starts only when the functions of all calls before have returned.
 *
 * Threads: owner.
 *
 * Since: 1.0
 */
void
athr_latest_set_serial (AthrLatest *self,
                        gboolean    serial)
{
  g_return_if_fail (ATHR_IS_LATEST (self));
  athr_latest_check_owner (self, G_STRFUNC);

  serial = !!serial;
  if (self->core->serial == serial)
    return;

  self->core->serial = serial;
  /* A run may wait for a function that it need not wait for any more. Without a run, home is not fixed: the item would
   * wait in a context that perhaps no thread iterates, and later pushes of the item would do nothing. */
  if (!athr_latest_is_stale (self) && self->current != NULL)
    athr_latest_core_push (self->core, G_PRIORITY_DEFAULT, &self->core->attend);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SERIAL]);
}

/**
 * athr_latest_get_busy: (get-property busy)
 * @self: an `AthrLatest`
 *
 * Gets whether the newest run has not been answered yet.
 *
 * Threads: owner.
 *
 * Returns: whether an answer is still to come
 *
 * Since: 1.0
 */
gboolean
athr_latest_get_busy (AthrLatest *self)
{
  g_return_val_if_fail (ATHR_IS_LATEST (self), FALSE);

  return self->is_busy && !athr_latest_is_stale (self);
}

/**
 * athr_latest_run_async:
 * @self: an `AthrLatest`
 * @call: (transfer none): a call that was not started
 * @cancellable: (nullable): cancels this run
 * @callback: (scope async) (nullable): called with the outcome
 * @user_data: the data for @callback
 *
 * Supersedes the run before, and runs @call once the debounce is over.
 *
 * The run before is answered with %G_IO_ERROR_CANCELLED at once, whatever its function does,
 * and its call is cancelled. The callback of that run is called before anything of this run
 * comes: a callback, a signal or a notification.
 *
 * When @cancellable is cancelled, the run fails with %G_IO_ERROR_CANCELLED at once, and its call is
 * cancelled. Cancelling after the function has returned changes nothing. Otherwise the errors
 * are those of [method@Athr.Call.run_async].
 *
 * If @call was started before, or was given to an [class@Athr.Group] or an `AthrLatest` before,
 * the run fails with %G_IO_ERROR_INVALID_ARGUMENT, and supersedes nothing. In the child of a
 * `fork()`, objects from before the fork fail with %G_IO_ERROR_NOT_SUPPORTED.
 *
 * Threads: owner; the callback runs in the thread-default main context of the caller.
 *
 * Since: 1.0
 */
void
athr_latest_run_async (AthrLatest          *self,
                       AthrCall            *call,
                       GCancellable        *cancellable,
                       GAsyncReadyCallback  callback,
                       gpointer             user_data)
{
  g_autoptr (AthrCall) superseded = NULL;
  AthrLatestRun *run;
  GError *error;

  g_return_if_fail (ATHR_IS_LATEST (self));
  g_return_if_fail (ATHR_IS_CALL (call));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));
  athr_latest_check_owner (self, G_STRFUNC);

  if (athr_latest_is_stale (self))
    {
      athr_operation_answer_stale (self, athr_latest_run_async, callback, user_data);
      return;
    }

  athr_latest_fix_home (self);
  run = athr_latest_run_new (self, call, callback, user_data);
  error = athr_latest_refuse (self, call);
  if (error != NULL)
    {
      athr_latest_run_settle (run, error);
      return;
    }

  /* The answer of the run before comes before the progress and the states of @call, too. */
  if (self->current != NULL)
    superseded = athr_latest_settle (self, MIN (run->base.priority, G_PRIORITY_DEFAULT_IDLE),
                                     athr_latest_new_superseded ());
  self->current = run;
  athr_latest_set_is_busy (self, TRUE);
  self->due = athr_latest_get_due (self);
  athr_operation_connect (&run->base, cancellable);

  if (!g_atomic_int_get (&run->is_cancelled))
    athr_latest_schedule (self);
  if (superseded != NULL)
    athr_call_cancel (superseded);
}

/* Whether @result is that of a run of @self, or of the AthrLatest for which @self stands in. */
static gboolean
athr_latest_is_result (AthrLatest   *self,
                       GAsyncResult *result)
{
  GObject *source;

  if (!G_IS_TASK (result) || !g_async_result_is_tagged (result, athr_latest_run_async))
    return FALSE;

  source = g_task_get_source_object (G_TASK (result));

  return source == G_OBJECT (self) || ATHR_LATEST (source)->core == self->core;
}

/**
 * athr_latest_run_finish:
 * @self: an `AthrLatest`
 * @result: the result that the callback got
 * @error: return location for an error
 *
 * Gets the outcome of [method@Athr.Latest.run_async].
 *
 * The value of a function that returned nothing is null: a [struct@GObject.Value] of
 * %G_TYPE_POINTER. The errors are those of [method@Athr.Latest.run_async].
 *
 * Threads: that of the callback.
 *
 * Returns: (transfer full) (nullable): a copy of the value, to be unset and freed
 *   with g_free(); %NULL with @error set
 *
 * Since: 1.0
 */
GValue *
athr_latest_run_finish (AthrLatest    *self,
                        GAsyncResult  *result,
                        GError       **error)
{
  g_autofree GValue *value = g_new0 (GValue, 1);

  if (!athr_latest_run_finish_into (self, result, value, error))
    return NULL;

  return g_steal_pointer (&value);
}

/**
 * athr_latest_run_finish_into:
 * @self: an `AthrLatest`
 * @result: the result that the callback got
 * @value: (nullable): an unset value that receives a copy of the result
 * @error: return location for an error
 *
 * Gets the outcome of [method@Athr.Latest.run_async] into a value of the caller.
 *
 * The method does the same as [method@Athr.Latest.run_finish]. This form is for C, where
 * values live on the stack, and for language bindings that do not free the values that a
 * function returns.
 *
 * Threads: that of the callback.
 *
 * Returns: whether the run succeeded; if not, @error is set and @value is untouched
 *
 * Since: 1.0
 */
gboolean
athr_latest_run_finish_into (AthrLatest    *self,
                             GAsyncResult  *result,
                             GValue        *value,
                             GError       **error)
{
  AthrLatestRun *run;

  g_return_val_if_fail (ATHR_IS_LATEST (self), FALSE);
  g_return_val_if_fail (athr_latest_is_result (self, result), FALSE);
  g_return_val_if_fail (value == NULL || !G_IS_VALUE (value), FALSE);

  if (athr_latest_is_stale (self))
    return athr_fork_fail (error);

  run = g_task_get_task_data (G_TASK (result));
  if (run->error == NULL)
    return athr_call_run_finish_into (run->call, run->outcome, value, error);

  g_propagate_error (error, g_error_copy (run->error));

  return FALSE;
}

/**
 * athr_latest_cancel:
 * @self: an `AthrLatest`
 *
 * Supersedes the newest run by nothing.
 *
 * The newest run, if it was not answered yet, is answered with %G_IO_ERROR_CANCELLED at once,
 * whatever its function does, and its call is cancelled or never starts.
 *
 * Threads: owner.
 *
 * Since: 1.0
 */
void
athr_latest_cancel (AthrLatest *self)
{
  g_return_if_fail (ATHR_IS_LATEST (self));
  athr_latest_check_owner (self, G_STRFUNC);

  if (athr_latest_is_stale (self) || self->current == NULL)
    return;

  athr_latest_end (self, athr_latest_new_superseded ());
}
