/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "invoke/invoke-test.h"
#include "target.h"

/* The values that AthrInvoke converts into arguments, and results into values. The first byte of the input chooses a
 * function without side effects, and the other bytes are a tuple of arguments in the text format of GVariant. */

static const char *const functions[] = {
  "GLib.Variant.new_boolean",
  "GLib.Variant.new_byte",
  "GLib.Variant.new_int16",
  "GLib.Variant.new_uint16",
  "GLib.Variant.new_int32",
  "GLib.Variant.new_uint32",
  "GLib.Variant.new_int64",
  "GLib.Variant.new_uint64",
  "GLib.Variant.new_double",
  "GLib.Variant.new_string",
  "GLib.Variant.new_strv",
  "GLib.Variant.new_variant",
  "GLib.Bytes.new",
  "GLib.base64_encode",
  "GLib.base64_decode",
  "GLib.build_filenamev",
  "GLib.compute_checksum_for_data",
  "GLib.environ_getenv",
  "GLib.filename_from_uri",
  "GLib.path_get_basename",
  "GLib.shell_parse_argv",
  "GLib.strv_length",
  "GLib.unichar_toupper",
  "GLib.uri_list_extract_uris",
  "GLib.variant_get_gtype",
  "Gio.content_type_guess",
};

/* Reads a number exactly: a long double has all bits of a 64-bit integer. */
static gboolean
read_number (const GValue *value,
             long double  *number)
{
  if (G_VALUE_HOLDS_INT (value))
    *number = g_value_get_int (value);
  else if (G_VALUE_HOLDS_INT64 (value))
    *number = g_value_get_int64 (value);
  else if (G_VALUE_HOLDS_UINT64 (value))
    *number = g_value_get_uint64 (value);
  else if (G_VALUE_HOLDS_DOUBLE (value))
    *number = g_value_get_double (value);
  else
    return FALSE;

  return TRUE;
}

/* A number that goes in comes out again: a number that does not fit must be refused, not cut. */
static void
check_number (const GValue *arg,
              GVariant     *result)
{
  GValue value = G_VALUE_INIT, wide = G_VALUE_INIT;
  long double in, out;

  if (!read_number (arg, &in) || g_variant_is_of_type (result, G_VARIANT_TYPE_BOOLEAN))
    return;

  g_dbus_gvariant_to_gvalue (result, &value);
  g_value_init (&wide, G_VALUE_HOLDS_DOUBLE (&value) ? G_TYPE_DOUBLE : in < 0 ? G_TYPE_INT64 : G_TYPE_UINT64);
  g_assert_true (g_value_transform (&value, &wide));
  g_assert_true (read_number (&wide, &out));
  g_assert_true (in == out || (in != in && out != out));
  g_value_unset (&value);
}

static void
check_result (const char   *name,
              GArray       *args,
              const GValue *result)
{
  g_autofree char *printed = athr_invoke_test_print (result);
  const GValue *arg;

  g_assert_nonnull (printed);
  if (args->len == 0)
    return;

  arg = &g_array_index (args, GValue, 0);
  if (g_str_has_prefix (name, "GLib.Variant.new_") && g_value_get_variant (result) != NULL)
    check_number (arg, g_value_get_variant (result));
  if (g_str_equal (name, "GLib.base64_encode") && G_VALUE_HOLDS (arg, G_TYPE_BYTES))
    {
      gsize length;
      g_autofree guchar *data = g_base64_decode (g_value_get_string (result), &length);

      g_assert_cmpmem (data, length, g_bytes_get_data (g_value_get_boxed (arg), NULL),
                       g_bytes_get_size (g_value_get_boxed (arg)));
    }
  if (g_str_equal (name, "GLib.strv_length") && G_VALUE_HOLDS (arg, G_TYPE_STRV))
    g_assert_cmpuint (g_value_get_uint (result), ==, g_strv_length (g_value_get_boxed (arg)));
}

static void
check_call (const char *name,
            GArray     *args)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AthrCall) call = athr_invoke_call_new (name, (const GValue *) args->data, args->len, &error);
  GValue value = G_VALUE_INIT;

  g_assert_true ((call != NULL) == athr_invoke_check (name, (const GValue *) args->data, args->len, NULL));
  if (call == NULL)
    {
      g_assert_true (error->domain == G_IO_ERROR);
      return;
    }

  if (athr_call_run (call, NULL, &value, &error))
    {
      g_assert_no_error (error);
      check_result (name, args, &value);
      g_value_unset (&value);
    }
  else
    {
      g_assert_nonnull (error);
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autoptr (GVariant) tuple = NULL;
  g_autoptr (GArray) args = g_array_new (FALSE, TRUE, sizeof (GValue));

  if (size > 0 && g_utf8_validate_len ((const char *) data + 1, size - 1, NULL))
    tuple = g_variant_parse (NULL, (const char *) data + 1, (const char *) data + size, NULL, NULL);
  if (tuple == NULL || !g_variant_is_of_type (tuple, G_VARIANT_TYPE_TUPLE))
    return 0;

  g_array_set_clear_func (args, (GDestroyNotify) g_value_unset);
  for (gsize i = 0; i < g_variant_n_children (tuple); i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (tuple, i);

      g_array_set_size (args, args->len + 1);
      athr_invoke_test_read (child, &g_array_index (args, GValue, i));
    }
  check_call (functions[data[0] % G_N_ELEMENTS (functions)], args);

  return 0;
}
