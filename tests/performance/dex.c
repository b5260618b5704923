/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "calls.h"
#include "values.h"

#include <libdex.h>

/* The same with libdex: a fiber on its threads for each call, and a DexChannel for values */

static DexScheduler *
threads (void)
{
  static gboolean is_ready;

  if (!is_ready)
    dex_init ();
  is_ready = TRUE;

  return dex_thread_pool_scheduler_get_default ();
}

static DexFuture *
fiber_work (gpointer user_data)
{
  crowd_work (user_data);

  return dex_future_new_for_int (1);
}

static DexFuture *
fiber_done (DexFuture *future,
            gpointer   user_data)
{
  const GValue *value = dex_future_get_value (future, NULL);

  if (value == NULL || g_value_get_int (value) != 1)
    g_error ("A fiber failed or has a wrong result");
  crowd_ended (user_data);

  return NULL;
}

void
dex_fiber_start (Crowd *crowd)
{
  DexFuture *future = dex_scheduler_spawn (threads (), 0, fiber_work, crowd, NULL);

  dex_future_disown (dex_future_finally (future, fiber_done, crowd, NULL));
}

typedef struct
{
  Flood *flood;
  DexChannel *channel;
} Pipe;

static DexFuture *
send_all (gpointer user_data)
{
  Pipe *pipe = user_data;

  for (guint i = 0; i < pipe->flood->n_values; i++)
    if (!dex_await (dex_channel_send (pipe->channel, dex_future_new_for_int (i)), NULL))
      g_error ("A channel does not take a value");

  return dex_future_new_true ();
}

static DexFuture *
receive_all (gpointer user_data)
{
  Pipe *pipe = user_data;
  Flood *flood = pipe->flood;

  for (; flood->n_got < flood->n_values; flood->n_got++)
    if (dex_await_int (dex_channel_receive (pipe->channel), NULL) != (int) flood->n_got)
      g_error ("A wrong value");
  flood->is_over = TRUE;

  return dex_future_new_true ();
}

void
flood_by_dex (Flood *flood)
{
  DexScheduler *workers = threads ();
  Pipe pipe = { flood, dex_channel_new (1024) };
  DexFuture *sends = dex_scheduler_spawn (workers, 0, send_all, &pipe, NULL);
  DexFuture *receives = dex_scheduler_spawn (dex_scheduler_get_default (), 0, receive_all, &pipe, NULL);

  bench_iterate (&flood->is_over);
  while (dex_future_is_pending (sends) || dex_future_is_pending (receives))
    g_main_context_iteration (NULL, FALSE);

  dex_unref (sends);
  dex_unref (receives);
  dex_unref (pipe.channel);
}
