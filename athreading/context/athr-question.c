/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "base/athr-thread-private.h"
#include "context/athr-deferred-free-private.h"
#include "context/athr-home-private.h"
#include "context/athr-question-private.h"

/**
 * AthrQuestion:
 *
 * What a function on a worker asks the owner's thread.
 *
 * [method@Athr.Call.ask] and [method@Athr.Yielder.ask] give a question to a function on the owner's thread. That
 * function shows a dialog, for example, and keeps a reference to the question until the user has
 * answered:
 *
 * ```c
 * static void
 * on_overwrite (GObject *button, AthrQuestion *question)
 * {
 *   g_auto (GValue) answer = G_VALUE_INIT;
 *
 *   g_value_init (&answer, G_TYPE_BOOLEAN);
 *   g_value_set_boolean (&answer, TRUE);
 *   athr_question_answer (question, &answer);
 * }
 * ```
 *
 * A question takes one answer. If the work was cancelled meanwhile, the library drops the
 * answer. When the last reference to a question without an answer is dropped, the ask fails with
 * %G_IO_ERROR_FAILED. In a language with a garbage collector that happens at a collection.
 *
 * Since: 1.0
 */

struct _AthrAsking
{
  gatomicrefcount ref_count; /* of: the worker, the item, the question */
  AthrContextQueue *home;    /* set once; owned */
  int priority;              /* set once */
  AthrWorkItem item;
  const AthrAskingFuncs *funcs; /* set once */
  gpointer subject;          /* home, until the item has run; owned */
  AthrAskFunc func;          /* set once */
  gpointer user_data;        /* home, until the item has run */
  GDestroyNotify destroy;    /* set once */
  gconstpointer part;        /* set once; (nullable); the part of the subject that asks */

  GList link;                /* (lock of the subject) */
  gboolean is_listed;        /* (lock of the subject) */
  GList all_link;            /* (askings_lock) */
  gboolean is_refused;       /* (askings_lock); the home is blocked */

  AthrLock lock;
  GCond settled;             /* lock */
  gboolean is_settled;       /* lock */
  GValue answer;             /* lock; the worker takes it */
  GError *error;             /* lock; the worker takes it */
};

struct _AthrQuestion
{
  GObject parent_instance;

  AthrAsking *asking;   /* set once; owned; NULL for a question that nobody asks */
  gboolean is_answered; /* home */
};

G_DEFINE_FINAL_TYPE (AthrQuestion, athr_question, G_TYPE_OBJECT)

static AthrLock askings_lock;
static GQueue all_askings; /* (askings_lock); (element-type AthrAsking), those that wait */
static int n_askings;      /* atomic; their number. Pairs with athr_event_enlist() */

static void
athr_askings_forked (void)
{
  askings_lock = (AthrLock) { 0 };
  all_askings = (GQueue) G_QUEUE_INIT;
  n_askings = 0;
}

ATHR_IN_FORKED_CHILD (athr_askings_forked)

static AthrAsking *
athr_asking_ref (AthrAsking *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

static void
athr_asking_unref (AthrAsking *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count) || athr_lock_is_stale (&self->lock))
    return;

  athr_context_queue_unref (self->home);
  g_cond_clear (&self->settled);
  athr_lock_clear (&self->lock);
  g_free (self);
}

/* Takes @value and @error over, and unsets both when the asking is settled already. */
static void
athr_asking_settle_with (AthrAsking *self,
                         GValue     *value,
                         GError     *error)
{
  gboolean is_first;

  if (athr_lock_is_stale (&self->lock))
    return;

  athr_lock (&self->lock);
  is_first = !self->is_settled;
  if (is_first)
    {
      self->is_settled = TRUE;
      if (value != NULL)
        self->answer = *value;
      self->error = error;
      g_cond_signal (&self->settled);
    }
  athr_unlock (&self->lock);

  if (!is_first && value != NULL)
    g_value_unset (value);
  if (!is_first)
    g_clear_error (&error);
}

void
athr_asking_settle (AthrAsking *self,
                    GError     *error)
{
  athr_asking_settle_with (self, NULL, error);
}

static gboolean
athr_asking_is_settled (AthrAsking *self)
{
  return athr_lock_read (&self->lock, &self->is_settled);
}

static void
athr_asking_end_item (AthrAsking *self)
{
  if (self->destroy != NULL)
    self->destroy (self->user_data);
  self->funcs->unref (self->subject);
  athr_asking_unref (self);
}

static void
athr_asking_run (AthrWorkItem *item)
{
  AthrAsking *self = item->data;

  if (!self->funcs->may_call (self->subject))
    athr_asking_settle (self, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED,
                                                   "The owner is gone"));
  if (!athr_asking_is_settled (self))
    {
      AthrQuestion *question = g_object_new (ATHR_TYPE_QUESTION, NULL);

      question->asking = athr_asking_ref (self);
      self->func (question, self->user_data);
      g_object_unref (question);
    }
  athr_asking_end_item (self);
}

static void
athr_asking_drop (AthrWorkItem *item)
{
  AthrAsking *self = item->data;

  athr_asking_settle (self, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CLOSED,
                                                 "The main context of the question is gone"));
  athr_asking_end_item (self);
}

/* When nobody waits for the answer, the item only destroys the user data. */
static gboolean
athr_asking_is_cleanup_only (AthrWorkItem *item)
{
  return athr_asking_is_settled (item->data);
}

AthrAsking *
athr_asking_new (AthrContextQueue      *home,
                 int                    priority,
                 const AthrAskingFuncs *funcs,
                 gpointer               subject,
                 AthrAskFunc            func,
                 gpointer               user_data,
                 GDestroyNotify         destroy)
{
  static const AthrWorkItemFuncs item_funcs = {
    athr_asking_run, athr_asking_drop, athr_asking_is_cleanup_only
  };
  AthrAsking *self = g_new0 (AthrAsking, 1);

  g_atomic_ref_count_init (&self->ref_count);
  athr_lock_init (&self->lock);
  g_cond_init (&self->settled);
  self->home = athr_context_queue_ref (home);
  self->priority = priority;
  self->funcs = funcs;
  self->subject = subject;
  self->func = func;
  self->user_data = user_data;
  self->destroy = destroy;
  self->link.data = self->all_link.data = self;
  athr_work_item_init (&self->item, &item_funcs, self);

  return self;
}

void
athr_asking_set_part (AthrAsking    *self,
                      gconstpointer  part)
{
  self->part = part;
}

static GError *
athr_asking_new_would_block (void)
{
  return g_error_new_literal (G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK,
                              "The thread that would answer the question is blocked");
}

void
athr_asking_post (AthrAsking *self)
{
  athr_lock (&askings_lock);
  g_queue_push_tail_link (&all_askings, &self->all_link);
  g_atomic_int_inc (&n_askings);
  athr_unlock (&askings_lock);

  if (athr_context_queue_is_home (self->home) || athr_event_blocks (athr_context_queue_get_owner (self->home)))
    athr_asking_settle (self, athr_asking_new_would_block ());

  athr_asking_ref (self);
  athr_context_queue_push (self->home, self->priority, &self->item);
}

void
athr_asking_wait (AthrAsking *self)
{
  athr_lock (&self->lock);
  while (!self->is_settled)
    athr_lock_wait (&self->lock, &self->settled);
  athr_unlock (&self->lock);
}

gboolean
athr_asking_finish (AthrAsking  *self,
                    GValue      *answer,
                    GError     **error)
{
  AthrDeferredFree left = ATHR_DEFERRED_FREE_INIT;
  gboolean is_answered = self->error == NULL;

  athr_lock (&askings_lock);
  g_queue_unlink (&all_askings, &self->all_link);
  g_atomic_int_add (&n_askings, -1);
  athr_unlock (&askings_lock);

  if (!is_answered)
    g_propagate_error (error, g_steal_pointer (&self->error));
  else if (answer != NULL)
    *answer = self->answer;
  else
    left.value = self->answer;
  athr_deferred_free_submit (&left, self->home, G_PRIORITY_DEFAULT, 0);
  athr_asking_unref (self);

  return is_answered;
}

void
athr_askings_add (AthrAskings *askings,
                  AthrAsking  *asking)
{
  g_queue_push_tail_link (askings, &asking->link);
  asking->is_listed = TRUE;
}

void
athr_askings_remove (AthrAskings *askings,
                     AthrAsking  *asking)
{
  if (asking->is_listed)
    g_queue_unlink (askings, &asking->link);
  asking->is_listed = FALSE;
}

/* Removes an asking of @part, or any asking if @part is NULL. Returns a reference to the asking, or NULL. */
static AthrAsking *
athr_askings_pop (AthrAskings   *askings,
                  AthrLock      *lock,
                  gconstpointer  part)
{
  AthrAsking *found = NULL;

  athr_lock (lock);
  for (GList *l = askings->head; l != NULL && found == NULL; l = l->next)
    if (part == NULL || ((AthrAsking *) l->data)->part == part)
      found = athr_asking_ref (l->data);
  if (found != NULL)
    athr_askings_remove (askings, found);
  athr_unlock (lock);

  return found;
}

void
athr_askings_settle_part (AthrAskings   *askings,
                          AthrLock      *lock,
                          gconstpointer  part,
                          const GError  *error)
{
  AthrAsking *asking;

  while ((asking = athr_askings_pop (askings, lock, part)) != NULL)
    {
      athr_asking_settle (asking, g_error_copy (error));
      athr_asking_unref (asking);
    }
}

void
athr_askings_settle (AthrAskings  *askings,
                     AthrLock     *lock,
                     const GError *error)
{
  athr_askings_settle_part (askings, lock, NULL, error);
}

/* One of those that wait for the thread @owner, and were not refused yet. */
static AthrAsking *
athr_asking_find (guint64 owner)
{
  AthrAsking *found = NULL;

  athr_lock (&askings_lock);
  for (GList *l = all_askings.head; l != NULL && found == NULL; l = l->next)
    if (athr_context_queue_get_owner (((AthrAsking *) l->data)->home) == owner &&
        !((AthrAsking *) l->data)->is_refused)
      found = l->data;
  if (found != NULL)
    {
      found->is_refused = TRUE;
      athr_asking_ref (found);
    }
  athr_unlock (&askings_lock);

  return found;
}

gboolean
athr_home_block_begin (AthrContextQueue *home,
                       AthrEvent        *event)
{
  AthrAsking *asking;

  if (athr_context_queue_is_home (home))
    athr_context_queue_tell_owner (home);
  if (!athr_context_queue_thread_may_own ())
    return FALSE;

  athr_event_enlist (event);
  /* Either this thread finds the asking, or the thread that asks finds this one blocked. */
  while (g_atomic_int_get (&n_askings) > 0 && (asking = athr_asking_find (athr_thread_id ())) != NULL)
    {
      athr_asking_settle (asking, athr_asking_new_would_block ());
      athr_asking_unref (asking);
    }

  return TRUE;
}

static void
athr_question_finalize (GObject *object)
{
  AthrQuestion *self = ATHR_QUESTION (object);

  if (self->asking != NULL)
    {
      if (!self->is_answered)
        athr_asking_settle (self->asking,
                            g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED,
                                                 "The question was dropped without an answer"));
      athr_asking_unref (self->asking);
    }

  G_OBJECT_CLASS (athr_question_parent_class)->finalize (object);
}

static void
athr_question_class_init (AthrQuestionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = athr_question_finalize;
}

static void
athr_question_init (AthrQuestion *self)
{
}

/* Takes @value and @error over. */
static void
athr_question_settle (AthrQuestion *self,
                      GValue       *value,
                      GError       *error)
{
  if (self->is_answered)
    g_critical ("A question was answered twice");

  if (self->is_answered || self->asking == NULL)
    {
      if (value != NULL)
        g_value_unset (value);
      g_clear_error (&error);
      return;
    }

  self->is_answered = TRUE;
  athr_asking_settle_with (self->asking, value, error);
}

static void
athr_question_check_owner (AthrQuestion *self,
                           const char   *function)
{
  if (self->asking != NULL && !athr_context_queue_is_stale (self->asking->home))
    athr_home_check_owner (self->asking->home, 0, function, "the question");
}

/**
 * athr_question_answer:
 * @self: a question
 * @value: (nullable): the answer; %NULL is null
 *
 * Answers the question with a copy of @value.
 *
 * The function that asked goes on with the answer. If it does not wait any more, the library
 * drops the answer. Answering a question twice is a programmer error: the library logs a critical,
 * and the first answer counts.
 *
 * Threads: owner.
 *
 * Since: 1.0
 */
void
athr_question_answer (AthrQuestion *self,
                      const GValue *value)
{
  GValue copy = G_VALUE_INIT;

  g_return_if_fail (ATHR_IS_QUESTION (self));
  g_return_if_fail (value == NULL || G_IS_VALUE (value));
  athr_question_check_owner (self, G_STRFUNC);

  g_value_init (&copy, value != NULL ? G_VALUE_TYPE (value) : G_TYPE_POINTER);
  if (value != NULL)
    g_value_copy (value, &copy);
  athr_question_settle (self, &copy, NULL);
}

/**
 * athr_question_fail:
 * @self: a question
 * @error: the error
 *
 * Answers the question with a copy of @error: the ask fails with the error.
 *
 * Threads: owner.
 *
 * Since: 1.0
 */
void
athr_question_fail (AthrQuestion *self,
                    const GError *error)
{
  g_return_if_fail (ATHR_IS_QUESTION (self));
  g_return_if_fail (error != NULL);
  athr_question_check_owner (self, G_STRFUNC);

  athr_question_settle (self, NULL, g_error_copy (error));
}

/**
 * athr_question_fail_literal:
 * @self: a question
 * @domain: the domain of the error
 * @code: the code of the error
 * @message: the message of the error
 *
 * Answers the question with an error, for languages that cannot pass a [struct@GLib.Error].
 *
 * The method does the same as [method@Athr.Question.fail], from the parts of an error.
 *
 * Threads: owner.
 *
 * Since: 1.0
 */
void
athr_question_fail_literal (AthrQuestion *self,
                            GQuark        domain,
                            int           code,
                            const char   *message)
{
  g_return_if_fail (ATHR_IS_QUESTION (self));
  g_return_if_fail (domain != 0);
  g_return_if_fail (message != NULL);
  athr_question_check_owner (self, G_STRFUNC);

  athr_question_settle (self, NULL, g_error_new_literal (domain, code, message));
}
