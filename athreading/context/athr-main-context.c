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
 * Gets the file descriptor that wakes @context, for an event loop that is not GLib's.
 *
 * The other event loop watches the descriptor. When the descriptor is readable, the other
 * loop iterates @context until nothing is ready:
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
 * The descriptor becomes readable when this library has something to do in @context, and when
 * another thread attaches a source to @context. The descriptor does not become readable for
 * time-outs. Keep a reference to @context for as long as calls and streams may belong to
 * @context. The child of a `fork()` calls the function again for a context from before the fork.
 *
 * Threads: owner of @context.
 *
 * Returns: the descriptor, which belongs to @context; -1 when the caller has not acquired
 *   @context, or when @context polls other descriptors, too
 *
 * Since: 1.0
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
