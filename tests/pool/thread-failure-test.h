/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>

#include "athr-test.h"

/* A program that includes this decides whether threads can be created: GLib calls the
 * pthread_create() of the program instead of the system's. */

static int athr_test_threads_fail;        /* atomic */
static AthrGate *athr_test_failure_gate;  /* atomic; not owned: passed before a failure */

int pthread_create (pthread_t            *thread,
                    const pthread_attr_t *attributes,
                    void                 *(*func) (void *),
                    void                 *data);

G_GNUC_NO_INLINE int
pthread_create (pthread_t            *thread,
                const pthread_attr_t *attributes,
                void                 *(*func) (void *),
                void                 *data)
{
  int (*create) (pthread_t *, const pthread_attr_t *, void *(*) (void *), void *);

  if (g_atomic_int_get (&athr_test_threads_fail))
    {
      AthrGate *gate = g_atomic_pointer_get (&athr_test_failure_gate);

      if (gate != NULL)
        athr_gate_pass (gate);
      return EAGAIN;
    }

  create = dlsym (RTLD_NEXT, "pthread_create");

  return create (thread, attributes, func, data);
}

/* From here on, creating a thread fails, or works again. */
static inline void
athr_test_set_threads_fail (gboolean fail)
{
  /* With its first task GLib creates a thread, and aborts when that fails. */
  g_type_ensure (G_TYPE_TASK);
  g_atomic_int_set (&athr_test_threads_fail, fail);
}
