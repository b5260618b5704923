/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <locale.h>

#include "invoke-test.h"

/* Functions of real libraries: the arguments and the expected result of each. For a method, the test makes an instance
 * of the type that the row names. */

typedef struct
{
  const char *name;
  GType (*instance) (void); /* nullable */
  const char *args;
  const char *result;
} AthrInvokeRow;

static const AthrInvokeRow rows[] = {
  /* Texts, and arrays whose lengths the caller does not pass */
  { "GLib.base64_encode", NULL, "(b'hello',)", "'aGVsbG8='" },
  { "GLib.base64_encode", NULL, "('hello',)", "'aGVsbG8='" },
  { "GLib.base64_encode", NULL, "([104, 101, 108, 108, 111],)", "'aGVsbG8='" },
  { "GLib.base64_encode", NULL, "(b'',)", "''" },
  { "GLib.base64_decode", NULL, "('aGVsbG8=',)", "b'hello'" },
  { "GLib.base64_decode", NULL, "('',)", "b''" },
  { "GLib.compute_checksum_for_data", NULL, "('sha1', b'a')", "'86f7e437faa5a7fce15d1ddcb9eaeaea377667b8'" },
  { "GLib.compute_checksum_for_data", NULL, "(1, b'a')", "'86f7e437faa5a7fce15d1ddcb9eaeaea377667b8'" },
  { "GLib.compute_checksum_for_string", NULL, "('md5', 'a', -1)", "'0cc175b9c0f1b6a831c399e269772661'" },
  { "GLib.compute_checksum_for_string", NULL, "('md5', 'a', 100)", "'0cc175b9c0f1b6a831c399e269772661'" },
  { "GLib.compute_checksum_for_string", NULL, "('md5', '', 1)", "'d41d8cd98f00b204e9800998ecf8427e'" },
  { "GLib.compute_checksum_for_bytes", NULL, "('md5', b'a')", "'0cc175b9c0f1b6a831c399e269772661'" },
  { "GLib.compute_hmac_for_data", NULL, "('md5', b'k', b'd')", "'7f330edb3a84f317f7ca433d6038ff9a'" },
  { "GLib.ascii_strdown", NULL, "('ABC', -1)", "'abc'" },
  { "GLib.ascii_digit_value", NULL, "(55,)", "7" },
  { "GLib.markup_escape_text", NULL, "('a<b', -1)", "'a&lt;b'" },
  { "GLib.utf8_strlen", NULL, "('äö', -1)", "2" },
  { "GLib.utf8_strlen", NULL, "('äö', 2)", "1" },
  { "GLib.utf8_substring", NULL, "('äöü', 1, 2)", "'ö'" },
  { "GLib.utf8_normalize", NULL, "('ä', -1, 'nfd')", "'a\xcc\x88'" },
  { "GLib.utf8_casefold", NULL, "('ÄA', -1)", "'äa'" },
  { "GLib.utf8_get_char", NULL, "('äb',)", "'ä'" },
  { "GLib.str_to_ascii", NULL, "('ä', null)", "'a'" },
  { "GLib.hostname_to_ascii", NULL, "('bücher.de',)", "'xn--bcher-kva.de'" },

  /* Characters */
  { "GLib.unichar_toupper", NULL, "('ä',)", "'Ä'" },
  { "GLib.unichar_toupper", NULL, "(97,)", "'A'" },
  { "GLib.unichar_isalpha", NULL, "('1',)", "FALSE" },
  { "GLib.unichar_type", NULL, "('A',)", "9" },

  /* Numbers, and several results */
  { "GLib.ascii_strtoull", NULL, "('18446744073709551615x', 10)", "[18446744073709551615, 'x']" },
  { "GLib.ascii_strtoll", NULL, "('-9223372036854775808', 10.0)", "[-9223372036854775808, '']" },
  { "GLib.ascii_strtod", NULL, "('1.5 ',)", "[1.5, ' ']" },
  { "GLib.ascii_string_to_signed", NULL, "('-7', 10, int64 -10, int64 10)", "-7" },
  { "GLib.ascii_string_to_unsigned", NULL, "('7', 10, 0.0, uint64 18446744073709551615)", "7" },
  { "GLib.bit_nth_lsf", NULL, "(uint64 8, -1)", "3" },
  { "GLib.bit_storage", NULL, "(uint64 18446744073709551615,)", "64" },
  { "GLib.random_int_range", NULL, "(-3, -2)", "-3" },
  { "GLib.random_double_range", NULL, "(1, 1)", "1.0" },

  /* File names */
  { "GLib.path_get_basename", NULL, "('/a/b',)", "'b'" },
  { "GLib.path_get_basename", NULL, "(b'/a/\\377',)", "b'\\377'" },
  { "GLib.path_is_absolute", NULL, "('/a',)", "TRUE" },
  { "GLib.build_filenamev", NULL, "(['a', 'b'],)", "'a/b'" },
  { "GLib.build_filenamev", NULL, "(@as [],)", "''" },
  { "GLib.build_filenamev", NULL, "(@ai [],)", "''" },
  { "GLib.build_filenamev", NULL, "([b'a', b'\\377'],)", "b'a/\\377'" },
  { "GLib.filename_to_uri", NULL, "('/a b', null)", "'file:///a%20b'" },
  { "GLib.filename_from_uri", NULL, "('file://host/a',)", "['/a', 'host']" },
  { "GLib.filename_from_uri", NULL, "('file:///a',)", "['/a', null]" },
  { "GLib.find_program_in_path", NULL, "('no-such-program',)", "null" },
  { "GLib.path_get_basename", NULL, "(b'',)", "'.'" },
  { "GLib.shell_parse_argv", NULL, "(b'a \\377',)", "['a', b'\\377']" },
  { "GLib.file_test", NULL, "('/', 'is-dir|is-regular')", "TRUE" },
  { "GLib.file_test", NULL, "('/', '')", "FALSE" },
  { "GLib.file_test", NULL, "('/', 'is_dir | exists')", "TRUE" },
  { "GLib.utf8_validate", NULL, "(b'ab',)", "[TRUE, '']" },

  /* Lists, hash tables and null callbacks */
  { "GLib.Uri.parse_params", NULL, "('a=b', -1, '&', 'none')", "['a', 'b']" },
  { "GLib.spawn_sync", NULL, "(null, ['printf', 'ab'], null, 'search-path', null)", "[b'ab', b'', 0]" },
  { "Gio.AppInfo.get_all_for_type", NULL, "('no/such-type',)", "[]" },

  /* Addresses */
  { "GLib.uri_split", NULL, "('http://a:80/b?c#d', 0)", "['http', null, 'a', 80, '/b', 'c', 'd']" },
  { "GLib.uri_parse_scheme", NULL, "('a:b',)", "'a'" },
  { "GLib.Uri.escape_string", NULL, "('a b', null, false)", "'a%20b'" },
  { "GLib.Uri.escape_bytes", NULL, "(b'a\\377', null)", "'a%FF'" },
  { "GLib.Uri.unescape_string", NULL, "('a%20b', null)", "'a b'" },
  { "GLib.Uri.list_extract_uris", NULL, "('a:b\\r\\nc:d',)", "['a:b', 'c:d']" },
  { "GLib.Uri.parse", NULL, "('a://b', 'none')", "GUri" },

  /* Arrays of strings */
  { "GLib.shell_parse_argv", NULL, "('a \"b c\"',)", "['a', 'b c']" },
  { "GLib.shell_parse_argv", NULL, "('\"',)",
    "g-shell-error-quark: Text ended before matching quote was found for \". (The text was “\"”)" },
  { "GLib.shell_quote", NULL, "('a b',)", "\"'a b'\"" },
  { "GLib.environ_getenv", NULL, "(['A=1', 'B=2'], 'B')", "'2'" },
  { "GLib.environ_getenv", NULL, "(null, 'B')", "null" },
  { "GLib.environ_setenv", NULL, "(['A=1'], 'A', '2', true)", "['A=2']" },
  { "GLib.environ_unsetenv", NULL, "(['A=1', 'B=2'], 'A')", "['B=2']" },
  { "GLib.str_tokenize_and_fold", NULL, "('a B', null)", "[['a', 'b'], []]" },
  { "GLib.spawn_command_line_sync", NULL, "('printf ab',)", "[b'ab', b'', 0]" },

  /* Boxed: constructors, methods, copies */
  { "GLib.Date.new_dmy", NULL, "(29, 'february', 2024)", "GDate" },
  { "GLib.Date.valid_dmy", NULL, "(29, 'february', 2023)", "FALSE" },
  { "GLib.Date.get_days_in_month", NULL, "(2, 2024)", "29" },
  { "GLib.Date.get_weekday", g_date_get_type, "()", "4" },
  { "GLib.Date.get_julian", g_date_get_type, "()", "738945" },
  { "GLib.Date.is_first_of_month", g_date_get_type, "()", "FALSE" },
  { "GLib.DateTime.new_from_iso8601", NULL, "('2024-02-29T10:00:00Z', null)", "GDateTime" },
  { "GLib.DateTime.new_from_iso8601", NULL, "('nonsense', null)", "null" },
  { "GLib.DateTime.format", g_date_time_get_type, "('%F',)", "'2024-02-29'" },
  { "GLib.DateTime.get_ymd", g_date_time_get_type, "()", "[2024, 2, 29]" },
  { "GLib.DateTime.to_unix", g_date_time_get_type, "()", "1709164800" },
  { "GLib.DateTime.get_seconds", g_date_time_get_type, "()", "0.0" },
  { "GLib.DateTime.add_days", g_date_time_get_type, "(1,)", "GDateTime" },
  { "GLib.DateTime.get_timezone", g_date_time_get_type, "()", "GTimeZone" },
  { "GLib.TimeZone.new_identifier", NULL, "('+01:00',)", "GTimeZone" },
  { "GLib.Regex.new", NULL, "('a', 'caseless', 'default')", "GRegex" },
  { "GLib.Regex.match_simple", NULL, "('b', 'abc', 'default', 'default')", "TRUE" },
  { "GLib.Regex.split_simple", NULL, "(',', 'a,b', 'default', 'default')", "['a', 'b']" },
  { "GLib.Regex.get_capture_count", g_regex_get_type, "()", "0" },
  { "GLib.Regex.check_replacement", NULL, "('\\\\1',)", "TRUE" },
  { "GLib.Bytes.get_size", g_bytes_get_type, "()", "3" },
  { "GLib.Bytes.new", NULL, "(b'abc',)", "b'abc'" },
  { "GLib.Bytes.get_data", g_bytes_get_type, "()", "b'abc'" },
  { "GLib.Bytes.unref_to_data", g_bytes_get_type, "()", "b'abc'" },
  { "GLib.Bytes.new_from_bytes", g_bytes_get_type, "(1, 2)", "b'bc'" },
  { "GLib.Checksum.new", NULL, "('sha256',)", "GChecksum" },
  { "GLib.Error.new_literal", NULL, "(1, 1, 'x')", "GError" },

  /* Key files: containers of every transfer, and booleans that are results */
  { "GLib.KeyFile.get_boolean", g_key_file_get_type, "('a', 'no')", "FALSE" },
  { "GLib.KeyFile.get_boolean", g_key_file_get_type, "('a', 'absent')",
    "g-key-file-error-quark: Key file does not have key “absent” in group “a”" },
  { "GLib.KeyFile.get_integer_list", g_key_file_get_type, "('a', 'numbers')", "[1, 2, 3]" },
  { "GLib.KeyFile.get_double_list", g_key_file_get_type, "('a', 'numbers')", "[1.0, 2.0, 3.0]" },
  { "GLib.KeyFile.get_boolean_list", g_key_file_get_type, "('a', 'booleans')", "[TRUE, FALSE]" },
  { "GLib.KeyFile.get_string_list", g_key_file_get_type, "('a', 'numbers')", "['1', '2', '3']" },
  { "GLib.KeyFile.get_keys", g_key_file_get_type, "('a',)", "[['no', 'numbers', 'booleans'], 3]" },
  { "GLib.KeyFile.get_groups", g_key_file_get_type, "()", "[['a'], 1]" },
  { "GLib.KeyFile.set_integer_list", g_key_file_get_type, "('b', 'b', [1.0, 2.0])", "null" },
  { "GLib.KeyFile.set_double_list", g_key_file_get_type, "('b', 'b', [1, 2])", "null" },
  { "GLib.KeyFile.set_boolean_list", g_key_file_get_type, "('b', 'b', [true, false])", "null" },
  { "GLib.KeyFile.set_string_list", g_key_file_get_type, "('b', 'b', ['x', 'y'])", "null" },
  { "GLib.KeyFile.load_from_dirs", g_key_file_get_type, "('a', @as [], 'none')",
    "g-io-error-quark: GLib.KeyFile.load_from_dirs: failed, and set no error" },
  { "GLib.KeyFile.load_from_data", g_key_file_get_type, "('[c]', 3, 'none')", "null" },

  /* Variants, floating ones too */
  { "GLib.Variant.new_string", NULL, "('a',)", "<'a'>" },
  { "GLib.Variant.new_strv", NULL, "(['a', 'b'],)", "<['a', 'b']>" },
  { "GLib.Variant.new_double", NULL, "(1,)", "<1.0>" },
  { "GLib.Variant.new_byte", NULL, "(255,)", "<byte 0xff>" },
  { "GLib.Variant.new_int16", NULL, "(-32768,)", "<int16 -32768>" },
  { "GLib.Variant.new_uint16", NULL, "(65535,)", "<uint16 65535>" },
  { "GLib.Variant.new_bytestring", NULL, "(b'ab',)", "<b'ab'>" },
  { "GLib.Variant.parse", NULL, "(null, '[1, 2]', null, null)", "<[1, 2]>" },
  { "GLib.Variant.print", NULL, "(<[1, 2]>, true)", "'[1, 2]'" },
  { "GLib.Variant.get_strv", NULL, "(<['a', 'b']>,)", "['a', 'b']" },
  { "GLib.Variant.dup_strv", NULL, "(<['a', 'b']>,)", "['a', 'b']" },
  { "GLib.Variant.get_bytestring", NULL, "(<b'ab'>,)", "b'ab'" },
  { "GLib.Variant.dup_bytestring", NULL, "(<b'ab'>,)", "b'ab'" },
  { "GLib.Variant.get_bytestring_array", NULL, "(<[b'ab']>,)", "['ab']" },
  { "GLib.Variant.get_child_value", NULL, "(<[1, 2]>, 1)", "<2>" },
  { "GLib.Variant.lookup_value", NULL, "(<{'a': <1>}>, 'a', null)", "<1>" },
  { "GLib.Variant.lookup_value", NULL, "(<{'a': <1>}>, 'b', null)", "null" },
  { "GLib.Variant.get_int16", NULL, "(<int16 -3>,)", "-3" },
  { "GLib.Variant.get_byte", NULL, "(<byte 3>,)", "3" },
  { "GLib.Variant.equal", NULL, "(<1>, <2>)", "FALSE" },
  { "GLib.Variant.get_string", NULL, "(<'a'>,)", "['a', 1]" },
  { "GLib.VariantType.new", NULL, "('as',)", "GVariantType" },

  /* Types */
  { "GObject.type_name", NULL, "('GObject',)", "'GObject'" },
  { "GObject.type_parent", NULL, "('GInitiallyUnowned',)", "GObject" },
  { "GObject.type_children", NULL, "('GEmblemedIcon',)", "[]" },
  { "GObject.type_interfaces", NULL, "('GCancellable',)", "[]" },
  { "GObject.type_depth", NULL, "('GInitiallyUnowned',)", "2" },

  /* Files and streams of Gio */
  { "Gio.File.new_for_path", NULL, "('/a',)", "GLocalFile" },
  { "Gio.File.get_path", g_file_get_type, "()", "'/etc/passwd'" },
  { "Gio.File.get_parent", g_file_get_type, "()", "GLocalFile" },
  { "Gio.File.peek_path", g_file_get_type, "()", "'/etc/passwd'" },
  { "Gio.File.query_exists", g_file_get_type, "(null,)", "TRUE" },
  { "Gio.File.query_file_type", g_file_get_type, "('nofollow-symlinks', null)", "1" },
  { "Gio.File.query_info", g_file_get_type, "('standard::*', 'none', null)", "GFileInfo" },
  { "Gio.File.read", g_file_get_type, "(null,)", "GLocalFileInputStream" },
  { "Gio.File.has_uri_scheme", g_file_get_type, "('file',)", "TRUE" },
  { "Gio.File.resolve_relative_path", g_file_get_type, "('..',)", "GLocalFile" },
  { "Gio.File.enumerate_children", g_file_get_type, "('*', 'none', null)",
    "g-io-error-quark: Error opening directory '/etc/passwd': Not a directory" },
  { "Gio.MemoryInputStream.new_from_bytes", NULL, "(b'abc',)", "GMemoryInputStream" },
  { "Gio.MemoryInputStream.read_bytes", g_memory_input_stream_get_type, "(2, null)", "b'ab'" },
  { "Gio.InputStream.skip", g_memory_input_stream_get_type, "(2, null)", "2" },
  { "Gio.BufferedInputStream.peek_buffer", g_data_input_stream_get_type, "()", "b''" },
  { "Gio.InputStream.close", g_memory_input_stream_get_type, "(null,)", "null" },
  { "Gio.DataInputStream.new", g_memory_input_stream_get_type, "()", "GDataInputStream" },
  { "Gio.DataInputStream.read_byte", g_data_input_stream_get_type, "(null,)", "97" },
  { "Gio.DataInputStream.read_line", g_data_input_stream_get_type, "(null,)", "[b'abc', 3]" },
  { "Gio.DataInputStream.read_line_utf8", g_data_input_stream_get_type, "(null,)", "['abc', 3]" },
  { "Gio.DataInputStream.read_upto", g_data_input_stream_get_type, "('c', -1, null)", "['ab', 2]" },
  { "Gio.MemoryOutputStream.new_resizable", NULL, "()", "GMemoryOutputStream" },
  { "Gio.OutputStream.write", g_memory_output_stream_get_type, "(b'abc', null)", "3" },
  { "Gio.OutputStream.write_all", g_memory_output_stream_get_type, "(b'abc', null)", "3" },
  { "Gio.OutputStream.write_bytes", g_memory_output_stream_get_type, "(b'abc', null)", "3" },

  /* Other functions of Gio */
  { "Gio.content_type_guess", NULL, "('a.txt', b'abc')", "['text/plain', FALSE]" },
  { "Gio.content_type_guess", NULL, "('a.txt', null)", "['text/plain', FALSE]" },
  { "Gio.content_type_from_mime_type", NULL, "('a/b',)", "'a/b'" },
  { "Gio.action_name_is_valid", NULL, "('a b',)", "FALSE" },
  { "Gio.Action.parse_detailed_name", NULL, "('a::b',)", "['a', <'b'>]" },
  { "Gio.Action.print_detailed_name", NULL, "('a', <1>)", "'a(1)'" },
  { "Gio.SimpleAction.new", NULL, "('a', null)", "GSimpleAction" },
  { "Gio.dbus_is_guid", NULL, "('x',)", "FALSE" },
  { "Gio.dbus_address_escape_value", NULL, "('a:b',)", "'a%3Ab'" },
  { "Gio.InetAddress.new_from_string", NULL, "('::1',)", "GInetAddress" },
  { "Gio.InetAddress.new_from_string", NULL, "('x',)", "null" },
  { "Gio.InetAddress.to_string", g_inet_address_get_type, "()", "'::1'" },
  { "Gio.InetAddress.get_family", g_inet_address_get_type, "()", "10" },
  { "Gio.NetworkAddress.parse", NULL, "('a:1', 2)", "GNetworkAddress" },
  { "Gio.Icon.new_for_string", NULL, "('a',)", "GThemedIcon" },
  { "Gio.ThemedIcon.new_from_names", NULL, "(['a', 'b'],)", "GThemedIcon" },
  { "Gio.ThemedIcon.get_names", g_themed_icon_get_type, "()", "['a-b', 'a', 'a-b-symbolic', 'a-symbolic']" },
  { "Gio.ZlibCompressor.new", NULL, "('gzip', -1)", "GZlibCompressor" },
  { "Gio.FileInfo.new", NULL, "()", "GFileInfo" },
  { "Gio.FileInfo.set_attribute_uint64", g_file_info_get_type, "('a', uint64 18446744073709551615)", "null" },
  { "Gio.FileInfo.get_attribute_stringv", g_file_info_get_type, "('x::words',)", "['a', 'b']" },
  { "Gio.FileInfo.list_attributes", g_file_info_get_type, "('x',)", "['x::words']" },
  { "Gio.FileInfo.list_attributes", g_file_info_get_type, "('y',)", "[]" },
  { "Gio.FileAttributeMatcher.new", NULL, "('*',)", "GFileAttributeMatcher" },
  { "Gio.Subprocess.new", NULL, "(['true'], 'none')", "GSubprocess" },
  { "Gio.Subprocess.new", NULL, "(['no-such-program'], 'none')",
    "g-exec-error-quark: Failed to execute child process “no-such-program” (No such file or directory)" },
  { "Gio-2.0.Cancellable.new", NULL, "()", "GCancellable" },
  { "Gio.ListStore.new", NULL, "('GObject',)", "GListStore" },
};

/* Makes the instance for the rows that name this type. */
static void
athr_invoke_make (GType   type,
                  GValue *value)
{
  if (type == G_TYPE_DATE)
    athr_invoke_test_take (value, type, g_date_new_dmy (29, 2, 2024));
  else if (type == G_TYPE_DATE_TIME)
    athr_invoke_test_take (value, type, g_date_time_new_utc (2024, 2, 29, 0, 0, 0));
  else if (type == G_TYPE_REGEX)
    athr_invoke_test_take (value, type, g_regex_new ("a", 0, 0, NULL));
  else if (type == G_TYPE_BYTES)
    athr_invoke_test_take (value, type, g_bytes_new ("abc", 3));
  else if (type == G_TYPE_KEY_FILE)
    {
      GKeyFile *file = g_key_file_new ();

      g_key_file_load_from_data (file, "[a]\nno=false\nnumbers=1;2;3\nbooleans=true;false\n", -1, 0, NULL);
      athr_invoke_test_take (value, type, file);
    }
  else if (type == G_TYPE_FILE)
    athr_invoke_test_take (value, type, g_file_new_for_path ("/etc/passwd"));
  else if (type == G_TYPE_MEMORY_INPUT_STREAM)
    athr_invoke_test_take (value, type, g_memory_input_stream_new_from_data ("abc", 3, NULL));
  else if (type == G_TYPE_DATA_INPUT_STREAM)
    {
      g_autoptr (GInputStream) stream = g_memory_input_stream_new_from_data ("abc", 3, NULL);

      athr_invoke_test_take (value, type, g_data_input_stream_new (stream));
    }
  else if (type == G_TYPE_MEMORY_OUTPUT_STREAM)
    athr_invoke_test_take (value, type, g_memory_output_stream_new_resizable ());
  else if (type == G_TYPE_INET_ADDRESS)
    athr_invoke_test_take (value, type, g_inet_address_new_from_string ("::1"));
  else if (type == G_TYPE_THEMED_ICON)
    athr_invoke_test_take (value, type, g_themed_icon_new_with_default_fallbacks ("a-b"));
  else if (type == G_TYPE_FILE_INFO)
    {
      const char *words[] = { "a", "b", NULL };
      GFileInfo *info = g_file_info_new ();

      g_file_info_set_attribute_stringv (info, "x::words", (char **) words);
      athr_invoke_test_take (value, type, info);
    }
  else
    g_error ("This test makes no %s", g_type_name (type));
}

static void
test_row (gconstpointer data)
{
  const AthrInvokeRow *row = data;
  g_autofree char *result = NULL;
  GValue self = G_VALUE_INIT;

  if (row->instance != NULL)
    athr_invoke_make (row->instance (), &self);
  result = athr_invoke_test_run (row->name, row->instance != NULL ? &self : NULL, row->args);
  if (row->instance != NULL)
    g_value_unset (&self);

  g_assert_cmpstr (result, ==, row->result);
}

int
main (int   argc,
      char *argv[])
{
  setlocale (LC_ALL, "C.UTF-8");
  g_test_init (&argc, &argv, NULL);
  g_type_ensure (G_TYPE_INITIALLY_UNOWNED);
  g_type_ensure (G_TYPE_EMBLEMED_ICON);
  g_type_ensure (G_TYPE_CANCELLABLE);

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = g_strdup_printf ("/athr/invoke/functions/%s-%03u", rows[i].name, (guint) i);

      g_test_add_data_func (path, &rows[i], test_row);
    }

  return g_test_run ();
}
