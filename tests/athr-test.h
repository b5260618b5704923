/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdlib.h>
#include <unistd.h>

#include <gio/gio.h>

/* Helpers that order the threads of a test. Tests do not sleep. A time-out can only fail a
 * test: a test that passes never waits for one. ATHR_TEST_PATIENCE multiplies the time-outs,
 * where everything takes longer: under Valgrind, or beside other work. */

#define ATHR_TEST_TIMEOUT (30 * G_TIME_SPAN_SECOND * athr_test_get_patience ())

static inline int
athr_test_get_patience (void)
{
  const char *text = g_getenv ("ATHR_TEST_PATIENCE");

  return text != NULL ? CLAMP (atoi (text), 1, 10000) : 1;
}

static inline gboolean
athr_test_is_on_valgrind (void)
{
  const char *preloaded = g_getenv ("LD_PRELOAD");

  return preloaded != NULL && strstr (preloaded, "vgpreload") != NULL;
}

/* Ends the child of a fork, in which all has gone well. The child has lost what only the threads of its parent
 * refer to. Valgrind would call that a leak, and looks at no program that the child executes. */
G_NORETURN static inline void
athr_test_leave_child (void)
{
  if (athr_test_is_on_valgrind ())
    execlp ("true", "true", NULL);
  _exit (EXIT_SUCCESS);
}

/* Threads wait at a gate until another thread opens the gate. */
typedef struct
{
  GMutex mutex;
  GCond cond;
  guint n_waiting;
  gboolean is_open;
} AthrGate;

static inline void
athr_gate_init (AthrGate *self)
{
  g_mutex_init (&self->mutex);
  g_cond_init (&self->cond);
  self->n_waiting = 0;
  self->is_open = FALSE;
}

static inline void
athr_gate_clear (AthrGate *self)
{
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->cond);
}

static inline void
athr_gate_open (AthrGate *self)
{
  g_mutex_lock (&self->mutex);
  self->is_open = TRUE;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);
}

/* Waits until the gate is open. */
static inline void
athr_gate_pass (AthrGate *self)
{
  gint64 deadline = g_get_monotonic_time () + ATHR_TEST_TIMEOUT;

  g_mutex_lock (&self->mutex);
  self->n_waiting++;
  g_cond_broadcast (&self->cond);
  while (!self->is_open)
    if (!g_cond_wait_until (&self->cond, &self->mutex, deadline))
      g_error ("No thread has opened the gate in time");
  self->n_waiting--;
  g_mutex_unlock (&self->mutex);
}

/* Waits until @n threads wait at the gate. */
static inline void
athr_gate_await (AthrGate *self,
                 guint     n)
{
  gint64 deadline = g_get_monotonic_time () + ATHR_TEST_TIMEOUT;

  g_mutex_lock (&self->mutex);
  while (self->n_waiting < n)
    if (!g_cond_wait_until (&self->cond, &self->mutex, deadline))
      g_error ("Too few threads have come to the gate in time");
  g_mutex_unlock (&self->mutex);
}

static inline gboolean
athr_test_on_timeout (gpointer user_data)
{
  g_error ("The main loop of a test has not met its condition in time");
  return G_SOURCE_REMOVE;
}

/* Iterates @context until @condition. */
#define athr_test_iterate_until(context, condition) \
  G_STMT_START { \
    GMainContext *_context = (context); \
    GSource *_timeout = g_timeout_source_new_seconds (ATHR_TEST_TIMEOUT / G_TIME_SPAN_SECOND); \
    g_source_set_callback (_timeout, athr_test_on_timeout, NULL, NULL); \
    g_source_attach (_timeout, _context); \
    while (!(condition)) \
      g_main_context_iteration (_context, TRUE); \
    g_source_destroy (_timeout); \
    g_source_unref (_timeout); \
  } G_STMT_END

/* Iterates @context as long as something is ready. */
static inline void
athr_test_drain (GMainContext *context)
{
  while (g_main_context_iteration (context, FALSE))
    ;
}

/* Checks @condition again and again until it is true. This is for what another thread does
 * after the last line of the test that it runs, where the test can place no gate. */
#define athr_test_yield_until(condition) \
  G_STMT_START { \
    gint64 _deadline = g_get_monotonic_time () + ATHR_TEST_TIMEOUT; \
    while (!(condition)) \
      { \
        if (g_get_monotonic_time () > _deadline) \
          g_error ("Not true in time: %s", #condition); \
        g_thread_yield (); \
      } \
  } G_STMT_END

/* An object that records the thread that finalizes it. */
#define ATHR_TYPE_WITNESS (athr_witness_get_type ())

typedef struct
{
  GObject parent_instance;
  GThread **finalized_on; /* where to write the thread; not owned */
} AthrWitness;

typedef GObjectClass AthrWitnessClass;

static GType athr_witness_get_type (void);

G_DEFINE_TYPE (AthrWitness, athr_witness, G_TYPE_OBJECT)

static void
athr_witness_finalize (GObject *object)
{
  AthrWitness *self = (AthrWitness *) object;

  g_atomic_pointer_set (self->finalized_on, g_thread_self ());

  G_OBJECT_CLASS (athr_witness_parent_class)->finalize (object);
}

static void
athr_witness_class_init (AthrWitnessClass *klass)
{
  klass->finalize = athr_witness_finalize;
}

static void
athr_witness_init (AthrWitness *self)
{
}

/* The thread that drops the last reference writes itself into @finalized_on. */
static inline gpointer
athr_witness_new (GThread **finalized_on)
{
  AthrWitness *self = g_object_new (ATHR_TYPE_WITNESS, NULL);

  self->finalized_on = finalized_on;

  return self;
}

/* A GDestroyNotify: writes the calling thread into @data, a GThread **. */
static inline void
athr_test_note_thread (gpointer data)
{
  g_atomic_pointer_set ((GThread **) data, g_thread_self ());
}

/* A GAsyncReadyCallback: keeps the result in @user_data, a GAsyncResult **. */
static inline void
athr_test_keep_result (GObject      *source,
                       GAsyncResult *result,
                       gpointer      user_data)
{
  GAsyncResult **kept = user_data;

  g_assert_null (*kept);
  *kept = g_object_ref (result);
}
