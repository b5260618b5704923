/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <stdio.h>

#include "athr-dump.h"
#include "base/athr-alive-private.h"
#include "base/athr-lock-private.h"
#include "pool/athr-pool-private.h"

static void
append_time (GString    *text,
             const char *before,
             guint       milliseconds)
{
  g_string_append_printf (text, "%s%u.%03u s", before, milliseconds / 1000, milliseconds % 1000);
}

/* The name of a thread is that of its executor. A thread that has just ended has no name. */
static void
append_thread (GString *text,
               int      thread)
{
  char path[64], name[32] = "";
  FILE *file;

  g_snprintf (path, sizeof path, "/proc/self/task/%d/comm", thread);
  file = fopen (path, "re");
  if (file != NULL && fgets (name, sizeof name, file) == NULL)
    name[0] = '\0';
  if (file != NULL)
    fclose (file);

  g_string_append_printf (text, " on thread %d", thread);
  if (*g_strchomp (name) != '\0')
    g_string_append_printf (text, " (%s)", name);
}

static const char *
get_state (const AthrAliveFacts *facts)
{
  switch (facts->state)
    {
    case ATHR_ALIVE_INITIAL:
      return facts->kind == ATHR_ALIVE_LATEST ? "idle" : "not started";
    case ATHR_ALIVE_QUEUED:
      return "queued";
    case ATHR_ALIVE_RUNNING:
      return facts->wait == ATHR_ALIVE_WAITS_FOR_ROOM   ? "waits for room"
             : facts->wait == ATHR_ALIVE_WAITS_FOR_WORK ? "waits for other work"
                                                        : "running";
    case ATHR_ALIVE_PARKED:
      return "parked";
    case ATHR_ALIVE_RETURNED:
      return "over, waits for its main context";
    case ATHR_ALIVE_SUCCEEDED:
      return facts->kind == ATHR_ALIVE_STREAM ? "ended" : "succeeded";
    case ATHR_ALIVE_FAILED:
      return "failed";
    case ATHR_ALIVE_CANCELLED:
      return "cancelled";
    case ATHR_ALIVE_CLOSED:
      return "closed";
    default:
      g_return_val_if_reached ("");
    }
}

static void
append_job (GString              *text,
            const AthrAliveFacts *facts,
            guint                 now)
{
  if (facts->state == ATHR_ALIVE_QUEUED)
    append_time (text, " for ", now - facts->queued);
  /* A stream that many workers fill runs on no thread of its own. */
  if (facts->state == ATHR_ALIVE_RUNNING && facts->thread != 0)
    {
      append_thread (text, facts->thread);
      append_time (text, " for ", now - facts->begun);
      append_time (text, " after ", facts->begun - facts->queued);
      g_string_append (text, " in the queue");
    }
  if (facts->state <= ATHR_ALIVE_RETURNED && (facts->flags & ATHR_ALIVE_STOPPED))
    g_string_append (text, facts->kind == ATHR_ALIVE_STREAM ? ", told to close" : ", told to stop");
  if (facts->flags & ATHR_ALIVE_DROPPED)
    g_string_append (text, ", dropped");
}

static void
append_object (GString              *text,
               const AthrAliveFacts *facts,
               guint                 now)
{
  g_autofree char *title = athr_alive_facts_get_title (facts);

  g_string_append_printf (text, "%s: %s", title, get_state (facts));
  if (facts->kind == ATHR_ALIVE_GROUP)
    g_string_append_printf (text, ", %u of %u done", facts->n_done, facts->n_all);
  append_job (text, facts, now);
  append_time (text, "; age ", now - facts->created);
  g_string_append_c (text, '\n');
}

static void
append_pool (GString             *text,
             const AthrPoolFacts *facts,
             guint                now)
{
  g_string_append_printf (text, "executor “%s” (AthrExecutor %p): %s%s, %u running, %u queued, %u waiting, "
                          "%u threads (max-threads %u)",
                          facts->name, facts->executor, facts->state, facts->is_paused ? ", paused" : "",
                          facts->n_running, facts->n_queued, facts->n_blocked,
                          facts->n_threads, facts->max_threads);
  append_time (text, "; age ", now - facts->created);
  g_string_append_c (text, '\n');
}

/**
 * athr_dump_alive:
 *
 * Describes all calls, streams, groups, `AthrLatest` objects and executors that exist, in a line each.
 *
 * The text is for people who debug: a program that does not end may print it, or a debugger may
 * call the function with `call (void) puts (athr_dump_alive ())`. Each line says what the object is, with its name and its
 * address; what it does now, on which thread, for how long, and how long it was in the queue of its executor; and how
 * old it is. For example, folded:
 *
 * ```text
 * call “thumbnails” (AthrCall 0x55d1c0): running on thread 4711 (images) for 2.004 s
 *     after 0.012 s in the queue; age 2.016 s
 * call “thumbnails” (AthrCall 0x55d2a0): queued for 2.012 s; age 2.012 s
 * executor “images” (AthrExecutor 0x55d0e0): open, 1 running, 1 queued, 0 waiting,
 *     1 threads (max-threads 1); age 12.400 s
 * ```
 *
 * An object is in the text until it is freed. A dropped stream stays in the text until its function
 * has returned, and a dropped executor until its last thread has left. The default executor stays for ever. What
 * changes while the function runs may be described as before or as after the change. In the child of a `fork()` the
 * text has only what the child has created.
 *
 * The format of the lines may change. Names of more than 95 bytes are cut. See [Seeing what runs](debugging.html).
 *
 * Threads: any.
 *
 * Returns: (transfer full): the lines; empty if nothing exists
 *
 * Since: 1.0
 */
char *
athr_dump_alive (void)
{
  g_autoptr (GArray) objects = athr_alive_list ();
  g_autoptr (GPtrArray) pools = athr_pool_list_all ();
  GString *text = g_string_new (NULL);
  guint now = athr_alive_now ();

  athr_assert_unlocked ();

  for (guint i = 0; i < objects->len; i++)
    append_object (text, &g_array_index (objects, AthrAliveFacts, i), now);
  for (guint i = 0; i < pools->len; i++)
    {
      AthrPoolFacts facts;

      athr_pool_get_facts (pools->pdata[i], &facts);
      append_pool (text, &facts, now);
    }

  return g_string_free (text, FALSE);
}
