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

/* Whether all other threads sleep. A thread that runs may hold a lock of GLib, of the C library or of
 * AddressSanitizer, which the library cannot give to the child. */
static inline gboolean
athr_test_others_sleep (void)
{
  g_autofree char *own = g_strdup_printf ("%d", (int) syscall (SYS_gettid));
  DIR *tasks = opendir ("/proc/self/task");
  gboolean all_sleep = TRUE;
  struct dirent *entry;

  g_assert_nonnull (tasks);
  while ((entry = readdir (tasks)) != NULL)
    {
      g_autofree char *path = g_strdup_printf ("/proc/self/task/%s/stat", entry->d_name);
      g_autofree char *text = NULL;

      if (entry->d_name[0] != '.' && !g_str_equal (entry->d_name, own) &&
          g_file_get_contents (path, &text, NULL, NULL))
        all_sleep &= g_str_has_prefix (strrchr (text, ')'), ") S");
    }
  closedir (tasks);

  return all_sleep;
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
