/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#ifdef ATHR_HAVE_SYSPROF
#include <sysprof-capture.h>
#endif

#include "base/athr-lock-private.h"
#include "base/athr-trace-private.h"

#define DOMAIN "Athr"

int athr_trace_mode;

/* AthrAlive.marks: the times between which the marks lie. */
enum
{
  MARK_QUEUED,
  MARK_BEGUN,
  MARK_RETURNED,
};

/* GLib knows the environment, and what the program has set by g_log_set_debug_enabled(). Several threads may do
 * this at once. */
static int
athr_trace_get_mode (void)
{
  int mode = g_atomic_int_get (&athr_trace_mode);

  athr_assert_unlocked ();

  if (mode != 0)
    return mode;

  mode = ATHR_TRACE_KNOWN;
  if (!g_log_writer_default_would_drop (G_LOG_LEVEL_DEBUG, DOMAIN))
    mode |= ATHR_TRACE_LOG;
#ifdef ATHR_HAVE_SYSPROF
  sysprof_collector_init ();
  if (sysprof_collector_is_active ())
    mode |= ATHR_TRACE_MARKS;
#endif
  g_atomic_int_set (&athr_trace_mode, mode);

  return mode;
}

static gboolean
athr_trace_logs (void)
{
  return (athr_trace_get_mode () & ATHR_TRACE_LOG) != 0;
}

G_GNUC_PRINTF (2, 3) static void
athr_trace_log (AthrAlive  *alive,
                const char *format,
                ...)
{
  g_autofree char *title = athr_alive_get_title (alive);
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_log (DOMAIN, G_LOG_LEVEL_DEBUG, "%s %s", title, text);
}

#ifdef ATHR_HAVE_SYSPROF

static void
athr_trace_begin_mark (AthrAlive *alive,
                       guint      which)
{
  if (athr_trace_get_mode () & ATHR_TRACE_MARKS)
    alive->marks[which] = SYSPROF_CAPTURE_CURRENT_TIME;
}

static void
athr_trace_end_mark (AthrAlive  *alive,
                     guint       which,
                     const char *name)
{
  if ((athr_trace_get_mode () & ATHR_TRACE_MARKS) && alive->marks[which] != 0)
    {
      g_autofree char *title = athr_alive_get_title (alive);

      sysprof_collector_mark (alive->marks[which], SYSPROF_CAPTURE_CURRENT_TIME - alive->marks[which],
                              "athreading", name, title);
      alive->marks[which] = 0;
    }
}

#else

static void
athr_trace_begin_mark (AthrAlive *alive,
                       guint      which)
{
}

static void
athr_trace_end_mark (AthrAlive  *alive,
                     guint       which,
                     const char *name)
{
}

#endif

void
athr_trace_tell_start (AthrAlive  *alive,
                       const char *executor)
{
  /* The entry may be that of an earlier object. */
  memset (alive->marks, 0, sizeof alive->marks);
  if (!athr_trace_logs ())
    return;

  if (executor != NULL)
    athr_trace_log (alive, "starts on the executor “%s”", executor);
  else
    athr_trace_log (alive, "starts");
}

void
athr_trace_tell_queue (AthrAlive *alive)
{
  athr_trace_begin_mark (alive, MARK_QUEUED);
}

void
athr_trace_tell_begin (AthrAlive *alive,
                       gboolean   is_first)
{
  athr_trace_end_mark (alive, MARK_QUEUED, "queued");
  athr_trace_begin_mark (alive, MARK_BEGUN);
  if (is_first && athr_trace_logs ())
    athr_trace_log (alive, "begins on thread %d after %u ms in the queue",
                    alive->thread, alive->begun - alive->queued);
}

void
athr_trace_tell_pause (AthrAlive *alive)
{
  athr_trace_end_mark (alive, MARK_BEGUN, "run");
  athr_trace_begin_mark (alive, MARK_RETURNED);
}

void
athr_trace_tell_return (AthrAlive *alive)
{
  athr_trace_tell_pause (alive);
  if (athr_trace_logs ())
    athr_trace_log (alive, "has returned after %u ms", athr_alive_now () - alive->begun);
}

void
athr_trace_tell_stop (AthrAlive  *alive,
                      const char *what)
{
  if (athr_trace_logs ())
    athr_trace_log (alive, "%s", what);
}

static const char *
athr_trace_get_outcome (AthrAliveState state)
{
  switch (state)
    {
    case ATHR_ALIVE_FAILED:
      return "fails";
    case ATHR_ALIVE_CANCELLED:
      return "ends as cancelled";
    case ATHR_ALIVE_CLOSED:
      return "ends as closed";
    default:
      return "ends";
    }
}

void
athr_trace_tell_end (AthrAlive    *alive,
                     const GError *error)
{
  if (athr_trace_logs ())
    athr_trace_log (alive, "%s %u ms after its creation%s%s",
                    athr_trace_get_outcome (athr_alive_get (alive->state)), athr_alive_now () - alive->created,
                    error != NULL ? ": " : "", error != NULL ? error->message : "");
}

void
athr_trace_tell_delivered (AthrAlive *alive)
{
  athr_trace_end_mark (alive, MARK_RETURNED, "delivered");
}

void
athr_trace_tell_executor (const char *name,
                          const char *what)
{
  if (athr_trace_logs ())
    g_log (DOMAIN, G_LOG_LEVEL_DEBUG, "executor “%s” %s", name, what);
}
