/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>
#include <pthread.h>

G_BEGIN_DECLS

/* After a fork() the child has only the thread that forked. The locks of the library and what
 * they guard stay as the other threads had them in that moment: perhaps held for ever, perhaps
 * half changed. So the child never touches an object that was created before the fork, and
 * never frees what such an object holds. An object is stale when the generation of its lock is
 * not the generation of the process. Every function that could take a lock of a stale object
 * compares the generations first.
 *
 * Global locks, and what they guard, begin anew in the child: see ATHR_IN_FORKED_CHILD(). */

/* The generation of the process: 1, and one more in each child of a fork. It changes while the
 * process has one thread, so every thread reads it without an atomic. */
G_GNUC_INTERNAL extern int athr_fork_generation;

/* Has @function called in the child of each fork, by the thread that forked. A child may be
 * about to call exec(), so @function only assigns variables. */
#define ATHR_IN_FORKED_CHILD(function) \
  __attribute__ ((constructor)) static void \
  function ## _register (void) \
  { \
    pthread_atfork (NULL, NULL, function); \
  }

/* A new error, for the use of a stale object. */
GError  *athr_fork_new_error (void) __attribute__ ((cold));
/* Fails with athr_fork_new_error(): FALSE. */
gboolean athr_fork_fail      (GError     **error) __attribute__ ((cold));
/* A critical, for the use of a stale object in @function, which cannot fail with an error. */
void     athr_fork_warn      (const char  *function) __attribute__ ((cold));

G_END_DECLS
