/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <athreading/athreading-invoke.h>

int
main (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AthrCall) call = NULL;
  GValue arg = G_VALUE_INIT;
  GValue result = G_VALUE_INIT;

  g_value_init (&arg, G_TYPE_STRING);
  g_value_set_static_string (&arg, "42");
  call = athr_invoke_call_new ("GLib.base64_encode", &arg, 1, &error);
  g_value_unset (&arg);
  if (call == NULL || !athr_call_run (call, NULL, &result, &error))
    g_error ("%s", error->message);

  g_print ("%s\n", g_value_get_string (&result));
  g_value_unset (&result);

  return 0;
}
