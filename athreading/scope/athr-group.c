/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "athr-enums.h"
#include "athr-group.h"
#include "base/athr-deadline-private.h"
#include "base/athr-thread-private.h"
#include "base/athr-trace-private.h"
#include "base/athr-weak-private.h"
#include "call/athr-call-private.h"
#include "context/athr-deferred-free-private.h"
#include "context/athr-home-private.h"
#include "context/athr-notifier-private.h"
#include "context/athr-operation-private.h"
#include "scope/athr-scope-completion-private.h"
#include "stream/athr-stream-private.h"

/**
 * AthrGroup:
 *
 * Many calls as one: with one end, one error and one progress.
 *
 * [method@Athr.Group.add] starts a call in the group. [method@Athr.Group.wait_async] answers when
 * all calls are over, or when the [property@Athr.Group:policy] of the group has decided:
 *
 * ```c
 * static void
 * check (AthrCall *call, gpointer path, GError **error)
 * {
 *   g_autofree char *contents = NULL;
 *
 *   g_file_get_contents (path, &contents, NULL, error);
 * }
 *
 * static void
 * checked (GObject *source, GAsyncResult *result, gpointer user_data)
 * {
 *   g_autoptr (GError) error = NULL;
 *
 *   if (!athr_group_wait_finish (ATHR_GROUP (source), result, &error))
 *     g_printerr ("%s\n", error->message);
 * }
 *
 * static void
 * check_all (const char *const *paths)
 * {
 *   g_autoptr (AthrGroup) group = athr_group_new (ATHR_GROUP_FAIL_FAST);
 *
 *   athr_group_set_max_running (group, 4);
 *   for (; *paths != NULL; paths++)
 *     {
 *       g_autoptr (AthrCall) call = athr_call_new (check, g_strdup (*paths), g_free);
 *
 *       athr_group_add (group, call, NULL);
 *     }
 *   athr_group_wait_async (group, NULL, checked, NULL);
 * }
 * ```
 *
 * The error of a group is the first real error in the order in which the calls complete. A call
 * that was cancelled, by the program or by the group, is done, but has not failed.
 *
 * [method@Athr.Group.close_async] cancels what is left and answers when no function runs any
 * more. Dropping the last reference cancels what is left, and waits for nothing; a wait or a
 * close that was not answered yet keeps the group.
 *
 * # Threads
 *
 * A group has an *owner's main context*: the main context that is thread-default when the
 * program first adds a call, waits or closes. Only the thread that iterates this context may use
 * the group. So a function on a worker can use a group only in a main context of its own, which the
 * function iterates: see [On a worker](threads.html#on-a-worker). The calls of a group that
 * [property@Athr.Group:max-running] holds back start without a main loop.
 *
 * Since: 1.0
 */

/* What has decided the outcome of a group before all calls are done. */
typedef enum
{
  ATHR_GROUP_UNDECIDED,
  ATHR_GROUP_FAILED,    /* FAIL_FAST: the first error */
  ATHR_GROUP_SUCCEEDED, /* FIRST_SUCCESS: the first success */
  ATHR_GROUP_TIMED_OUT,
  ATHR_GROUP_CUT_OFF,   /* the group was closed or disposed of */
} AthrGroupDecision;

/* What calls, the thread of the deadlines and cancelling threads hold of a group. Each push of
 * an item holds a reference, and so does a deadline that waits. */
typedef struct
{
  AthrWeak group;
  AthrContextQueue *home;  /* owned; set once, by the first operation; until then home of the creator */
  AthrWorkItem attend;     /* looks for what there is to do: a wait was cancelled, the time is over */
  AthrWorkItem update;     /* notifies what has changed */
  AthrDeadline deadline;
  int is_time_over;        /* atomic */
} AthrGroupCore;

/* A call of a group. The group's list, the callback of the call, the call itself until it has ended, and the handler of
 * its progress hold a reference. */
typedef struct
{
  AthrGroupCore *core; /* owned */
  AthrCall *call;      /* home; owned by the group while the child is in the list */
  GList link;          /* home */
  double progress;     /* home; as it counts for the group */
  gboolean is_done;    /* home; the outcome has come */
} AthrGroupChild;

/* A wait or a close. */
typedef struct
{
  AthrOperation base;
  AthrGroupCore *core; /* set once; owned */
  GList link;          /* home */
  int is_cancelled;    /* atomic */
  GError *error;       /* home; (nullable) */
} AthrGroupOperation;

struct _AthrGroup
{
  GObject parent_instance;

  AthrGroupCore *core;   /* set once */
  AthrCallLimit *limit;  /* set once */
  guint64 creator;       /* set once; the number of the thread that created the group */
  AthrAlive *alive;      /* set once */
  AthrGroupPolicy policy; /* set once */
  gboolean has_home;     /* the first operation has fixed home */
  gboolean is_disposed;
  gboolean is_closed;    /* by close_async() */
  gboolean has_waited;   /* a wait was answered with an outcome */
  char *name;
  guint max_running;
  guint timeout;         /* in milliseconds */

  GQueue children;       /* (element-type AthrGroupChild); whose functions may still run */
  GQueue waits;          /* (element-type AthrGroupOperation) */
  GQueue closes;         /* (element-type AthrGroupOperation) */
  AthrGroupDecision decision;
  GError *error;         /* the first real error of a call */
  guint n_calls;
  guint n_done;
  guint n_failed;
  guint n_succeeded;
  guint n_returned;      /* calls whose functions have returned, or will never run */
  double sum;            /* of the progress of all calls */
  AthrStream *results;   /* (nullable): until it is asked for */

  AthrNotifier notifier;
  struct                 /* as last notified */
  {
    guint n_calls;
    guint n_done;
    guint n_failed;
    double progress;
  } seen;
};

/* A round of notifications goes in this order: progress comes last. */
enum
{
  PROP_0,
  PROP_POLICY,
  PROP_NAME,
  PROP_MAX_RUNNING,
  PROP_TIMEOUT,
  PROP_N_CALLS,
  PROP_N_DONE,
  PROP_N_FAILED,
  PROP_PROGRESS,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (AthrGroup, athr_group, G_TYPE_OBJECT)

static void
athr_group_core_clear (gpointer data)
{
  AthrGroupCore *self = data;

  athr_context_queue_unref (self->home);
  athr_weak_clear (&self->group);
}

static void
athr_group_core_unref (AthrGroupCore *self)
{
  g_atomic_rc_box_release_full (self, athr_group_core_clear);
}

/* Any thread */
static void
athr_group_core_push (AthrGroupCore *self,
                      int            priority,
                      AthrWorkItem  *item)
{
  g_atomic_rc_box_acquire (self);
  if (!athr_context_queue_push (self->home, priority, item))
    athr_group_core_unref (self);
}

static void
athr_group_core_drop (AthrWorkItem *item)
{
  athr_group_core_unref (item->data);
}

/* Takes over the reference of the deadline to the core. */
static void
athr_group_core_deadline_reached (AthrDeadline *deadline)
{
  AthrGroupCore *self = deadline->data;

  g_atomic_int_set (&self->is_time_over, TRUE);
  athr_group_core_push (self, G_PRIORITY_DEFAULT, &self->attend);
  athr_group_core_unref (self);
}

static void
athr_group_core_disarm (AthrGroupCore *self)
{
  if (athr_deadline_remove (&self->deadline))
    athr_group_core_unref (self);
}

static gboolean
athr_group_core_arm (AthrGroupCore  *self,
                     guint           after,
                     GError        **error)
{
  g_atomic_rc_box_acquire (self);
  if (athr_deadline_add (&self->deadline, after, error))
    return TRUE;

  athr_group_core_unref (self);

  return FALSE;
}

static gboolean
athr_group_is_stale (AthrGroup *self)
{
  return athr_weak_is_stale (&self->core->group);
}

static void
athr_group_check_owner (AthrGroup  *self,
                        const char *function)
{
  if (!athr_group_is_stale (self) && self->has_home)
    athr_home_check_owner (self->core->home, self->creator, function, "the group");
}

static double
athr_group_get_mean (AthrGroup *self)
{
  if (self->n_calls == 0)
    return -1;

  /* The sum of many fractions need not be exact. */
  return self->n_done == self->n_calls ? 1 : CLAMP (self->sum / self->n_calls, 0, 1);
}

static void
athr_group_collect (gpointer object,
                    gboolean is_first)
{
  AthrGroup *self = object;
  double progress = athr_group_get_mean (self);

  if (self->seen.n_calls != self->n_calls)
    athr_notifier_mark (&self->notifier, PROP_N_CALLS);
  if (self->seen.n_done != self->n_done)
    athr_notifier_mark (&self->notifier, PROP_N_DONE);
  if (self->seen.n_failed != self->n_failed)
    athr_notifier_mark (&self->notifier, PROP_N_FAILED);
  if (is_first && self->seen.progress != progress)
    {
      athr_notifier_mark (&self->notifier, PROP_PROGRESS);
      self->seen.progress = progress;
    }
  self->seen.n_calls = self->n_calls;
  self->seen.n_done = self->n_done;
  self->seen.n_failed = self->n_failed;
}

static AthrNews
athr_group_peek_news (gpointer object)
{
  AthrGroup *self = object;
  AthrNews news = ATHR_NEWS_NONE;

  if (self->seen.n_calls != self->n_calls || self->seen.n_done != self->n_done ||
      self->seen.n_failed != self->n_failed)
    news |= ATHR_NEWS_CHANGE;
  if (self->seen.progress != athr_group_get_mean (self))
    news |= ATHR_NEWS_PROGRESS | ATHR_NEWS_FINAL;

  return news;
}

static void
athr_group_post_update (AthrGroup *self)
{
  athr_group_core_push (self->core, G_PRIORITY_DEFAULT_IDLE, &self->core->update);
}

gboolean
athr_completion_group_has_home_elsewhere (AthrGroup    *group,
                                          GMainContext *context)
{
  return !athr_group_is_stale (group) && group->has_home &&
         !athr_context_queue_is_for_context (group->core->home, context);
}

/* The operations */

static void
athr_group_operation_run (AthrWorkItem *item)
{
  AthrGroupOperation *operation = item->data;
  AthrGroup *self = g_task_get_source_object (operation->base.task);

  if (operation->base.home != operation->core->home ||
      !athr_notifier_run_before (&self->notifier, operation->base.home, operation->base.priority, item))
    athr_operation_return (&operation->base);
}

static void
athr_group_operation_cancelled (AthrOperation *base)
{
  AthrGroupOperation *operation = (AthrGroupOperation *) base;

  g_atomic_int_set (&operation->is_cancelled, TRUE);
  athr_group_core_push (operation->core, G_PRIORITY_DEFAULT, &operation->core->attend);
}

/* Any thread may drop a result. An error of the user's is freed at home. */
static void
athr_group_operation_free (AthrOperation *base)
{
  AthrGroupOperation *operation = (AthrGroupOperation *) base;

  if (operation->error != NULL)
    athr_free_in_context (operation->core->home, operation->error, (GDestroyNotify) g_error_free);
  athr_group_core_unref (operation->core);
  g_free (operation);
}

static AthrGroupOperation *
athr_group_operation_new (AthrGroup           *self,
                          gpointer             source_tag,
                          GCancellable        *cancellable,
                          GAsyncReadyCallback  callback,
                          gpointer             user_data)
{
  static const AthrOperationFuncs funcs = {
    { athr_group_operation_run, NULL, NULL }, athr_group_operation_cancelled, athr_group_operation_free
  };
  AthrGroupOperation *operation = g_new0 (AthrGroupOperation, 1);

  operation->core = g_atomic_rc_box_acquire (self->core);
  operation->link.data = operation;
  athr_operation_init (&operation->base, &funcs, self, source_tag, self->core->home,
                       G_PRIORITY_DEFAULT, callback, user_data);
  if (self->name != NULL)
    g_task_set_name (operation->base.task, self->name);
  athr_operation_connect (&operation->base, cancellable);

  return operation;
}

/* Answers the operations in @queue that were cancelled. */
static void
athr_group_answer_cancelled (GQueue *queue)
{
  GList *next;

  for (GList *l = queue->head; l != NULL; l = next)
    {
      AthrGroupOperation *operation = l->data;

      next = l->next;
      if (!g_atomic_int_get (&operation->is_cancelled))
        continue;
      g_queue_unlink (queue, l);
      operation->error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED,
                                              "The operation was cancelled");
      athr_operation_post (&operation->base);
    }
}

/* Answers all operations in @queue, with copies of @error (nullable). */
static void
athr_group_answer_all (GQueue       *queue,
                       const GError *error)
{
  GList *link;

  while ((link = g_queue_pop_head_link (queue)) != NULL)
    {
      AthrGroupOperation *operation = link->data;

      operation->error = error != NULL ? g_error_copy (error) : NULL;
      athr_operation_post (&operation->base);
    }
}

/* The outcome */

static gboolean
athr_group_is_settled (AthrGroup *self)
{
  return self->n_done == self->n_calls || self->decision != ATHR_GROUP_UNDECIDED;
}

static gboolean
athr_group_is_quiet (AthrGroup *self)
{
  return self->n_returned == self->n_calls || self->is_disposed;
}

/* The error with which a wait fails, or NULL. */
static GError *
athr_group_dup_error (AthrGroup *self)
{
  gboolean lacks_success = self->policy == ATHR_GROUP_FIRST_SUCCESS && self->n_calls > 0 &&
                           self->n_succeeded == 0;

  if (self->decision == ATHR_GROUP_SUCCEEDED)
    return NULL;
  if (self->decision == ATHR_GROUP_TIMED_OUT)
    return g_error_new (G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "The group took longer than %u ms", self->timeout);
  if (self->error != NULL)
    return g_error_copy (self->error);
  if (self->decision == ATHR_GROUP_CUT_OFF || lacks_success)
    return g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "The calls of the group were cancelled");

  return NULL;
}

static void
athr_group_end_results (AthrGroup *self)
{
  if (self->results != NULL)
    athr_producer_end_feed (self->results->producer);
}

/* A wait is about to be answered for the first time, with @error. */
static void
athr_group_trace_end (AthrGroup    *self,
                      const GError *error)
{
  if (self->has_waited)
    return;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    athr_trace_end (self->alive, ATHR_ALIVE_CANCELLED, error);
  else
    athr_trace_end (self->alive, error == NULL ? ATHR_ALIVE_SUCCEEDED : ATHR_ALIVE_FAILED, error);
}

/* Answers the waits and the closes whose time has come. */
static void
athr_group_answer (AthrGroup *self)
{
  if (athr_group_is_settled (self) && self->waits.length > 0)
    {
      g_autoptr (GError) error = athr_group_dup_error (self);

      athr_group_trace_end (self, error);
      self->has_waited = TRUE;
      athr_group_answer_all (&self->waits, error);
      athr_group_end_results (self);
    }
  if (self->is_closed && athr_group_is_quiet (self))
    {
      if (self->closes.length > 0)
        athr_trace_end (self->alive, ATHR_ALIVE_CLOSED, NULL);
      athr_group_answer_all (&self->closes, NULL);
      athr_group_end_results (self);
    }
}

/* References to the calls that are not done. */
static GPtrArray *
athr_group_list_rest (AthrGroup *self)
{
  GPtrArray *calls = g_ptr_array_new_with_free_func (g_object_unref);

  for (GList *l = self->children.head; l != NULL; l = l->next)
    {
      AthrGroupChild *child = l->data;

      if (!child->is_done)
        g_ptr_array_add (calls, g_object_ref (child->call));
    }

  return calls;
}

/* Cancels calls of the group. Otherwise the limit would start a call that is held back as soon as a
 * running one has ended, before the group cancels it. Handlers of `cancelled` may drop the group. */
static void
athr_group_cancel_calls (AthrGroup *self,
                         GPtrArray *calls)
{
  AthrCallLimit *limit = athr_call_limit_ref (self->limit);

  athr_call_limit_set_on_hold (limit, TRUE);
  for (guint i = 0; i < calls->len; i++)
    athr_call_cancel (calls->pdata[i]);
  athr_call_limit_set_on_hold (limit, FALSE);
  athr_call_limit_unref (limit);
}

/* Decides the outcome, unless it is decided, and cancels the calls that are not done. Cancelling
 * comes last, since handlers of `cancelled` are the user's code. */
static void
athr_group_decide (AthrGroup         *self,
                   AthrGroupDecision  decision)
{
  static const char * const told[] = {
    [ATHR_GROUP_FAILED] = "fails, and cancels the other calls",
    [ATHR_GROUP_SUCCEEDED] = "succeeds, and cancels the other calls",
    [ATHR_GROUP_TIMED_OUT] = "is out of time, and cancels its calls",
    [ATHR_GROUP_CUT_OFF] = "is closed, and cancels its calls",
  };
  g_autoptr (GPtrArray) rest = NULL;

  if (self->decision != ATHR_GROUP_UNDECIDED)
    return;

  self->decision = decision;
  athr_trace_stop (self->alive, told[decision]);
  rest = athr_group_list_rest (self);
  athr_group_answer (self);
  athr_group_cancel_calls (self, rest);
}

/* What comes from the calls */

static void
athr_group_child_clear (gpointer data)
{
  athr_group_core_unref (((AthrGroupChild *) data)->core);
}

static void
athr_group_child_unref (gpointer data)
{
  g_atomic_rc_box_release_full (data, athr_group_child_clear);
}

static void
athr_group_child_unref_closure (gpointer  data,
                                GClosure *closure)
{
  athr_group_child_unref (data);
}

static void
athr_group_count_progress (AthrGroup      *self,
                           AthrGroupChild *child,
                           double          progress)
{
  self->sum += progress - child->progress;
  child->progress = progress;
  athr_group_post_update (self);
}

static void
athr_group_on_progress (AthrCall       *call,
                        GParamSpec     *pspec,
                        AthrGroupChild *child)
{
  AthrGroup *self = athr_weak_borrow (&child->core->group);
  double progress = athr_call_get_progress (call);

  if (self == NULL)
    return;

  if (!child->is_done)
    athr_group_count_progress (self, child, MAX (progress, 0));
  athr_weak_release (&child->core->group);
}

static void
athr_group_feed_results (AthrGroup *self,
                         AthrCall  *call)
{
  g_auto (GValue) value = G_VALUE_INIT;

  if (self->results == NULL)
    return;

  g_value_init (&value, ATHR_TYPE_CALL);
  g_value_set_object (&value, call);
  athr_producer_feed (self->results->producer, &value);
}

static void
athr_group_take_outcome (AthrGroup      *self,
                         AthrGroupChild *child,
                         AthrCall       *call,
                         GAsyncResult   *result)
{
  g_autoptr (GError) error = NULL;

  child->is_done = TRUE;
  self->n_done++;
  athr_alive_set (self->alive->n_done, self->n_done);
  athr_group_count_progress (self, child, 1);
  if (athr_call_run_finish_into (call, result, NULL, &error))
    {
      self->n_succeeded++;
    }
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      self->n_failed++;
      if (self->error == NULL)
        self->error = g_steal_pointer (&error);
    }
  athr_group_feed_results (self, call);

  if (self->policy == ATHR_GROUP_FAIL_FAST && self->n_failed > 0)
    athr_group_decide (self, ATHR_GROUP_FAILED);
  else if (self->policy == ATHR_GROUP_FIRST_SUCCESS && self->n_succeeded > 0)
    athr_group_decide (self, ATHR_GROUP_SUCCEEDED);
  athr_group_answer (self);
}

static void
athr_group_on_outcome (GObject      *call,
                       GAsyncResult *result,
                       gpointer      user_data)
{
  AthrGroupChild *child = user_data;
  AthrGroup *self = athr_weak_borrow (&child->core->group);

  if (self != NULL)
    {
      athr_group_take_outcome (self, child, ATHR_CALL (call), result);
      athr_weak_release (&child->core->group);
    }
  athr_group_child_unref (child);
}

static void
athr_group_remove_child (AthrGroup      *self,
                         AthrGroupChild *child)
{
  AthrCall *call = g_steal_pointer (&child->call);

  g_queue_unlink (&self->children, &child->link);
  athr_group_child_unref (child);
  g_object_unref (call);
}

/* The function of the call has returned, or will never run. */
static void
athr_group_on_ended (AthrCall *call,
                     gpointer  data)
{
  AthrGroupChild *child = data;
  AthrGroup *self = athr_weak_borrow (&child->core->group);

  if (self == NULL)
    return;

  if (child->call != NULL)
    {
      self->n_returned++;
      athr_group_remove_child (self, child);
      athr_group_answer (self);
    }
  athr_weak_release (&child->core->group);
}

static AthrGroupChild *
athr_group_add_child (AthrGroup *self,
                      AthrCall  *call)
{
  static const AthrCallEndedFuncs ended_funcs = { athr_group_on_ended, NULL, athr_group_child_unref };
  AthrGroupChild *child = g_atomic_rc_box_new0 (AthrGroupChild);

  child->core = g_atomic_rc_box_acquire (self->core);
  child->call = g_object_ref (call);
  child->link.data = child;
  g_queue_push_tail_link (&self->children, &child->link);
  if (self->n_calls == 0)
    athr_trace_start (self->alive, NULL);
  self->n_calls++;
  athr_alive_set (self->alive->n_all, self->n_calls);
  athr_alive_set_state (self->alive, ATHR_ALIVE_RUNNING);
  athr_call_set_ended (call, &ended_funcs, g_atomic_rc_box_acquire (child));
  g_signal_connect_data (call, "notify::progress", G_CALLBACK (athr_group_on_progress),
                         g_atomic_rc_box_acquire (child), athr_group_child_unref_closure, 0);
  athr_group_post_update (self);

  return child;
}

/* Makes the main context of the group thread-default, so that the call or the stream that starts next belongs to this
 * context. Under another context, both would live only as long as a thread iterates that other context. Returns the
 * context, or NULL: there is nothing to pop. */
static GMainContext *
athr_group_push_context (AthrGroup *self)
{
  AthrContextQueue *home = self->core->home;
  GMainContext *present = g_main_context_get_thread_default ();
  GMainContext *context;

  if (athr_context_queue_is_for_context (home, present != NULL ? present : g_main_context_default ()) ||
      !athr_context_queue_is_home (home))
    return NULL;

  context = athr_context_queue_ref_context (home);
  if (context == NULL || !g_main_context_acquire (context))
    {
      g_clear_pointer (&context, g_main_context_unref);
      return NULL;
    }

  g_main_context_push_thread_default (context);
  g_main_context_release (context);

  return context;
}

static void
athr_group_pop_context (GMainContext *context)
{
  if (context == NULL)
    return;

  g_main_context_pop_thread_default (context);
  g_main_context_unref (context);
}

/* The items at home */

static void
athr_group_attend (AthrGroup *self)
{
  athr_group_answer_cancelled (&self->waits);
  athr_group_answer_cancelled (&self->closes);
  if (g_atomic_int_get (&self->core->is_time_over) && self->n_done < self->n_calls)
    athr_group_decide (self, ATHR_GROUP_TIMED_OUT);
}

static void
athr_group_attend_run (AthrWorkItem *item)
{
  AthrGroupCore *core = item->data;
  AthrGroup *self = athr_weak_borrow (&core->group);

  if (self != NULL)
    {
      athr_group_attend (self);
      athr_weak_release (&core->group);
    }
  athr_group_core_unref (core);
}

static void
athr_group_update_run (AthrWorkItem *item)
{
  AthrGroupCore *core = item->data;
  AthrGroup *self = athr_weak_borrow (&core->group);

  if (self != NULL)
    {
      athr_notifier_run (&self->notifier, item);
      athr_weak_release (&core->group);
    }
  athr_group_core_unref (core);
}

static AthrGroupCore *
athr_group_core_new (AthrGroup *group)
{
  static const AthrWorkItemFuncs attend_funcs = { athr_group_attend_run, athr_group_core_drop, NULL };
  static const AthrWorkItemFuncs update_funcs = { athr_group_update_run, athr_group_core_drop, NULL };
  AthrGroupCore *self = g_atomic_rc_box_new0 (AthrGroupCore);

  athr_weak_init (&self->group, group);
  self->home = athr_home_ref ();
  athr_work_item_init (&self->attend, &attend_funcs, self);
  athr_work_item_init (&self->update, &update_funcs, self);
  self->deadline.reached = athr_group_core_deadline_reached;
  self->deadline.data = self;

  return self;
}

static void
athr_group_fix_home (AthrGroup *self)
{
  AthrContextQueue *home = self->core->home;

  if (self->has_home)
    return;

  self->core->home = athr_home_ref_moved (home);
  self->has_home = TRUE;
  athr_context_queue_unref (home);
}

/* Returns an error when the group takes no call any more. */
static GError *
athr_group_refuse (AthrGroup *self)
{
  if (self->is_closed || self->is_disposed)
    return g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CLOSED, "The group is closed");
  if (self->decision == ATHR_GROUP_FAILED)
    return g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "A call of the group has failed");
  if (self->decision == ATHR_GROUP_SUCCEEDED)
    return g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "A call of the group has succeeded");
  if (g_atomic_int_get (&self->core->is_time_over))
    return g_error_new (G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "The group took longer than %u ms", self->timeout);

  return NULL;
}

static void
athr_group_get_property (GObject    *object,
                         guint       prop_id,
                         GValue     *value,
                         GParamSpec *pspec)
{
  AthrGroup *self = ATHR_GROUP (object);

  switch (prop_id)
    {
    case PROP_POLICY:
      g_value_set_enum (value, self->policy);
      break;
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_MAX_RUNNING:
      g_value_set_uint (value, self->max_running);
      break;
    case PROP_TIMEOUT:
      g_value_set_uint (value, self->timeout);
      break;
    case PROP_N_CALLS:
      g_value_set_uint (value, self->n_calls);
      break;
    case PROP_N_DONE:
      g_value_set_uint (value, self->n_done);
      break;
    case PROP_N_FAILED:
      g_value_set_uint (value, self->n_failed);
      break;
    case PROP_PROGRESS:
      g_value_set_double (value, athr_group_get_mean (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
athr_group_set_property (GObject      *object,
                         guint         prop_id,
                         const GValue *value,
                         GParamSpec   *pspec)
{
  AthrGroup *self = ATHR_GROUP (object);

  switch (prop_id)
    {
    case PROP_POLICY:
      self->policy = g_value_get_enum (value);
      break;
    case PROP_NAME:
      athr_group_set_name (self, g_value_get_string (value));
      break;
    case PROP_MAX_RUNNING:
      athr_group_set_max_running (self, g_value_get_uint (value));
      break;
    case PROP_TIMEOUT:
      athr_group_set_timeout (self, g_value_get_uint (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
athr_group_free_results (gpointer data)
{
  AthrStream *results = data;

  athr_producer_end_feed (results->producer);
  g_object_unref (results);
}

/* After g_object_run_dispose() the group hears of its calls no more, so nothing may wait. Returns
 * the calls, of which some may still run. */
static GPtrArray *
athr_group_cut_off (AthrGroup *self)
{
  g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "The group was disposed of");
  GPtrArray *calls = g_ptr_array_new_with_free_func (g_object_unref);
  GList *link;

  self->is_disposed = TRUE;
  if (self->decision == ATHR_GROUP_UNDECIDED)
    self->decision = ATHR_GROUP_CUT_OFF;
  athr_group_core_disarm (self->core);
  athr_group_answer_all (&self->waits, error);
  athr_group_answer_all (&self->closes, error);
  while ((link = g_queue_pop_head_link (&self->children)) != NULL)
    {
      AthrGroupChild *child = link->data;

      g_ptr_array_add (calls, g_steal_pointer (&child->call));
      athr_group_child_unref (child);
    }

  return calls;
}

/* Any thread may drop the last reference: the calls are cancelled there, and what the group holds
 * is freed at home. */
static void
athr_group_dispose (GObject *object)
{
  AthrGroup *self = ATHR_GROUP (object);
  AthrDeferredFree left = ATHR_DEFERRED_FREE_INIT;

  if (!athr_group_is_stale (self))
    {
      GPtrArray *calls;

      athr_weak_drop (&self->core->group);
      calls = athr_group_cut_off (self);
      athr_group_cancel_calls (self, calls);

      athr_deferred_free_add (&left, calls, (GDestroyNotify) g_ptr_array_unref);
      athr_deferred_free_add (&left, g_steal_pointer (&self->results), athr_group_free_results);
      athr_deferred_free_add (&left, g_steal_pointer (&self->error), (GDestroyNotify) g_error_free);
      athr_deferred_free_submit (&left, self->core->home, G_PRIORITY_DEFAULT, self->creator);
    }

  G_OBJECT_CLASS (athr_group_parent_class)->dispose (object);
}

static void
athr_group_finalize (GObject *object)
{
  AthrGroup *self = ATHR_GROUP (object);

  if (!athr_group_is_stale (self))
    {
      athr_alive_free (self->alive);
      athr_call_limit_unref (self->limit);
      athr_group_core_unref (self->core);
    }
  g_free (self->name);

  G_OBJECT_CLASS (athr_group_parent_class)->finalize (object);
}

static void
athr_group_class_init (AthrGroupClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags set_once = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;
  const GParamFlags rw = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;
  const GParamFlags ro = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = athr_group_get_property;
  object_class->set_property = athr_group_set_property;
  object_class->dispose = athr_group_dispose;
  object_class->finalize = athr_group_finalize;

  /**
   * AthrGroup:policy: (getter get_policy)
   *
   * When the group is over, and whether it succeeds.
   *
   * Since: 1.0
   */
  properties[PROP_POLICY] =
    g_param_spec_enum ("policy", NULL, NULL, ATHR_TYPE_GROUP_POLICY, ATHR_GROUP_FAIL_FAST, set_once);

  /**
   * AthrGroup:name: (getter get_name) (setter set_name)
   *
   * A name for people who debug.
   *
   * Since: 1.0
   */
  properties[PROP_NAME] =
    g_param_spec_string ("name", NULL, NULL, NULL, rw);

  /**
   * AthrGroup:max-running: (getter get_max_running) (setter set_max_running)
   *
   * How many calls of the group may be with their executors at once; 0 if the group has no
   * limit of its own.
   *
   * The group holds back the other calls: their state is %ATHR_CALL_STATE_QUEUED, their
   * time-outs count, and [method@Athr.Call.cancel] withdraws them. Their priorities decide which
   * call is next, and then the order in which they were added. A call whose function waits inside
   * this library, such as in [method@Athr.Call.run], does not count. A call that is held back is
   * not in the queue of its executor yet, but an executor that is closed waits for the call and
   * runs it. If the close cancels queued work, the call fails with %G_IO_ERROR_CANCELLED when its
   * turn comes.
   *
   * Since: 1.0
   */
  properties[PROP_MAX_RUNNING] =
    g_param_spec_uint ("max-running", NULL, NULL, 0, G_MAXUINT, 0, rw);

  /**
   * AthrGroup:timeout: (getter get_timeout) (setter set_timeout)
   *
   * How long the calls of the group may take, in milliseconds; 0 for no limit.
   *
   * The time counts from the first [method@Athr.Group.add]. When it is over, the group cancels
   * the calls that are not done, and waits fail with %G_IO_ERROR_TIMED_OUT; calls that have
   * succeeded stay so. If all calls are done by then, waits succeed, but no further call can be
   * added. The time-out can be set until the first call is added.
   *
   * Since: 1.0
   */
  properties[PROP_TIMEOUT] =
    g_param_spec_uint ("timeout", NULL, NULL, 0, G_MAXUINT, 0, rw);

  /**
   * AthrGroup:n-calls: (getter get_n_calls)
   *
   * How many calls were added.
   *
   * Since: 1.0
   */
  properties[PROP_N_CALLS] =
    g_param_spec_uint ("n-calls", NULL, NULL, 0, G_MAXUINT, 0, ro);

  /**
   * AthrGroup:n-done: (getter get_n_done)
   *
   * How many calls have an outcome, whatever it is.
   *
   * Since: 1.0
   */
  properties[PROP_N_DONE] =
    g_param_spec_uint ("n-done", NULL, NULL, 0, G_MAXUINT, 0, ro);

  /**
   * AthrGroup:n-failed: (getter get_n_failed)
   *
   * How many calls ended with an error; calls that were cancelled do not count.
   *
   * Since: 1.0
   */
  properties[PROP_N_FAILED] =
    g_param_spec_uint ("n-failed", NULL, NULL, 0, G_MAXUINT, 0, ro);

  /**
   * AthrGroup:progress: (getter get_progress)
   *
   * The mean progress of the calls, from 0 to 1; -1 while the group has no calls.
   *
   * A call that is done counts as 1, and a call whose progress is unknown counts as 0. The
   * property is notified at most once in each iteration of the main loop.
   *
   * Since: 1.0
   */
  properties[PROP_PROGRESS] =
    g_param_spec_double ("progress", NULL, NULL, -1, 1, -1, ro);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
athr_group_init (AthrGroup *self)
{
  static const AthrNotifierFuncs notifier_funcs = { athr_group_collect, athr_group_peek_news, NULL, NULL };

  self->creator = athr_thread_id ();
  self->alive = athr_alive_new (ATHR_ALIVE_GROUP, self);
  self->core = athr_group_core_new (self);
  self->limit = athr_call_limit_new ();
  self->seen.progress = -1;
  athr_notifier_init (&self->notifier, &notifier_funcs, self, properties);
}

/**
 * athr_group_new:
 * @policy: when the group is over, and whether it succeeds
 *
 * Creates a group without calls.
 *
 * Threads: any; the new group belongs to the caller's thread.
 *
 * Returns: (transfer full): a new group
 *
 * Since: 1.0
 */
AthrGroup *
athr_group_new (AthrGroupPolicy policy)
{
  return g_object_new (ATHR_TYPE_GROUP, "policy", policy, NULL);
}

/**
 * athr_group_get_policy: (get-property policy)
 * @self: a group
 *
 * Gets when the group is over, and whether it succeeds.
 *
 * Threads: owner.
 *
 * Returns: the policy
 *
 * Since: 1.0
 */
AthrGroupPolicy
athr_group_get_policy (AthrGroup *self)
{
  g_return_val_if_fail (ATHR_IS_GROUP (self), ATHR_GROUP_FAIL_FAST);

  return self->policy;
}

/**
 * athr_group_get_name: (get-property name)
 * @self: a group
 *
 * Gets the name of the group, for people who debug.
 *
 * Threads: owner.
 *
 * Returns: (transfer none) (nullable): the name
 *
 * Since: 1.0
 */
const char *
athr_group_get_name (AthrGroup *self)
{
  g_return_val_if_fail (ATHR_IS_GROUP (self), NULL);

  return self->name;
}

/**
 * athr_group_set_name: (set-property name)
 * @self: a group
 * @name: (nullable): a name
 *
 * Names the group, for people who debug.
 *
 * Threads: owner.
 *
 * Since: 1.0
 */
void
athr_group_set_name (AthrGroup  *self,
                     const char *name)
{
  char *old;

  g_return_if_fail (ATHR_IS_GROUP (self));
  athr_group_check_owner (self, G_STRFUNC);

  if (g_strcmp0 (self->name, name) == 0)
    return;

  old = self->name;
  self->name = g_strdup (name);
  athr_alive_set_name (self->alive, name);
  g_free (old);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_NAME]);
}

/**
 * athr_group_get_max_running: (get-property max-running)
 * @self: a group
 *
 * Gets how many calls of the group may be with their executors at once.
 *
 * Threads: owner.
 *
 * Returns: the number of calls; 0 if the group has no limit of its own
 *
 * Since: 1.0
 */
guint
athr_group_get_max_running (AthrGroup *self)
{
  g_return_val_if_fail (ATHR_IS_GROUP (self), 0);

  return self->max_running;
}

/**
 * athr_group_set_max_running: (set-property max-running)
 * @self: a group
 * @max_running: the number of calls; 0 if the group has no limit of its own
 *
 * Sets how many calls of the group may be with their executors at once.
 *
 * The limit can be set at any time. A lower limit holds back calls that start later.
 *
 * Threads: owner.
 *
 * Since: 1.0
 */
void
athr_group_set_max_running (AthrGroup *self,
                            guint      max_running)
{
  g_return_if_fail (ATHR_IS_GROUP (self));
  athr_group_check_owner (self, G_STRFUNC);

  if (athr_group_is_stale (self))
    {
      athr_fork_warn (G_STRFUNC);
      return;
    }
  if (self->max_running == max_running)
    return;

  self->max_running = max_running;
  athr_call_limit_set_max_running (self->limit, max_running);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_MAX_RUNNING]);
}

/**
 * athr_group_get_timeout: (get-property timeout)
 * @self: a group
 *
 * Gets how long the calls of the group may take.
 *
 * Threads: owner.
 *
 * Returns: the time in milliseconds; 0 for no limit
 *
 * Since: 1.0
 */
guint
athr_group_get_timeout (AthrGroup *self)
{
  g_return_val_if_fail (ATHR_IS_GROUP (self), 0);

  return self->timeout;
}

/**
 * athr_group_set_timeout: (set-property timeout)
 * @self: a group
 * @timeout: the time in milliseconds; 0 for no limit
 *
 * Sets how long the calls of the group may take, from the first call that is added.
 *
 * Threads: owner, until the first call is added.
 *
 * Since: 1.0
 */
void
athr_group_set_timeout (AthrGroup *self,
                        guint      timeout)
{
  g_return_if_fail (ATHR_IS_GROUP (self));
  athr_group_check_owner (self, G_STRFUNC);

  if (self->n_calls > 0)
    {
      g_critical ("AthrGroup:timeout can be set only until the first call is added");
      return;
    }
  if (self->timeout == timeout)
    return;

  self->timeout = timeout;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TIMEOUT]);
}

/**
 * athr_group_get_n_calls: (get-property n-calls)
 * @self: a group
 *
 * Gets how many calls were added.
 *
 * Threads: owner.
 *
 * Returns: the number of calls
 *
 * Since: 1.0
 */
guint
athr_group_get_n_calls (AthrGroup *self)
{
  g_return_val_if_fail (ATHR_IS_GROUP (self), 0);

  return self->n_calls;
}

/**
 * athr_group_get_n_done: (get-property n-done)
 * @self: a group
 *
 * Gets how many calls have an outcome, whatever it is.
 *
 * Threads: owner.
 *
 * Returns: the number of calls
 *
 * Since: 1.0
 */
guint
athr_group_get_n_done (AthrGroup *self)
{
  g_return_val_if_fail (ATHR_IS_GROUP (self), 0);

  return self->n_done;
}

/**
 * athr_group_get_n_failed: (get-property n-failed)
 * @self: a group
 *
 * Gets how many calls ended with an error; calls that were cancelled do not count.
 *
 * Threads: owner.
 *
 * Returns: the number of calls
 *
 * Since: 1.0
 */
guint
athr_group_get_n_failed (AthrGroup *self)
{
  g_return_val_if_fail (ATHR_IS_GROUP (self), 0);

  return self->n_failed;
}

/**
 * athr_group_get_progress: (get-property progress)
 * @self: a group
 *
 * Gets the mean progress of the calls.
 *
 * Threads: owner.
 *
 * Returns: a fraction from 0 to 1; -1 while the group has no calls
 *
 * Since: 1.0
 */
double
athr_group_get_progress (AthrGroup *self)
{
  g_return_val_if_fail (ATHR_IS_GROUP (self), -1);

  return athr_group_get_mean (self);
}

/**
 * athr_group_add:
 * @self: a group
 * @call: (transfer none): a call that was not started
 * @error: return location for an error
 *
 * Adds a call to the group, and starts the call.
 *
 * The call belongs to the main context of the group: @call emits its signals there, whichever context is thread-default
 * now.
 *
 * The method fails with %G_IO_ERROR_INVALID_ARGUMENT when @call was started before, or was
 * given to a group or an [class@Athr.Latest] before; with %G_IO_ERROR_CLOSED when the group was closed;
 * with %G_IO_ERROR_CANCELLED when the policy has decided, that is after the first error with
 * %ATHR_GROUP_FAIL_FAST and after the first success with %ATHR_GROUP_FIRST_SUCCESS; with
 * %G_IO_ERROR_TIMED_OUT when the time of the group is over; and in the child of a `fork()` with
 * %G_IO_ERROR_NOT_SUPPORTED when the group or @call is from before the fork. Then @call does not
 * start.
 *
 * Threads: owner.
 *
 * Returns: whether @call was added
 *
 * Since: 1.0
 */
gboolean
athr_group_add (AthrGroup  *self,
                AthrCall   *call,
                GError    **error)
{
  GMainContext *context;
  GError *refusal;

  g_return_val_if_fail (ATHR_IS_GROUP (self), FALSE);
  g_return_val_if_fail (ATHR_IS_CALL (call), FALSE);
  athr_group_check_owner (self, G_STRFUNC);

  if (athr_group_is_stale (self) || athr_call_is_stale (call))
    return athr_fork_fail (error);

  athr_group_fix_home (self);
  refusal = athr_group_refuse (self);
  if (refusal != NULL)
    {
      g_propagate_error (error, refusal);
      return FALSE;
    }
  if (!athr_call_claim (call, self->limit))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                           "The call was started before, or was given to a group or to an AthrLatest before");
      return FALSE;
    }
  /* Behind the claim: the time of the group must not begin with a call that is refused. */
  if (self->n_calls == 0 && self->timeout != 0 && !athr_group_core_arm (self->core, self->timeout, error))
    {
      athr_call_unclaim (call);
      return FALSE;
    }

  context = athr_group_push_context (self);
  athr_call_run_async (call, NULL, athr_group_on_outcome,
                       g_atomic_rc_box_acquire (athr_group_add_child (self, call)));
  athr_group_pop_context (context);

  return TRUE;
}

/**
 * athr_group_get_results:
 * @self: a group
 *
 * Gets a stream of the calls, in the order in which they complete.
 *
 * The stream gets each call whose outcome comes after the program has called this method for the
 * first time. The stream has no bound. It ends when a wait is answered with the outcome of the
 * group, or when a close is over. Closing the stream does nothing to the group. If the group has its main context
 * already, the stream belongs to this context, whichever context is thread-default now.
 *
 * The stream gives its values at %G_PRIORITY_DEFAULT_IDLE, and the group calls back at
 * %G_PRIORITY_DEFAULT. So the callback of [method@Athr.Group.wait_async] may come before the last
 * values. A program that needs all calls takes the values up to the end of the stream.
 *
 * Threads: owner.
 *
 * Returns: (transfer none): the stream; the same one each time
 *
 * Since: 1.0
 */
AthrStream *
athr_group_get_results (AthrGroup *self)
{
  GMainContext *context = NULL;

  g_return_val_if_fail (ATHR_IS_GROUP (self), NULL);
  athr_group_check_owner (self, G_STRFUNC);

  if (self->results != NULL)
    return self->results;

  /* The stream starts, and belongs to the main context that is thread-default now. */
  if (self->has_home && !athr_group_is_stale (self))
    context = athr_group_push_context (self);
  self->results = athr_stream_new_fed ();
  athr_group_pop_context (context);
  if (self->has_waited || self->is_disposed || athr_group_is_stale (self) ||
      (self->is_closed && athr_group_is_quiet (self)))
    athr_group_end_results (self);

  return self->results;
}

/**
 * athr_group_wait_async:
 * @self: a group
 * @cancellable: (nullable): abandons this wait, and does nothing to the calls
 * @callback: (scope async) (nullable): called when the group is over
 * @user_data: the data for @callback
 *
 * Waits until all calls are done, or the policy has decided.
 *
 * With %ATHR_GROUP_FAIL_FAST the wait fails with the first error as soon as it comes. With
 * %ATHR_GROUP_COLLECT the wait fails with the first error when all calls are done. With
 * %ATHR_GROUP_FIRST_SUCCESS the wait succeeds as soon as a call succeeds; if none does, it fails with
 * the first error, or with %G_IO_ERROR_CANCELLED if all were cancelled. A wait for a group without
 * calls succeeds.
 *
 * The wait also fails with %G_IO_ERROR_TIMED_OUT when the time of the group is over before all
 * calls are done, with %G_IO_ERROR_CANCELLED when @cancellable was cancelled or the group was
 * closed before, and with %G_IO_ERROR_NOT_SUPPORTED in the child of a `fork()` if the group is
 * from before the fork.
 *
 * Functions of calls that the group has cancelled may still run when the wait is answered:
 * [method@Athr.Group.close_async] waits for them.
 *
 * Threads: owner; the callback runs in the thread-default main context of the caller.
 *
 * Since: 1.0
 */
void
athr_group_wait_async (AthrGroup           *self,
                       GCancellable        *cancellable,
                       GAsyncReadyCallback  callback,
                       gpointer             user_data)
{
  AthrGroupOperation *operation;

  g_return_if_fail (ATHR_IS_GROUP (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));
  athr_group_check_owner (self, G_STRFUNC);

  if (athr_group_is_stale (self))
    {
      athr_operation_answer_stale (self, athr_group_wait_async, callback, user_data);
      return;
    }

  athr_group_fix_home (self);
  operation = athr_group_operation_new (self, athr_group_wait_async, cancellable, callback, user_data);
  g_queue_push_tail_link (&self->waits, &operation->link);
  athr_group_answer_cancelled (&self->waits);
  athr_group_answer (self);
}

static gboolean
athr_group_operation_finish (AthrGroup     *self,
                             GAsyncResult  *result,
                             GError       **error)
{
  AthrGroupOperation *operation;

  if (athr_group_is_stale (self))
    return athr_fork_fail (error);

  operation = g_task_get_task_data (G_TASK (result));
  if (operation->error == NULL)
    return TRUE;

  g_propagate_error (error, g_error_copy (operation->error));

  return FALSE;
}

/**
 * athr_group_wait_finish:
 * @self: a group
 * @result: the result that the callback got
 * @error: return location for an error
 *
 * Finishes [method@Athr.Group.wait_async].
 *
 * The errors are those of [method@Athr.Group.wait_async].
 *
 * Threads: that of the callback.
 *
 * Returns: whether the group succeeded
 *
 * Since: 1.0
 */
gboolean
athr_group_wait_finish (AthrGroup     *self,
                        GAsyncResult  *result,
                        GError       **error)
{
  g_return_val_if_fail (ATHR_IS_GROUP (self), FALSE);
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, athr_group_wait_async), FALSE);

  return athr_group_operation_finish (self, result, error);
}

/**
 * athr_group_close_async:
 * @self: a group
 * @cancellable: (nullable): abandons this wait, and does not reopen the group
 * @callback: (scope async) (nullable): called when no function runs any more
 * @user_data: the data for @callback
 *
 * Cancels the calls that are not done, and waits until no function of a call runs.
 *
 * From now on [method@Athr.Group.add] fails with %G_IO_ERROR_CLOSED. Waits that were not answered
 * yet fail with the first error of the calls or, if there is none, with %G_IO_ERROR_CANCELLED. When
 * the callback is called, each call has emitted [signal@Athr.Call::finished] and destroyed its
 * data. A group may be closed several times.
 *
 * Threads: owner; the callback runs in the thread-default main context of the caller.
 *
 * Since: 1.0
 */
void
athr_group_close_async (AthrGroup           *self,
                        GCancellable        *cancellable,
                        GAsyncReadyCallback  callback,
                        gpointer             user_data)
{
  AthrGroupOperation *operation;

  g_return_if_fail (ATHR_IS_GROUP (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));
  athr_group_check_owner (self, G_STRFUNC);

  if (athr_group_is_stale (self))
    {
      athr_operation_answer_stale (self, athr_group_close_async, callback, user_data);
      return;
    }

  athr_group_fix_home (self);
  self->is_closed = TRUE;
  operation = athr_group_operation_new (self, athr_group_close_async, cancellable, callback, user_data);
  g_queue_push_tail_link (&self->closes, &operation->link);
  athr_group_answer_cancelled (&self->closes);
  if (self->n_done < self->n_calls)
    athr_group_decide (self, ATHR_GROUP_CUT_OFF);
  athr_group_answer (self);
}

/**
 * athr_group_close_finish:
 * @self: a group
 * @result: the result that the callback got
 * @error: return location for an error
 *
 * Finishes [method@Athr.Group.close_async].
 *
 * The method fails with %G_IO_ERROR_CANCELLED when the program cancelled the wait, and with
 * %G_IO_ERROR_NOT_SUPPORTED in the child of a `fork()` if the group is from before the fork. The
 * errors of the calls are not errors of the close.
 *
 * Threads: that of the callback.
 *
 * Returns: whether the close is over
 *
 * Since: 1.0
 */
gboolean
athr_group_close_finish (AthrGroup     *self,
                         GAsyncResult  *result,
                         GError       **error)
{
  g_return_val_if_fail (ATHR_IS_GROUP (self), FALSE);
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, athr_group_close_async), FALSE);

  return athr_group_operation_finish (self, result, error);
}
