/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "calls.h"

/* The least that a round trip with a GObject and a GTask can cost: one worker, a list in each direction,
 * and each side takes the whole list of the other side with one atomic exchange. There is nothing
 * else: no cancelling, no state, no priorities, no limit.
 *
 * The floor of a task whose function calls g_task_return_int() on the worker has one list. From there on
 * GLib does the rest: GLib makes an idle source for the task, attaches it under the lock of the main context,
 * and wakes the main context. */

#define TYPE_FLOOR_CALL (floor_call_get_type ())
G_DECLARE_FINAL_TYPE (FloorCall, floor_call, FLOOR, CALL, GObject)

struct _FloorCall
{
  GObject parent_instance;

  FloorCall *next;
  GTask *task;
  Crowd *crowd;
  gboolean returns; /* the worker returns the task */
  int result;
};

G_DEFINE_FINAL_TYPE (FloorCall, floor_call, G_TYPE_OBJECT)

enum { SPIN = 10 }; /* microseconds that the worker looks for work before it sleeps */

static FloorCall *to_worker;  /* atomic */
static FloorCall *to_home;    /* atomic */
static int worker_sleeps;     /* atomic */
static GMutex lock;
static GCond wakes;
static GSource *home_source;

static void
floor_call_class_init (FloorCallClass *klass)
{
}

static void
floor_call_init (FloorCall *self)
{
}

/* Returns whether the list was empty. */
static gboolean
push (FloorCall **list,
      FloorCall  *call)
{
  FloorCall *first = g_atomic_pointer_get (list);

  do
    call->next = first;
  while (!__atomic_compare_exchange_n (list, &first, call, FALSE, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));

  return first == NULL;
}

/* Takes the whole list, the oldest call first. */
static FloorCall *
steal (FloorCall **list)
{
  FloorCall *newest = __atomic_exchange_n (list, NULL, __ATOMIC_SEQ_CST);
  FloorCall *oldest = NULL;

  while (newest != NULL)
    {
      FloorCall *next = newest->next;

      newest->next = oldest;
      oldest = newest;
      newest = next;
    }

  return oldest;
}

static void
worker_wait (void)
{
  gint64 end = g_get_monotonic_time () + SPIN;

  while (g_get_monotonic_time () < end)
    if (g_atomic_pointer_get (&to_worker) != NULL)
      return;

  g_mutex_lock (&lock);
  g_atomic_int_set (&worker_sleeps, TRUE);
  while (g_atomic_pointer_get (&to_worker) == NULL)
    g_cond_wait (&wakes, &lock);
  g_atomic_int_set (&worker_sleeps, FALSE);
  g_mutex_unlock (&lock);
}

/* On the worker. */
static void
floor_call_run (FloorCall *self)
{
  g_autoptr (GTask) task = NULL;

  crowd_work (self->crowd);
  self->result = 1;
  if (!self->returns)
    {
      if (push (&to_home, self))
        g_main_context_wakeup (NULL);
      return;
    }

  task = g_steal_pointer (&self->task);
  g_task_return_int (task, self->result);
  g_object_unref (self);
}

static gpointer
worker_run (gpointer user_data)
{
  for (;;)
    {
      FloorCall *call = steal (&to_worker);

      if (call == NULL)
        worker_wait ();
      while (call != NULL)
        {
          FloorCall *next = call->next;

          floor_call_run (call);
          call = next;
        }
    }

  return NULL;
}

static gboolean
home_prepare (GSource *source,
              int     *timeout)
{
  return g_atomic_pointer_get (&to_home) != NULL;
}

static gboolean
home_check (GSource *source)
{
  return g_atomic_pointer_get (&to_home) != NULL;
}

static gboolean
home_dispatch (GSource     *source,
               GSourceFunc  callback,
               gpointer     user_data)
{
  FloorCall *call = steal (&to_home);

  while (call != NULL)
    {
      FloorCall *next = call->next;
      g_autoptr (GTask) task = g_steal_pointer (&call->task);

      g_task_return_int (task, call->result);
      g_object_unref (call);
      call = next;
    }

  return G_SOURCE_CONTINUE;
}

static void
floor_start (void)
{
  static GSourceFuncs funcs = { .prepare = home_prepare, .check = home_check, .dispatch = home_dispatch };

  home_source = g_source_new (&funcs, sizeof (GSource));
  g_source_attach (home_source, NULL);
  g_thread_unref (g_thread_new ("floor", worker_run, NULL));
}

static void
call_done (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  if (g_task_propagate_int (G_TASK (result), NULL) != 1)
    g_error ("A floor call failed or has a wrong result");
  crowd_ended (user_data);
}

static void
start (Crowd    *crowd,
       gboolean  returns)
{
  FloorCall *call = g_object_new (TYPE_FLOOR_CALL, NULL);

  if (home_source == NULL)
    floor_start ();

  call->crowd = crowd;
  call->returns = returns;
  call->task = g_task_new (call, NULL, call_done, crowd);
  if (push (&to_worker, call) && g_atomic_int_get (&worker_sleeps))
    {
      g_mutex_lock (&lock);
      g_cond_signal (&wakes);
      g_mutex_unlock (&lock);
    }
}

void
floor_call_start (Crowd *crowd)
{
  start (crowd, FALSE);
}

void
floor_task_start (Crowd *crowd)
{
  start (crowd, TRUE);
}
