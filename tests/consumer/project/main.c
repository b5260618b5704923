/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <athreading/athreading.h>

#if !ATHR_CHECK_VERSION (1, 0, 0)
# error "The version is missing."
#endif

static void
answer (AthrCall *call, gpointer user_data, GError **error)
{
  (void) user_data;
  (void) error;
  athr_call_return (call, G_TYPE_INT, 42);
}

static void
answered (GObject *source, GAsyncResult *result, gpointer loop)
{
  g_auto (GValue) value = G_VALUE_INIT;

  if (athr_call_run_finish_into (ATHR_CALL (source), result, &value, NULL))
    g_print ("%d from athreading %s\n", g_value_get_int (&value), ATHR_VERSION_STRING);
  g_main_loop_quit (loop);
}

int
main (void)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (AthrCall) call = athr_call_new (answer, NULL, NULL);

  athr_call_run_async (call, NULL, answered, loop);
  g_main_loop_run (loop);

  return 0;
}
