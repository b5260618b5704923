/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "base/athr-deadline-private.h"
#include "pool/thread-failure-test.h"

#define HOUR (60 * 60 * 1000)

/* A deadline that records when and on which thread it was reached. */
typedef struct
{
  AthrDeadline deadline;
  AthrGate reached;   /* opened when the deadline is reached */
  AthrGate *blocked;  /* nullable: the thread of the deadlines then waits at this gate */
  void (*on_reached) (gpointer data);
  gpointer data;
  GPtrArray *order;   /* nullable: where moments are recorded in the order they are reached */
  gint64 now;
  GThread *thread;
  guint n_reached;
} Moment;

static void
moment_reached (AthrDeadline *deadline)
{
  Moment *self = deadline->data;
  AthrGate *blocked = self->blocked;

  self->now = g_get_monotonic_time ();
  self->thread = g_thread_self ();
  self->n_reached++;
  if (self->order != NULL)
    g_ptr_array_add (self->order, self);
  if (self->on_reached != NULL)
    self->on_reached (self->data);

  /* The thread that passes this gate may clear the moment, so this line comes last. */
  athr_gate_open (&self->reached);
  if (blocked != NULL)
    athr_gate_pass (blocked);
}

static void
moment_init (Moment *self)
{
  memset (self, 0, sizeof *self);
  self->deadline.reached = moment_reached;
  self->deadline.data = self;
  athr_gate_init (&self->reached);
}

static void
moment_clear (Moment *self)
{
  g_assert_false (athr_deadline_remove (&self->deadline));
  athr_gate_clear (&self->reached);
}

static void
moment_add (Moment *self,
            guint   after)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (athr_deadline_add (&self->deadline, after, &error));
  g_assert_no_error (error);
}

/* Waits until the thread of the deadlines has left every earlier reached(). */
static void
settle (void)
{
  Moment last;

  moment_init (&last);
  moment_add (&last, 0);
  athr_gate_pass (&last.reached);
  moment_clear (&last);
}

static void
test_reached (void)
{
  Moment moment;

  moment_init (&moment);
  moment_add (&moment, 1);
  athr_gate_pass (&moment.reached);

  g_assert_cmpint (moment.now, >=, moment.deadline.time);
  g_assert_true (moment.thread != g_thread_self ());
  settle ();
  g_assert_cmpuint (moment.n_reached, ==, 1);
  moment_clear (&moment);
}

static void
test_time (void)
{
  gint64 before = g_get_monotonic_time ();
  Moment moment;

  g_test_summary ("A deadline counts in milliseconds, from the moment when it is added");

  moment_init (&moment);
  moment_add (&moment, 3);

  g_assert_cmpint (moment.deadline.time, >=, before + 3000);
  g_assert_cmpint (moment.deadline.time, <=, g_get_monotonic_time () + 3000);
  athr_gate_pass (&moment.reached);
  moment_clear (&moment);
}

static void
test_order (void)
{
  static const guint after[] = { 40, 10, 30, 20, 0 };
  g_autoptr (GPtrArray) order = g_ptr_array_new ();
  Moment moments[G_N_ELEMENTS (after)];
  Moment blocker;
  AthrGate gate;

  g_test_summary ("Deadlines are reached in the order of their times, whatever the order of "
                  "adding");

  athr_gate_init (&gate);
  moment_init (&blocker);
  blocker.blocked = &gate;
  moment_add (&blocker, 0);
  athr_gate_await (&gate, 1);

  for (guint i = 0; i < G_N_ELEMENTS (after); i++)
    {
      moment_init (&moments[i]);
      moments[i].order = order;
      moment_add (&moments[i], after[i]);
    }
  athr_gate_open (&gate);
  for (guint i = 0; i < G_N_ELEMENTS (after); i++)
    athr_gate_pass (&moments[i].reached);

  /* The test compares times, not milliseconds: this thread may have slept between two adds. */
  g_assert_cmpuint (order->len, ==, G_N_ELEMENTS (after));
  for (guint i = 1; i < order->len; i++)
    g_assert_cmpint (((Moment *) order->pdata[i - 1])->deadline.time, <=,
                     ((Moment *) order->pdata[i])->deadline.time);

  settle ();
  for (guint i = 0; i < G_N_ELEMENTS (after); i++)
    moment_clear (&moments[i]);
  moment_clear (&blocker);
  athr_gate_clear (&gate);
}

static void
test_earlier (void)
{
  Moment late, early;

  g_test_summary ("An earlier deadline wakes the thread that sleeps until a later one");

  moment_init (&late);
  moment_init (&early);
  settle ();
  moment_add (&late, HOUR);
  moment_add (&early, 1);
  athr_gate_pass (&early.reached);

  g_assert_true (athr_deadline_remove (&late.deadline));
  g_assert_cmpuint (late.n_reached, ==, 0);
  settle ();
  moment_clear (&early);
  moment_clear (&late);
}

static void
test_remove_waiting (void)
{
  Moment blocker, removed;
  AthrGate gate;

  athr_gate_init (&gate);
  moment_init (&blocker);
  moment_init (&removed);
  blocker.blocked = &gate;
  moment_add (&blocker, 0);
  athr_gate_await (&gate, 1);
  moment_add (&removed, 0);
  g_assert_true (athr_deadline_remove (&removed.deadline));
  g_assert_false (athr_deadline_remove (&removed.deadline));

  athr_gate_open (&gate);
  settle ();
  g_assert_cmpuint (removed.n_reached, ==, 0);
  moment_clear (&removed);
  moment_clear (&blocker);
  athr_gate_clear (&gate);
}

static void
test_remove_being_reached (void)
{
  Moment moment;
  AthrGate gate;

  athr_gate_init (&gate);
  moment_init (&moment);
  moment.blocked = &gate;
  moment_add (&moment, 0);
  athr_gate_await (&gate, 1);

  g_assert_false (athr_deadline_remove (&moment.deadline));
  athr_gate_open (&gate);
  settle ();
  moment_clear (&moment);
  athr_gate_clear (&gate);
}

static void
test_remove_reached (void)
{
  Moment moment;

  moment_init (&moment);
  moment_add (&moment, 0);
  athr_gate_pass (&moment.reached);
  settle ();

  g_assert_false (athr_deadline_remove (&moment.deadline));
  moment_clear (&moment);
}

static void
add_now (gpointer moment)
{
  moment_add (moment, 0);
}

static void
test_add_from_reached (void)
{
  Moment first, second;

  moment_init (&first);
  moment_init (&second);
  first.on_reached = add_now;
  first.data = &second;
  moment_add (&first, 0);

  athr_gate_pass (&second.reached);
  g_assert_cmpuint (first.n_reached, ==, 1);
  settle ();
  moment_clear (&second);
  moment_clear (&first);
}

static void
remove_moment (gpointer moment)
{
  g_assert_true (athr_deadline_remove (&((Moment *) moment)->deadline));
}

static void
test_remove_from_reached (void)
{
  Moment first, second;

  moment_init (&first);
  moment_init (&second);
  moment_add (&second, HOUR);
  first.on_reached = remove_moment;
  first.data = &second;
  moment_add (&first, 0);

  athr_gate_pass (&first.reached);
  settle ();
  g_assert_cmpuint (second.n_reached, ==, 0);
  moment_clear (&second);
  moment_clear (&first);
}

static void
test_add_again (void)
{
  Moment moment;

  g_test_summary ("A removed deadline and a reached deadline can be added again");

  moment_init (&moment);
  moment_add (&moment, HOUR);
  g_assert_true (athr_deadline_remove (&moment.deadline));
  moment_add (&moment, 0);
  athr_gate_pass (&moment.reached);
  settle ();
  moment_add (&moment, 0);
  settle ();

  g_assert_cmpuint (moment.n_reached, ==, 2);
  moment_clear (&moment);
}

static void
test_no_thread (void)
{
  g_autoptr (GError) error = NULL;
  Moment moment;

  g_test_summary ("Adding fails when no thread can be created, and works again when one can");

  /* This runs in its own process, since the thread of the deadlines stays for a while. */
  if (!g_test_subprocess ())
    {
      g_test_trap_subprocess (NULL, 0, 0);
      g_test_trap_assert_passed ();
      return;
    }

  moment_init (&moment);
  athr_test_set_threads_fail (TRUE);
  g_assert_false (athr_deadline_add (&moment.deadline, 0, &error));
  g_assert_error (error, G_THREAD_ERROR, G_THREAD_ERROR_AGAIN);
  g_assert_false (athr_deadline_remove (&moment.deadline));

  athr_test_set_threads_fail (FALSE);
  moment_add (&moment, 0);
  athr_gate_pass (&moment.reached);
}

static gpointer
add_without_thread (gpointer start)
{
  g_autoptr (GError) error = NULL;
  Moment moment;

  moment_init (&moment);
  athr_gate_pass (start);
  g_assert_false (athr_deadline_add (&moment.deadline, 0, &error));
  g_assert_error (error, G_THREAD_ERROR, G_THREAD_ERROR_AGAIN);
  moment_clear (&moment);

  return NULL;
}

static void
test_no_lock (void)
{
  AthrGate start, creating;
  GThread *threads[2];
  Moment moment;

  g_test_summary ("While a caller creates the thread, other callers can use the deadlines; each "
                  "caller fails when no thread can be created");

  if (!g_test_subprocess ())
    {
      g_test_trap_subprocess (NULL, 0, 0);
      g_test_trap_assert_passed ();
      return;
    }

  athr_gate_init (&start);
  athr_gate_init (&creating);
  moment_init (&moment);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("adds", add_without_thread, &start);
  athr_gate_await (&start, G_N_ELEMENTS (threads));
  g_atomic_pointer_set (&athr_test_failure_gate, &creating);
  athr_test_set_threads_fail (TRUE);
  athr_gate_open (&start);
  athr_gate_await (&creating, 1);
  g_assert_false (athr_deadline_remove (&moment.deadline));

  athr_gate_open (&creating);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  athr_test_set_threads_fail (FALSE);
  moment_add (&moment, 0);
  athr_gate_pass (&moment.reached);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/deadline/reached", test_reached);
  g_test_add_func ("/athr/deadline/time", test_time);
  g_test_add_func ("/athr/deadline/order", test_order);
  g_test_add_func ("/athr/deadline/earlier", test_earlier);
  g_test_add_func ("/athr/deadline/remove/waiting", test_remove_waiting);
  g_test_add_func ("/athr/deadline/remove/being-reached", test_remove_being_reached);
  g_test_add_func ("/athr/deadline/remove/reached", test_remove_reached);
  g_test_add_func ("/athr/deadline/add-from-reached", test_add_from_reached);
  g_test_add_func ("/athr/deadline/remove-from-reached", test_remove_from_reached);
  g_test_add_func ("/athr/deadline/add-again", test_add_again);
  g_test_add_func ("/athr/deadline/no-lock", test_no_lock);
  g_test_add_func ("/athr/deadline/no-thread", test_no_thread);

  return g_test_run ();
}
