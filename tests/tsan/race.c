/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>

#include <athreading/athreading.h>

#include "athr-test.h"

/* This program is wrong on purpose: two workers of an executor change the same data at the same
 * time without a lock. If a function of GLib changes the data, ThreadSanitizer sees the race only
 * if that library of GLib is built with the sanitizer. */

static AthrGate gate;
static GMutex mutex;
static guint counter;
static GQueue queue = G_QUEUE_INIT;
static GValue value = G_VALUE_INIT;
static GTask *task;

static void
change_counter (guint n)
{
  counter += n;
}

static void
change_counter_locked (guint n)
{
  g_mutex_lock (&mutex);
  counter += n;
  g_mutex_unlock (&mutex);
}

static void
change_glib (guint n)
{
  g_queue_reverse (&queue);
}

static void
change_gobject (guint n)
{
  g_value_set_uint (&value, n);
}

static void
change_gio (guint n)
{
  g_task_set_priority (task, n);
}

static const struct
{
  const char *name;
  void (*change) (guint n);
} changes[] = {
  { "locked", change_counter_locked },
  { "counter", change_counter },
  { "glib", change_glib },
  { "gobject", change_gobject },
  { "gio", change_gio },
};

static void
work (AthrCall  *call,
      gpointer   user_data,
      GError   **error)
{
  void (*change) (guint n) = user_data;

  athr_gate_pass (&gate);
  for (guint i = 0; i < 1000; i++)
    change (i);
}

static void
count_finished (AthrCall *call,
                guint    *n_finished)
{
  ++*n_finished;
}

static void
race (void (*change) (guint n))
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("race", 2);
  guint n_finished = 0;

  for (int i = 0; i < 2; i++)
    {
      g_autoptr (AthrCall) call = athr_call_new (work, change, NULL);

      athr_call_set_executor (call, executor);
      g_signal_connect (call, "finished", G_CALLBACK (count_finished), &n_finished);
      athr_call_start (call);
    }
  athr_gate_await (&gate, 2);
  athr_gate_open (&gate);
  athr_test_iterate_until (NULL, n_finished == 2);
}

int
main (int    argc,
      char **argv)
{
  athr_gate_init (&gate);
  g_value_init (&value, G_TYPE_UINT);
  task = g_task_new (NULL, NULL, NULL, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (changes); i++)
    if (argc == 2 && g_str_equal (argv[1], changes[i].name))
      {
        race (changes[i].change);
        g_object_unref (task);
        return EXIT_SUCCESS;
      }

  return EXIT_FAILURE;
}
