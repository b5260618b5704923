/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <fcntl.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/eventfd.h>
#endif

#include "context/athr-wake-up-private.h"

/* GLib wakes a main context through an eventfd. A forked child has the same eventfd as its
 * parent. When both poll the eventfd, either process may take a wake-up that was meant for the
 * other process, which then sleeps on. GLib has no function that replaces the eventfd, but the
 * child can replace what its descriptor refers to. */

#ifdef __linux__

static gboolean
athr_wake_up_is_eventfd (int fd)
{
  g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", fd);
  char target[64] = "";

  return readlink (path, target, sizeof target - 1) > 0 && strstr (target, "[eventfd]") != NULL;
}

/* The wake-up descriptor of @context; -1 when another source polls an eventfd, too. */
static int
athr_wake_up_find (GMainContext *context)
{
  int timeout;
  int n_allocated = g_main_context_query (context, G_MAXINT, &timeout, NULL, 0);
  g_autofree GPollFD *fds = g_new (GPollFD, n_allocated);
  int n_fds = g_main_context_query (context, G_MAXINT, &timeout, fds, n_allocated);
  int n_found = 0, found = -1;

  for (int i = 0; i < MIN (n_fds, n_allocated); i++)
    if (athr_wake_up_is_eventfd (fds[i].fd))
      {
        found = fds[i].fd;
        n_found++;
      }

  return n_found == 1 ? found : -1;
}

void
athr_wake_up_separate (GMainContext *context)
{
  int shared = athr_wake_up_find (context);
  /* Another thread may have woken @context just now, so the new eventfd is readable. */
  int own = shared >= 0 ? eventfd (1, EFD_CLOEXEC | EFD_NONBLOCK) : -1;

  if (own < 0)
    return;

  if (dup2 (own, shared) >= 0)
    fcntl (shared, F_SETFD, FD_CLOEXEC);
  close (own);
}

#else

void
athr_wake_up_separate (GMainContext *context)
{
}

#endif
