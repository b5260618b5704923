/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <gio/gio.h>

#include "invoke-test.h"

/* Arguments of types that the bindings use rarely, and that no text of a GVariant can say. */

/* Calls @name with @args, which are unset afterwards, and compares the result or "domain: message". */
static void
expect_result_of (const char *name,
                  GValue     *args,
                  gsize       n_args,
                  const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AthrCall) call = athr_invoke_call_new (name, args, n_args, &error);
  g_autofree char *printed = NULL;
  GValue value = G_VALUE_INIT;

  if (error == NULL && athr_call_run (call, NULL, &value, &error))
    {
      printed = athr_invoke_test_print (&value);
      g_value_unset (&value);
    }
  else
    {
      printed = g_strdup_printf ("%s: %s", g_quark_to_string (error->domain), error->message);
    }
  g_assert_cmpstr (printed, ==, expected);
  for (gsize i = 0; i < n_args; i++)
    g_value_unset (&args[i]);
}

static void
expect_result (const char *name,
               GValue     *arg,
               const char *expected)
{
  expect_result_of (name, arg, 1, expected);
}

static void
test_integers (void)
{
  GValue value = G_VALUE_INIT;

  g_test_summary ("GLib's types of integers are as good as the types that languages have");

  g_value_init (&value, G_TYPE_CHAR);
  g_value_set_schar (&value, -7);
  expect_result ("GLib.Variant.new_int16", &value, "<int16 -7>");
  g_value_init (&value, G_TYPE_UCHAR);
  g_value_set_uchar (&value, 200);
  expect_result ("GLib.Variant.new_int32", &value, "<200>");
  g_value_init (&value, G_TYPE_UINT);
  g_value_set_uint (&value, 70000);
  expect_result ("GLib.Variant.new_uint32", &value, "<uint32 70000>");
  g_value_init (&value, G_TYPE_LONG);
  g_value_set_long (&value, -70000);
  expect_result ("GLib.Variant.new_int64", &value, "<int64 -70000>");
  g_value_init (&value, G_TYPE_ULONG);
  g_value_set_ulong (&value, 70000);
  expect_result ("GLib.Variant.new_uint64", &value, "<uint64 70000>");
  g_value_init (&value, G_TYPE_FLOAT);
  g_value_set_float (&value, 1.5);
  expect_result ("GLib.Variant.new_double", &value, "<1.5>");
}

static void
test_zero (void)
{
  const char *const functions[] = { "byte", "int16", "uint16", "int32", "uint32", "int64", "uint64" };
  const char *const results[] = { "<byte 0x00>", "<int16 0>", "<uint16 0>", "<0>", "<uint32 0>", "<int64 0>",
                                  "<uint64 0>" };

  for (gsize i = 0; i < G_N_ELEMENTS (functions); i++)
    {
      g_autofree char *name = g_strconcat ("GLib.Variant.new_", functions[i], NULL);
      GValue value = G_VALUE_INIT;

      g_value_init (&value, G_TYPE_INT);
      expect_result (name, &value, results[i]);
    }
}

static void
test_integers_out_of_range (void)
{
  GValue value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_CHAR);
  g_value_set_schar (&value, -1);
  expect_result ("GLib.Variant.new_byte", &value,
                 "g-io-error-quark: GLib.Variant.new_byte: argument 1, value, must be guint8, which cannot be -1");
  g_value_init (&value, G_TYPE_ULONG);
  g_value_set_ulong (&value, 70000);
  expect_result ("GLib.Variant.new_uint16", &value,
                 "g-io-error-quark: GLib.Variant.new_uint16: argument 1, value, must be guint16, which cannot be 70000");
  g_value_init (&value, G_TYPE_FLOAT);
  g_value_set_float (&value, 1.5);
  expect_result ("GLib.Variant.new_int64", &value,
                 "g-io-error-quark: GLib.Variant.new_int64: argument 1, value, must be gint64, which cannot be 1.5");
}

static void
test_negative_doubles (void)
{
  GValue value = G_VALUE_INIT;

  g_test_summary ("A double without a fraction is an integer, also below 0");

  g_value_init (&value, G_TYPE_DOUBLE);
  g_value_set_double (&value, -2.0);
  expect_result ("GLib.Variant.new_int64", &value, "<int64 -2>");
  g_value_init (&value, G_TYPE_DOUBLE);
  g_value_set_double (&value, -0x1p63);
  expect_result ("GLib.Variant.new_int64", &value, "<int64 -9223372036854775808>");
  g_value_init (&value, G_TYPE_DOUBLE);
  g_value_set_double (&value, -1.5);
  expect_result ("GLib.Variant.new_int64", &value,
                 "g-io-error-quark: GLib.Variant.new_int64: argument 1, value, must be gint64, which cannot be -1.5");
}

static void
test_types (void)
{
  GValue value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_GTYPE);
  g_value_set_gtype (&value, G_TYPE_INT);
  expect_result ("GObject.type_name", &value, "'gint'");
  g_value_init (&value, G_TYPE_INT);
  expect_result ("GObject.type_name", &value,
                 "g-io-error-quark: GObject.type_name: argument 1, type, must be GType, not gint");
}

static void
test_enums (void)
{
  GValue value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_SOCKET_FAMILY);
  g_value_set_enum (&value, G_SOCKET_FAMILY_IPV6);
  expect_result ("Gio.InetAddress.new_any", &value, "GInetAddress");
  g_value_init (&value, G_TYPE_SUBPROCESS_FLAGS);
  g_value_set_flags (&value, G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  expect_result ("Gio.SubprocessLauncher.new", &value, "GSubprocessLauncher");
  g_value_init (&value, G_TYPE_FILE_TYPE);
  g_value_set_enum (&value, G_FILE_TYPE_REGULAR);
  expect_result ("Gio.InetAddress.new_any", &value,
                 "g-io-error-quark: Gio.InetAddress.new_any: argument 1, family, must be Gio.SocketFamily, "
                 "not GFileType");
}

/* As PyGObject registers types for enumerations and flags of the typelib that have none. */
static const GEnumValue checksum_types[] = {
  { G_CHECKSUM_MD5, "G_CHECKSUM_MD5", "md5" },
  { G_CHECKSUM_SHA256, "G_CHECKSUM_SHA256", "sha256" },
  { 12345, "G_CHECKSUM_NONE", "none" },
  { 0 }
};
static const GFlagsValue file_tests[] = {
  { G_FILE_TEST_IS_REGULAR, "G_FILE_TEST_IS_REGULAR", "is_regular" },
  { G_FILE_TEST_IS_DIR, "G_FILE_TEST_IS_DIR", "is_dir" },
  { 1 << 20, "G_FILE_TEST_NONE", "none" },
  { 0 }
};

static void
expect_length (GType       type,
               int         checksum_type,
               const char *expected)
{
  GValue value = G_VALUE_INIT;

  g_value_init (&value, type);
  g_value_set_enum (&value, checksum_type);
  expect_result ("GLib.checksum_type_get_length", &value, expected);
}

static void
expect_file_test (GType       type,
                  guint       test,
                  const char *expected)
{
  GValue args[2] = { G_VALUE_INIT, G_VALUE_INIT };

  g_value_init (&args[0], G_TYPE_STRING);
  g_value_set_static_string (&args[0], "/");
  g_value_init (&args[1], type);
  g_value_set_flags (&args[1], test);
  expect_result_of ("GLib.file_test", args, 2, expected);
}

static void
test_enum_without_type (void)
{
  GType type = g_enum_register_static ("LanguageGLibChecksumType", checksum_types);

  g_test_summary ("A language may register a type for an enumeration that has none");

  expect_length (type, G_CHECKSUM_MD5, "16");
  expect_length (type, G_CHECKSUM_SHA256, "32");
  expect_length (type, 12345,
                 "g-io-error-quark: GLib.checksum_type_get_length: argument 1, checksum_type, must be "
                 "GLib.ChecksumType, not LanguageGLibChecksumType");
  expect_length (G_TYPE_FILE_TYPE, G_FILE_TYPE_REGULAR,
                 "g-io-error-quark: GLib.checksum_type_get_length: argument 1, checksum_type, must be "
                 "GLib.ChecksumType, not GFileType");
}

static void
test_flags_without_type (void)
{
  GType type = g_flags_register_static ("LanguageGLibFileTest", file_tests);

  expect_file_test (type, G_FILE_TEST_IS_DIR, "TRUE");
  expect_file_test (type, G_FILE_TEST_IS_REGULAR, "FALSE");
  expect_file_test (type, G_FILE_TEST_IS_REGULAR | G_FILE_TEST_IS_DIR, "TRUE");
  expect_file_test (type, 0, "FALSE");
  expect_file_test (type, G_FILE_TEST_IS_DIR | 1 << 20,
                    "g-io-error-quark: GLib.file_test: argument 2, test, must be GLib.FileTest, "
                    "not LanguageGLibFileTest");
  expect_file_test (G_TYPE_SUBPROCESS_FLAGS, G_SUBPROCESS_FLAGS_STDIN_PIPE,
                    "g-io-error-quark: GLib.file_test: argument 2, test, must be GLib.FileTest, not GSubprocessFlags");
}

static void
test_bytes (void)
{
  GValue value = G_VALUE_INIT;

  g_test_summary ("A byte array is copied: the caller may change the array while the call runs");

  g_value_init (&value, G_TYPE_BYTE_ARRAY);
  g_value_take_boxed (&value, g_byte_array_append (g_byte_array_new (), (const guint8 *) "hello", 5));
  expect_result ("GLib.base64_encode", &value, "'aGVsbG8='");
}

static void
expect_list (const char *name,
             GKeyFile   *keys,
             GBytes     *bytes,
             const char *expected)
{
  GValue args[4] = { G_VALUE_INIT, G_VALUE_INIT, G_VALUE_INIT, G_VALUE_INIT };

  g_value_init (&args[0], G_TYPE_KEY_FILE);
  g_value_set_boxed (&args[0], keys);
  g_value_init (&args[1], G_TYPE_STRING);
  g_value_set_string (&args[1], "group");
  g_value_init (&args[2], G_TYPE_STRING);
  g_value_set_string (&args[2], "key");
  g_value_init (&args[3], G_TYPE_BYTES);
  g_value_set_boxed (&args[3], bytes);
  expect_result_of (name, args, G_N_ELEMENTS (args), expected);
}

static void
test_bytes_for_numbers (void)
{
  g_autoptr (GKeyFile) keys = g_key_file_new ();
  g_autoptr (GBytes) bytes = g_bytes_new_static ("\1\377", 2);
  g_autofree char *list = NULL;

  g_test_summary ("Bytes are an array of numbers, as in direct calls of the languages");

  expect_list ("GLib.KeyFile.set_integer_list", keys, bytes, "null");
  list = g_key_file_get_value (keys, "group", "key", NULL);
  g_assert_cmpstr (list, ==, "1;255;");
  expect_list ("GLib.KeyFile.set_boolean_list", keys, bytes,
               "g-io-error-quark: GLib.KeyFile.set_boolean_list: argument 4, list, must be array of gboolean, not GBytes");
}

static void
test_variants (void)
{
  const char *const strings[] = { "a", "b", NULL };
  GValue value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_VARIANT);
  g_value_take_variant (&value, g_variant_new_strv (strings, -1));
  expect_result ("GLib.build_filenamev", &value, "'a/b'");
  g_value_init (&value, G_TYPE_VARIANT);
  g_value_take_variant (&value, g_variant_new_parsed ("[{'a': 1}]"));
  expect_result ("GLib.base64_encode", &value,
                 "g-io-error-quark: GLib.base64_encode: argument 1, data, must be array of guint8, "
                 "not a GVariant of type aa{si}");
}

static void
test_enum_functions (void)
{
  GValue value = G_VALUE_INIT;

  g_test_summary ("An enumeration has functions, too");

  g_value_init (&value, G_TYPE_ERROR);
  g_value_take_boxed (&value, g_error_new_literal (G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY, "late"));
  expect_result ("Gio.DBusError.encode_gerror", &value, "'org.freedesktop.DBus.Error.NoReply'");
  g_value_init (&value, G_TYPE_INT);
  expect_result ("Gio.DBusError.no_such", &value,
                 "g-io-error-quark: Gio.DBusError.no_such: Gio 2.0 has no function of this name that bindings can call");
  g_value_init (&value, G_TYPE_INT);
  expect_result ("GLib.DoubleIEEE754.no_such", &value,
                 "g-io-error-quark: GLib.DoubleIEEE754.no_such: "
                 "GLib 2.0 has no function of this name that bindings can call");
  g_value_init (&value, G_TYPE_INT);
  expect_result ("GLib.MAXINT8.no_such", &value,
                 "g-io-error-quark: GLib.MAXINT8.no_such: "
                 "GLib 2.0 has no function of this name that bindings can call");
}

static void
test_nested_array (void)
{
  GValue numbers[2] = { G_VALUE_INIT, G_VALUE_INIT }, outer = G_VALUE_INIT, array = G_VALUE_INIT;
  g_autoptr (AthrInvokeValues) values = NULL;
  const GValueArray *copies, *nested;

  g_test_summary ("An array of GObject holds the copies of values, also where these are in other values");

  g_value_init (&numbers[0], G_TYPE_INT);
  g_value_set_int (&numbers[0], 1);
  g_value_init (&numbers[1], G_TYPE_INT);
  g_value_set_int (&numbers[1], 2);
  g_value_init (&outer, ATHR_INVOKE_TYPE_VALUES);
  g_value_take_boxed (&outer, athr_invoke_values_new (numbers, 2));
  values = athr_invoke_values_new (&outer, 1);
  g_value_unset (&outer);

  athr_invoke_values_to_array_into (values, &array);
  copies = g_value_get_boxed (&array);
  g_assert_cmpuint (copies->n_values, ==, 1);
  nested = g_value_get_boxed (&copies->values[0]);
  g_assert_cmpuint (nested->n_values, ==, 2);
  g_assert_cmpint (g_value_get_int (&nested->values[0]), ==, 1);
  g_assert_cmpint (g_value_get_int (&nested->values[1]), ==, 2);
  g_value_unset (&array);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/invoke/values/integers", test_integers);
  g_test_add_func ("/athr/invoke/values/zero", test_zero);
  g_test_add_func ("/athr/invoke/values/integers-out-of-range", test_integers_out_of_range);
  g_test_add_func ("/athr/invoke/values/negative-doubles", test_negative_doubles);
  g_test_add_func ("/athr/invoke/values/types", test_types);
  g_test_add_func ("/athr/invoke/values/enums", test_enums);
  g_test_add_func ("/athr/invoke/values/bytes", test_bytes);
  g_test_add_func ("/athr/invoke/values/bytes-for-numbers", test_bytes_for_numbers);
  g_test_add_func ("/athr/invoke/values/variants", test_variants);
  g_test_add_func ("/athr/invoke/values/enum-without-type", test_enum_without_type);
  g_test_add_func ("/athr/invoke/values/flags-without-type", test_flags_without_type);
  g_test_add_func ("/athr/invoke/values/enum-functions", test_enum_functions);
  g_test_add_func ("/athr/invoke/values/nested-array", test_nested_array);

  return g_test_run ();
}
