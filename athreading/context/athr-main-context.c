/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "context/athr-home-private.h"
#include "athr-main-context.h"

/**
 * athr_main_context_get_fd:
 * @context: (nullable): a main context that the caller has acquired; %NULL for the default
 *   one
 *
 * Gets the descriptor by which @context is woken, for an event loop that is not GLib's.
 *
 * That loop watches the descriptor, and when it can be read, iterates @context until
 * nothing is ready:
 *
 * ```python
 * context = GLib.MainContext()
 * context.acquire()
 * fd = Athr.main_context_get_fd(context)
 *
 * def iterate():
 *     while context.iteration(False):
 *         pass
 *
 * loop.add_reader(fd, iterate)
 * ```
 *
 * This tells of what comes home to @context through this library, and of sources that
 * other threads attach, but of no time-outs. The context must be kept for as long as work may come
 * home to it.
 *
 * Threads: owner of @context.
 *
 * Returns: the descriptor, which belongs to @context; -1 when the caller has not acquired
 *   it, or when it polls something else, too
 */
int
athr_main_context_get_fd (GMainContext *context)
{
  g_autoptr (AthrContextQueue) queue = NULL;
  GPollFD fds[2];
  int timeout;

  if (context == NULL)
    context = g_main_context_default ();
  if (!g_main_context_is_owner (context))
    return -1;

  if (g_main_context_query (context, G_MAXINT, &timeout, fds, G_N_ELEMENTS (fds)) != 1)
    return -1;

  queue = athr_home_ref_for_context (context);
  athr_context_queue_set_foreign_loop (queue);

  return fds[0].fd;
}
