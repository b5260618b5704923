/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <dirent.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "athr-test.h"

/* How often each other thread has run so far, or NULL: a thread runs. */
static inline char *
athr_test_describe_sleepers (void)
{
  g_autofree char *own = g_strdup_printf ("%d", (int) syscall (SYS_gettid));
  GString *sleepers = g_string_new (NULL);
  DIR *tasks = opendir ("/proc/self/task");
  gboolean all_sleep = TRUE;
  struct dirent *entry;

  g_assert_nonnull (tasks);
  while (all_sleep && (entry = readdir (tasks)) != NULL)
    {
      g_autofree char *path = g_strdup_printf ("/proc/self/task/%s/status", entry->d_name);
      g_autofree char *text = NULL;

      if (entry->d_name[0] == '.' || g_str_equal (entry->d_name, own) ||
          !g_file_get_contents (path, &text, NULL, NULL))
        continue;

      all_sleep = strstr (text, "\nState:\tS") != NULL;
      g_string_append_printf (sleepers, "%s%s", entry->d_name, strstr (text, "\nvoluntary_ctxt_switches:"));
    }
  closedir (tasks);

  return g_string_free (sleepers, !all_sleep);
}

/* Whether all other threads sleep. A thread that runs may hold a lock of GLib, of the C library or of
 * AddressSanitizer, which the library cannot give to the child. A thread that slept at the first look may have been
 * woken by a thread that slept at its own look, later. So no thread may have run between two looks. */
static inline gboolean
athr_test_others_sleep (void)
{
  g_autofree char *first = athr_test_describe_sleepers ();
  g_autofree char *second = first != NULL ? athr_test_describe_sleepers () : NULL;

  return second != NULL && g_str_equal (first, second);
}

/* Forks when all other threads sleep. */
static inline pid_t
athr_test_fork (void)
{
  pid_t pid;

  athr_test_yield_until (athr_test_others_sleep ());
  fflush (NULL);
  pid = fork ();
  g_assert_cmpint (pid, >=, 0);

  return pid;
}
