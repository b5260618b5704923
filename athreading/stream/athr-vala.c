/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "athr-vala.h"

/* In `Value value = yield stream.next_async ();` valac copies and frees the value before it looks
 * at the error, so these functions must not return null with an error. In other statements valac
 * looks at the error first, and never frees the value. So each thread has one value that stands
 * for all failures. Only the free function of its type can tell that valac has freed the value. */
static GPrivate failure = G_PRIVATE_INIT (g_free);

typedef struct AthrValaFailure AthrValaFailure;

static AthrValaFailure *
athr_vala_failure_copy (AthrValaFailure *unused)
{
  return NULL;
}

static void
athr_vala_failure_free (AthrValaFailure *unused)
{
  g_private_set (&failure, NULL);
}

static GType athr_vala_failure_get_type (void);

G_DEFINE_BOXED_TYPE (AthrValaFailure, athr_vala_failure, athr_vala_failure_copy, athr_vala_failure_free)

static GValue *
athr_vala_failure (void)
{
  GValue *value = g_private_get (&failure);

  if (value == NULL)
    {
      value = g_new0 (GValue, 1);
      g_value_init (value, athr_vala_failure_get_type ());
      g_value_take_boxed (value, &failure);
      g_private_set (&failure, value);
    }

  return value;
}

static GValue *
athr_vala_box (gboolean  succeeded,
               GValue   *value)
{
  if (!succeeded)
    return athr_vala_failure ();

  return G_IS_VALUE (value) ? g_memdup2 (value, sizeof *value) : NULL;
}

/**
 * athr_vala_stream_next_finish: (skip)
 * @stream: a stream
 * @result: the result that the callback got
 * @error: return location for an error
 *
 * Does for Vala what [method@Athr.Stream.next_finish] does.
 *
 * Threads: that of the callback.
 *
 * Returns: (transfer full) (nullable): the value; %NULL at the end; not %NULL with @error set
 *
 * Since: 1.0
 */
GValue *
athr_vala_stream_next_finish (AthrStream    *stream,
                              GAsyncResult  *result,
                              GError       **error)
{
  GValue value = G_VALUE_INIT;
  gboolean succeeded = athr_stream_next_finish_into (stream, result, &value, error);

  return athr_vala_box (succeeded, &value);
}

/**
 * athr_vala_stream_next: (skip)
 * @stream: a stream
 * @cancellable: (nullable): cancels the wait, not the stream
 * @error: return location for an error
 *
 * Does for Vala what [method@Athr.Stream.next] does.
 *
 * Threads: any.
 *
 * Returns: (transfer full) (nullable): the value; %NULL at the end; not %NULL with @error set
 *
 * Since: 1.0
 */
GValue *
athr_vala_stream_next (AthrStream    *stream,
                       GCancellable  *cancellable,
                       GError       **error)
{
  GValue value = G_VALUE_INIT;
  gboolean succeeded = athr_stream_next (stream, cancellable, &value, error);

  return athr_vala_box (succeeded, &value);
}

/**
 * athr_vala_yielder_exchange_value: (skip)
 * @yielder: a yielder
 * @value: (nullable): the value; %NULL is null
 * @error: return location for an error
 *
 * Does for Vala what [method@Athr.Yielder.exchange_value] does.
 *
 * Threads: worker.
 *
 * Returns: (transfer full) (nullable): what the consumer sent; %NULL if the consumer sent
 *   nothing; not %NULL with @error set
 *
 * Since: 1.0
 */
GValue *
athr_vala_yielder_exchange_value (AthrYielder   *yielder,
                                  const GValue  *value,
                                  GError       **error)
{
  GValue sent = G_VALUE_INIT;
  gboolean succeeded = athr_yielder_exchange_value (yielder, value, &sent, error);

  return athr_vala_box (succeeded, &sent);
}

/**
 * athr_vala_yielder_receive: (skip)
 * @yielder: a yielder
 * @error: return location for an error
 *
 * Does for Vala what [method@Athr.Yielder.receive] does.
 *
 * Threads: worker.
 *
 * Returns: (transfer full) (nullable): what the consumer sent; %NULL if the consumer sent
 *   nothing; not %NULL with @error set
 *
 * Since: 1.0
 */
GValue *
athr_vala_yielder_receive (AthrYielder  *yielder,
                           GError      **error)
{
  GValue sent = G_VALUE_INIT;
  gboolean succeeded = athr_yielder_receive (yielder, &sent, error);

  return athr_vala_box (succeeded, &sent);
}
