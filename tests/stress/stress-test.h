/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdlib.h>

#include <athreading/athreading.h>

#include "athr-test.h"

/* What the stress tests share. A test runs a fixed number of rounds, which take about half a
 * second. If ATHR_STRESS_SECONDS is set, each program runs that long instead. All random numbers
 * of a program come from one seed. The program prints the seed; ATHR_STRESS_SEED or --seed
 * sets it. */

typedef struct
{
  GRand *rand;
  gint64 deadline; /* 0: the test counts rounds instead */
  guint n_rounds;  /* that have begun */
} AthrStress;

typedef void (*AthrStressFunc) (AthrStress *self);

static guint32 athr_stress_seed;
static guint athr_stress_seconds;
static guint athr_stress_n_tests;

/* Removes --seed NUMBER from the arguments. GTest has a --seed option too, which takes a text
 * that is not a plain number; GTest gets that form. */
static inline void
athr_stress_take_seed (int    *argc,
                       char ***argv)
{
  int n_left = 1;

  for (int i = 1; i < *argc; i++)
    {
      const char *argument = (*argv)[i];
      const char *seed = NULL;
      guint64 number;

      if (g_str_has_prefix (argument, "--seed="))
        seed = argument + strlen ("--seed=");
      else if (g_str_equal (argument, "--seed") && i + 1 < *argc)
        seed = (*argv)[i + 1];
      if (seed != NULL && g_ascii_string_to_unsigned (seed, 10, 0, G_MAXUINT32, &number, NULL))
        {
          athr_stress_seed = number;
          i += seed == (*argv)[i + 1];
        }
      else
        {
          (*argv)[n_left++] = (*argv)[i];
        }
    }
  (*argv)[n_left] = NULL;
  *argc = n_left;
}

static inline guint32
athr_stress_number (const char *variable,
                    guint32     otherwise)
{
  const char *text = g_getenv (variable);
  guint64 number;

  if (text == NULL || *text == '\0')
    return otherwise;
  if (!g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT32, &number, NULL))
    g_error ("%s is not a number: %s", variable, text);

  return number;
}

static inline void
athr_stress_init (int    *argc,
                  char ***argv)
{
  athr_stress_seed = athr_stress_number ("ATHR_STRESS_SEED", g_random_int ());
  athr_stress_seconds = athr_stress_number ("ATHR_STRESS_SECONDS", 0);
  athr_stress_take_seed (argc, argv);
  g_test_init (argc, argv, NULL);
}

typedef struct
{
  const char *path;
  AthrStressFunc func;
} AthrStressTest;

static inline void
athr_stress_run (gconstpointer data)
{
  const AthrStressTest *test = data;
  AthrStress self = { 0 };

  /* The random numbers of a test depend only on the seed and the path of the test, so that a
   * test that runs alone (-p) repeats what it did in a full run. */
  g_test_message ("seed %u", athr_stress_seed);
  self.rand = g_rand_new_with_seed (athr_stress_seed ^ g_str_hash (test->path));
  if (athr_stress_seconds > 0)
    self.deadline = g_get_monotonic_time () +
                    athr_stress_seconds * G_TIME_SPAN_SECOND / athr_stress_n_tests;
  /* GLib sets up what all such sources share at the first one, without a lock. */
  g_source_unref (g_timeout_source_new_seconds (1));
  test->func (&self);
  g_test_message ("%u rounds", self.n_rounds);
  g_rand_free (self.rand);
}

/* Adds a test to the program. All tests of the program get the same share of ATHR_STRESS_SECONDS. */
static inline void
athr_stress_add (const char     *path,
                 AthrStressFunc  func)
{
  AthrStressTest *test = g_new (AthrStressTest, 1);

  test->path = path;
  test->func = func;
  athr_stress_n_tests++;
  g_test_add_data_func_full (path, test, athr_stress_run, g_free);
}

/* Whether the test does another round. Without ATHR_STRESS_SECONDS it does @n_rounds. */
static inline gboolean
athr_stress_more (AthrStress *self,
                  guint       n_rounds)
{
  if (self->deadline != 0 ? g_get_monotonic_time () >= self->deadline : self->n_rounds >= n_rounds)
    return FALSE;
  self->n_rounds++;
  return TRUE;
}

/* A generator for another thread. */
static inline GRand *
athr_stress_rand (AthrStress *self)
{
  return g_rand_new_with_seed (g_rand_int (self->rand));
}

static inline gboolean
athr_flip (GRand *rand)
{
  return g_rand_boolean (rand);
}

static inline gboolean
athr_one_in (GRand *rand,
             int    n)
{
  return g_rand_int_range (rand, 0, n) == 0;
}

/* A number for athr_delay(): often a delay of almost nothing, sometimes of about 10 us. */
static inline guint
athr_random_delay (GRand *rand)
{
  return g_rand_int_range (rand, 0, 8192) >> g_rand_int_range (rand, 0, 13);
}

static inline void
athr_delay (guint n)
{
  for (volatile guint i = 0; i < n; i++)
    ;
}

static inline void
athr_random_pause (GRand *rand)
{
  athr_delay (athr_random_delay (rand));
}

/* A second thread of the application. It does one action at a time, at about the time at which
 * the test's thread does something else. */
typedef struct
{
  GThread *thread;
  GFunc act;
  guint delay;
  gpointer object; /* atomic; publishes `act` and `delay` */
  int is_over;     /* atomic */
  GMutex lock;
  GCond changed;   /* lock; object or is_over has changed */
} AthrRival;

/* Both threads spin first, so that they act at about the same time. Then they sleep: on a busy machine a
 * thread that yields gives its processor to other processes for milliseconds. */
#define ATHR_RIVAL_SPINS 5000

static inline void
athr_rival_changed (AthrRival *self)
{
  g_mutex_lock (&self->lock);
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

#define athr_rival_wait(self, condition) \
  G_STMT_START \
  { \
    for (int spins_ = 0; spins_ < ATHR_RIVAL_SPINS && !(condition); spins_++) \
      athr_delay (1); \
    g_mutex_lock (&(self)->lock); \
    while (!(condition)) \
      g_cond_wait (&(self)->changed, &(self)->lock); \
    g_mutex_unlock (&(self)->lock); \
  } \
  G_STMT_END

static inline gpointer
athr_rival_thread (gpointer data)
{
  AthrRival *self = data;
  gpointer object;

  for (;;)
    {
      athr_rival_wait (self, g_atomic_pointer_get (&self->object) != NULL ||
                               g_atomic_int_get (&self->is_over));
      object = g_atomic_pointer_get (&self->object);
      if (object == NULL)
        return NULL;

      athr_delay (self->delay);
      self->act (object, NULL);
      g_atomic_pointer_set (&self->object, NULL);
      athr_rival_changed (self);
    }
}

static inline void
athr_rival_start (AthrRival *self)
{
  *self = (AthrRival) { 0 };
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  self->thread = g_thread_new ("rival", athr_rival_thread, self);
}

/* Waits until the rival has done the action that it was given. */
static inline void
athr_rival_await (AthrRival *self)
{
  athr_rival_wait (self, g_atomic_pointer_get (&self->object) == NULL);
}

static inline void
athr_rival_stop (AthrRival *self)
{
  athr_rival_await (self);
  g_atomic_int_set (&self->is_over, TRUE);
  athr_rival_changed (self);
  g_thread_join (self->thread);
  g_cond_clear (&self->changed);
  g_mutex_clear (&self->lock);
}

/* Lets the rival call @act with @object, now or a little later. */
static inline void
athr_rival_give (AthrRival *self,
                 GRand     *rand,
                 GFunc      act,
                 gpointer   object)
{
  athr_rival_await (self);
  self->act = act;
  self->delay = athr_random_delay (rand);
  g_atomic_pointer_set (&self->object, object);
  athr_rival_changed (self);
}

static inline void
athr_rival_unref (gpointer object,
                  gpointer unused)
{
  g_object_unref (object);
}

static inline void
athr_rival_cancel_and_unref (gpointer cancellable,
                             gpointer unused)
{
  g_cancellable_cancel (cancellable);
  g_object_unref (cancellable);
}

/* Drops a reference to @object, on this thread or on the rival. */
static inline void
athr_drop_somewhere (gpointer   object,
                     AthrRival *rival,
                     GRand     *rand)
{
  if (athr_flip (rand))
    athr_rival_give (rival, rand, athr_rival_unref, object);
  else
    g_object_unref (object);
}

/* Cancels @cancellable on this thread, on the rival or not at all, and drops the reference.
 *
 * A cancellable must belong to one operation only. When a cancellable calls a second handler,
 * GLib 2.74 changes the reference count of the closure of the class. The count shares a word with
 * a bit that other threads read without an atomic, so ThreadSanitizer would report GLib. */
static inline void
athr_cancel_somewhere (GCancellable *cancellable,
                       AthrRival    *rival,
                       GRand        *rand)
{
  switch (g_rand_int_range (rand, 0, 3))
    {
    case 0:
      athr_rival_give (rival, rand, athr_rival_cancel_and_unref, cancellable);
      break;
    case 1:
      athr_rival_cancel_and_unref (cancellable, NULL);
      break;
    default:
      g_object_unref (cancellable);
    }
}
