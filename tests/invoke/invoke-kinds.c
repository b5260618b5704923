/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "invoke-test.h"

/* Each kind of argument and result, with each transfer. The functions are those of GIMarshallingTests, the library of
 * gobject-introspection for testing bindings. They abort if they get another argument than they expect. */

typedef struct
{
  const char *name; /* in GIMarshallingTests */
  const char *args;
  const char *result;
} AthrKindRow;

#define TABLE "GIMarshallingTests.ghashtable_utf8_"

static const AthrKindRow rows[] = {
  { "BoxedStruct.new", "()", "GIMarshallingTestsBoxedStruct" },
  { "Object.new", "(5,)", "GIMarshallingTestsObject" },
  { "Object.full_out", "()", "GIMarshallingTestsObject" },
  { "Object.full_return", "()", "GIMarshallingTestsObject" },
  { "Object.none_out", "()", "GIMarshallingTestsObject" },
  { "Object.none_return", "()", "GIMarshallingTestsObject" },
  { "Object.static_method", "()", "null" },
  { "OverridesObject.new", "()", "GIMarshallingTestsOverridesObject" },
  { "array_bool_in", "([true, false, true, true],)", "null" },
  { "array_bool_out", "()", "[TRUE, FALSE, TRUE, TRUE]" },
  { "array_fixed_int_in", "([-1, 0, 1, 2],)", "null" },
  { "array_fixed_int_in", "([-1, 0, 1],)",
    "g-io-error-quark: GIMarshallingTests.array_fixed_int_in: argument 1, ints, must be array of gint32, of 4, not 3" },
  { "array_fixed_int_return", "()", "[-1, 0, 1, 2]" },
  { "array_fixed_out", "()", "[-1, 0, 1, 2]" },
  { "array_fixed_short_in", "([-1, 0, 1, 2],)", "null" },
  { "array_fixed_short_return", "()", "[-1, 0, 1, 2]" },
  { "array_in", "([-1, 0, 1, 2],)", "null" },
  { "array_in", "([-1.0, 0.0, 1.0, 2.0],)", "null" },
  { "array_in_guint64_len", "([-1, 0, 1, 2],)", "null" },
  { "array_in_guint8_len", "([-1, 0, 1, 2],)", "null" },
  { "array_in_len_before", "([-1, 0, 1, 2],)", "null" },
  { "array_in_len_zero_terminated", "([-1, 0, 1, 2],)", "null" },
  { "array_in_utf8_two_in", "([-1, 0, 1, 2], '1', '2')", "null" },
  { "array_in_utf8_two_in_out_of_order", "('1', [-1, 0, 1, 2], '2')", "null" },
  { "array_int64_in", "([-1, 0, 1, 2],)", "null" },
  { "array_out", "()", "[-1, 0, 1, 2]" },
  { "array_out_etc", "(5, 9)", "[[5, 0, 1, 9], 14]" },
  { "array_return", "()", "[-1, 0, 1, 2]" },
  { "array_return_etc", "(5, 9)", "[[5, 0, 1, 9], 14]" },
  { "array_string_in", "(['foo', 'bar'],)", "null" },
  { "array_uint64_in", "([uint64 18446744073709551615, 0, 1, 2],)", "null" },
  { "array_uint8_in", "(b'abcd',)", "null" },
  { "array_uint8_in", "([97, 98, 99, 100],)", "null" },
  { "array_zero_terminated_in", "(['0', '1', '2'],)", "null" },
  { "array_zero_terminated_out", "()", "['0', '1', '2']" },
  { "array_zero_terminated_return", "()", "['0', '1', '2']" },
  { "array_zero_terminated_return_null", "()", "[]" },
  { "boolean_in_false", "(false,)", "null" },
  { "boolean_in_true", "(true,)", "null" },
  { "boolean_out_false", "()", "FALSE" },
  { "boolean_out_true", "()", "TRUE" },
  { "boolean_return_false", "()", "FALSE" },
  { "boolean_return_true", "()", "TRUE" },
  { "boxed_struct_out", "()", "GIMarshallingTestsBoxedStruct" },
  { "boxed_struct_returnv", "()", "GIMarshallingTestsBoxedStruct" },
  { "bytearray_full_return", "()", "[0x00, 0x31, 0xff, 0x33]" },
  { "bytearray_none_in", "([byte 0, 49, 255, 51],)", "null" },
  { "double_in", "(1.7976931348623157e+308,)", "null" },
  { "double_out", "()", "1.7976931348623157e+308" },
  { "double_return", "()", "1.7976931348623157e+308" },
  { "enum_in", "(42,)", "null" },
  { "enum_in", "('value3',)", "null" },
  { "enum_out", "()", "42" },
  { "enum_returnv", "()", "42" },
  { "flags_in", "(2,)", "null" },
  { "flags_in", "('value2 | value2',)", "null" },
  { "flags_in_zero", "(0,)", "null" },
  { "flags_out", "()", "2" },
  { "flags_returnv", "()", "2" },
  { "float_in", "(3.4028234663852886e+38,)", "null" },
  { "float_in", "(1e39,)",
    "g-io-error-quark: GIMarshallingTests.float_in: argument 1, v, must be gfloat, which cannot be 9.9999999999999994e+38" },
  { "float_out", "()", "340282346638528859811704183484516925440.000000" },
  { "float_return", "()", "340282346638528859811704183484516925440.000000" },
  { "garray_int_none_return", "()", "[-1, 0, 1, 2]" },
  { "garray_uint64_none_return", "()", "[0, 18446744073709551615]" },
  { "gbytes_full_return", "()", "[0x00, 0x31, 0xff, 0x33]" },
  { "gbytes_none_in", "([byte 0, 49, 255, 51],)", "null" },
  { "genum_in", "('value3',)", "null" },
  { "genum_out", "()", "42" },
  { "genum_returnv", "()", "42" },
  { "gerror", "()", "gi-marshalling-tests-gerror-domain: gi-marshalling-tests-gerror-message" },
  { "gerror_array_in", "([-1, 0, 1, 2],)",
    "gi-marshalling-tests-gerror-domain: gi-marshalling-tests-gerror-message" },
  { "gerror_out", "()", "[GError, 'we got an error, life is shit']" },
  { "gerror_out_transfer_none", "()", "[GError, 'we got an error, life is shit']" },
  { "gerror_return", "()", "GError" },
  { "gstrv_in", "(['0', '1', '2'],)", "null" },
  { "gstrv_out", "()", "['0', '1', '2']" },
  { "gstrv_return", "()", "['0', '1', '2']" },
  { "gtype_in", "('void',)", "null" },
  { "gtype_out", "()", "void" },
  { "gtype_return", "()", "void" },
  { "gtype_string_in", "('gchararray',)", "null" },
  { "gtype_string_out", "()", "gchararray" },
  { "gtype_string_return", "()", "gchararray" },
  { "gvalue_out_caller_allocates", "()", "42" },
  { "int16_in_max", "(32767,)", "null" },
  { "int16_in_min", "(-32768,)", "null" },
  { "int16_out_max", "()", "32767" },
  { "int16_out_min", "()", "-32768" },
  { "int16_return_max", "()", "32767" },
  { "int16_return_min", "()", "-32768" },
  { "int32_in_max", "(2147483647,)", "null" },
  { "int32_in_min", "(-2147483648,)", "null" },
  { "int32_out_max", "()", "2147483647" },
  { "int32_out_min", "()", "-2147483648" },
  { "int32_return_max", "()", "2147483647" },
  { "int32_return_min", "()", "-2147483648" },
  { "int64_in_max", "(int64 9223372036854775807,)", "null" },
  { "int64_in_min", "(int64 -9223372036854775808,)", "null" },
  { "int64_out_max", "()", "9223372036854775807" },
  { "int64_out_min", "()", "-9223372036854775808" },
  { "int64_return_max", "()", "9223372036854775807" },
  { "int64_return_min", "()", "-9223372036854775808" },
  { "int8_in_max", "(127,)", "null" },
  { "int8_in_min", "(-128,)", "null" },
  { "int8_out_max", "()", "127" },
  { "int8_out_min", "()", "-128" },
  { "int8_return_max", "()", "127" },
  { "int8_return_min", "()", "-128" },
  { "int_in_max", "(2147483647,)", "null" },
  { "int_in_min", "(-2147483648,)", "null" },
  { "int_one_in_utf8_two_in_one_allows_none", "(1, '2', '3')", "null" },
  { "int_one_in_utf8_two_in_one_allows_none", "(1, null, '3')", "null" },
  { "int_out_max", "()", "2147483647" },
  { "int_out_min", "()", "-2147483648" },
  { "int_out_out", "()", "[6, 7]" },
  { "int_return_max", "()", "2147483647" },
  { "int_return_min", "()", "-2147483648" },
  { "int_return_out", "()", "[6, 7]" },
  { "int_three_in_three_out", "(1, 2, 3)", "[1, 2, 3]" },
  { "int_two_in_utf8_two_in_with_allow_none", "(1, 2, '3', '4')", "null" },
  { "long_in_max", "(int64 9223372036854775807,)", "null" },
  { "long_in_min", "(int64 -9223372036854775808,)", "null" },
  { "long_out_max", "()", "9223372036854775807" },
  { "long_out_min", "()", "-9223372036854775808" },
  { "long_return_max", "()", "9223372036854775807" },
  { "long_return_min", "()", "-9223372036854775808" },
  { "no_type_flags_in", "('value2',)", "null" },
  { "no_type_flags_in_zero", "(0,)", "null" },
  { "glist_utf8_container_out", "()", "['0', '1', '2']" },
  { "glist_utf8_container_return", "()", "['0', '1', '2']" },
  { "glist_utf8_full_out", "()", "['0', '1', '2']" },
  { "glist_utf8_full_return", "()", "['0', '1', '2']" },
  { "glist_utf8_none_out", "()", "['0', '1', '2']" },
  { "glist_utf8_none_return", "()", "['0', '1', '2']" },
  { "gptrarray_boxed_struct_full_return", "()",
    "[GIMarshallingTestsBoxedStruct, GIMarshallingTestsBoxedStruct, GIMarshallingTestsBoxedStruct]" },
  { "gptrarray_utf8_container_out", "()", "['0', '1', '2']" },
  { "gptrarray_utf8_container_return", "()", "['0', '1', '2']" },
  { "gptrarray_utf8_full_out", "()", "['0', '1', '2']" },
  { "gptrarray_utf8_full_return", "()", "['0', '1', '2']" },
  { "gptrarray_utf8_none_out", "()", "['0', '1', '2']" },
  { "gptrarray_utf8_none_return", "()", "['0', '1', '2']" },
  { "gslist_utf8_container_out", "()", "['0', '1', '2']" },
  { "gslist_utf8_container_return", "()", "['0', '1', '2']" },
  { "gslist_utf8_full_out", "()", "['0', '1', '2']" },
  { "gslist_utf8_full_return", "()", "['0', '1', '2']" },
  { "gslist_utf8_none_out", "()", "['0', '1', '2']" },
  { "gslist_utf8_none_return", "()", "['0', '1', '2']" },
  { "ghashtable_utf8_none_in", "({'-1': '1', '0': '0', '1': '-1', '2': '-2'},)", "null" },
  { "ghashtable_utf8_none_in", "([1],)",
    "g-io-error-quark: GIMarshallingTests.ghashtable_utf8_none_in: argument 1, hash_table, must be GLib.HashTable, "
    "not a GVariant of type ai" },
  { "no_type_flags_out", "()", "2" },
  { "no_type_flags_returnv", "()", "2" },
  { "overrides_struct_returnv", "()", "GIMarshallingTestsOverridesStruct" },
  { "param_spec_out", "()", "GParam" },
  { "param_spec_return", "()", "GParam" },
  { "short_in_max", "(32767,)", "null" },
  { "short_in_min", "(-32768,)", "null" },
  { "short_out_max", "()", "32767" },
  { "short_out_min", "()", "-32768" },
  { "short_return_max", "()", "32767" },
  { "short_return_min", "()", "-32768" },
  { "size_in", "(uint64 18446744073709551615,)", "null" },
  { "size_out", "()", "18446744073709551615" },
  { "size_return", "()", "18446744073709551615" },
  { "ssize_in_max", "(int64 9223372036854775807,)", "null" },
  { "ssize_in_min", "(int64 -9223372036854775808,)", "null" },
  { "ssize_out_max", "()", "9223372036854775807" },
  { "ssize_out_min", "()", "-9223372036854775808" },
  { "ssize_return_max", "()", "9223372036854775807" },
  { "ssize_return_min", "()", "-9223372036854775808" },
  { "time_t_in", "(1234567890,)", "null" },
  { "time_t_out", "()", "1234567890" },
  { "time_t_return", "()", "1234567890" },
  { "uint16_in", "(65535,)", "null" },
  { "uint16_out", "()", "65535" },
  { "uint16_return", "()", "65535" },
  { "uint32_in", "(4294967295.0,)", "null" },
  { "uint32_out", "()", "4294967295" },
  { "uint32_return", "()", "4294967295" },
  { "uint64_in", "(uint64 18446744073709551615,)", "null" },
  { "uint64_out", "()", "18446744073709551615" },
  { "uint64_return", "()", "18446744073709551615" },
  { "uint8_in", "(255,)", "null" },
  { "uint8_out", "()", "255" },
  { "uint8_return", "()", "255" },
  { "uint_in", "(int64 4294967295,)", "null" },
  { "uint_out", "()", "4294967295" },
  { "uint_return", "()", "4294967295" },
  { "ulong_in", "(uint64 18446744073709551615,)", "null" },
  { "ulong_out", "()", "18446744073709551615" },
  { "ulong_return", "()", "18446744073709551615" },
  { "union_returnv", "()", "GIMarshallingTestsUnion" },
  { "ushort_in", "(65535,)", "null" },
  { "ushort_out", "()", "65535" },
  { "ushort_return", "()", "65535" },
  { "utf8_as_uint8array_in", "('const ♥ utf8',)", "null" },
  { "utf8_dangling_out", "()", "null" },
  { "utf8_full_out", "()", "'const ♥ utf8'" },
  { "utf8_full_return", "()", "'const ♥ utf8'" },
  { "utf8_none_in", "('const ♥ utf8',)", "null" },
  { "utf8_none_out", "()", "'const ♥ utf8'" },
  { "utf8_none_return", "()", "'const ♥ utf8'" },
};

static void
test_row (gconstpointer data)
{
  const AthrKindRow *row = data;
  g_autofree char *name = g_strconcat ("GIMarshallingTests.", row->name, NULL);

  /* Many functions return the same object or memory each time, which a wrong transfer would free. */
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *result = athr_invoke_test_run (name, NULL, row->args);

      g_assert_cmpstr (result, ==, row->result);
    }
}

/* The order of the keys of a hash table is not fixed. */
static void
test_table (gconstpointer name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AthrCall) call = athr_invoke_test_new (name, NULL, "()", &error);
  g_autoptr (GHashTable) found = g_hash_table_new (g_str_hash, g_str_equal);
  GValue value = G_VALUE_INIT;
  AthrInvokeValues *values;

  g_assert_no_error (error);
  g_assert_true (athr_call_run (call, NULL, &value, &error));
  values = g_value_get_boxed (&value);
  g_assert_true (athr_invoke_values_is_table (values));
  g_assert_false (athr_invoke_values_is_array (values));
  g_assert_cmpuint (athr_invoke_values_get_length (values), ==, 8);
  for (guint i = 0; i < 8; i += 2)
    g_hash_table_insert (found, (gpointer) g_value_get_string (athr_invoke_values_get (values, i)),
                         (gpointer) g_value_get_string (athr_invoke_values_get (values, i + 1)));
  g_assert_cmpstr (g_hash_table_lookup (found, "-1"), ==, "1");
  g_assert_cmpstr (g_hash_table_lookup (found, "0"), ==, "0");
  g_assert_cmpstr (g_hash_table_lookup (found, "1"), ==, "-1");
  g_assert_cmpstr (g_hash_table_lookup (found, "2"), ==, "-2");
  g_value_unset (&value);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = g_strdup_printf ("/athr/invoke/kinds/%s-%03u", rows[i].name, (guint) i);

      g_test_add_data_func (path, &rows[i], test_row);
    }

  g_test_add_data_func ("/athr/invoke/kinds/table/none", TABLE "none_return", test_table);
  g_test_add_data_func ("/athr/invoke/kinds/table/container", TABLE "container_return", test_table);
  g_test_add_data_func ("/athr/invoke/kinds/table/full", TABLE "full_return", test_table);
  g_test_add_data_func ("/athr/invoke/kinds/table/out", TABLE "full_out", test_table);

  return g_test_run ();
}
