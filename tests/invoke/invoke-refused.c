/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "invoke-test.h"

/* The functions and arguments that are refused before anything runs, each with its message. */

typedef struct
{
  const char *path;
  const char *name;
  const char *args;
  GIOErrorEnum code;
  const char *message; /* after the name of the function */
} AthrRefusedRow;

#define CANNOT_RUN "is not supported: functions of other languages cannot run on a worker"
#define WRITES "the function writes into it, so the caller would have to allocate it"
#define CHANGES "is not supported: the function may change it, and would change a copy; call the function directly"

static const AthrRefusedRow rows[] = {
  /* Functions that AthrInvoke cannot call */
  { "shape/callback", "GLib.idle_add", "()", G_IO_ERROR_NOT_SUPPORTED,
    "the argument function, of type GLib.SourceFunc, " CANNOT_RUN },
  { "shape/async", "Gio.File.load_contents_async", "()", G_IO_ERROR_NOT_SUPPORTED,
    "the argument callback, of type Gio.AsyncReadyCallback, " CANNOT_RUN "; take Gio.File.load_contents" },
  { "shape/destroy", "Gio.MemoryInputStream.new_from_data", "()", G_IO_ERROR_NOT_SUPPORTED,
    "the argument destroy, of type GLib.DestroyNotify, " CANNOT_RUN "; take Gio.MemoryInputStream.new_from_bytes" },
  { "shape/closure", "GObject.signal_connect_closure", "()", G_IO_ERROR_NOT_SUPPORTED,
    "the argument closure, of type GObject.Closure, " CANNOT_RUN },
  { "shape/inout", "GLib.base64_decode_inplace", "()", G_IO_ERROR_NOT_SUPPORTED,
    "the argument text, of type array of guint8, is not supported: it goes in and out; take GLib.base64_decode" },
  { "shape/hash-table-in", "GLib.hash_table_size", "()", G_IO_ERROR_NOT_SUPPORTED,
    "the argument hash_table, of type GLib.HashTable, is not supported: hash tables are of strings only" },
  { "shape/array-of-structs", "GLib.log_structured_array", "()", G_IO_ERROR_NOT_SUPPORTED,
    "the argument fields, of type array of GLib.LogField, is not supported: "
    "arrays are of numbers, strings and objects only" },
  { "shape/array-of-objects", "Gio.Application.open", "()", G_IO_ERROR_NOT_SUPPORTED,
    "the argument files, of type array of Gio.File, is not supported: lists and arrays of objects are results only" },
  { "shape/buffer", "Gio.InputStream.read", "()", G_IO_ERROR_NOT_SUPPORTED,
    "the argument buffer, of type array of guint8, is not supported: the caller would have to allocate it; "
    "take Gio.InputStream.read_bytes" },

  /* What only the GIR file says */
  { "mistaken/output", "GLib.unichar_to_utf8", "()", G_IO_ERROR_NOT_SUPPORTED,
    "the argument outbuf, of type utf8, is not supported: " WRITES },
  { "mistaken/number", "GLib.unichar_fully_decompose", "()", G_IO_ERROR_NOT_SUPPORTED,
    "the argument result, of type gunichar, is not supported: " WRITES },
  { "mistaken/text", "GLib.ascii_dtostr", "()", G_IO_ERROR_NOT_SUPPORTED,
    "the argument buffer, of type utf8, is not supported: " WRITES },
  { "mistaken/returned-text", "GLib.strup", "()", G_IO_ERROR_NOT_SUPPORTED,
    "the argument string, of type utf8, is not supported: " WRITES "; take GLib.utf8_strup" },
  { "mistaken/bytes", "Gio.BufferedInputStream.peek", "()", G_IO_ERROR_NOT_SUPPORTED,
    "the argument buffer, of type array of guint8, is not supported: " WRITES
    "; take Gio.BufferedInputStream.peek_buffer" },
  { "mistaken/numbers", "GLib.unix_open_pipe", "()", G_IO_ERROR_NOT_SUPPORTED,
    "the argument fds, of type array of gint32, is not supported: " WRITES },
  { "mistaken/error", "GLib.prefix_error_literal", "(1, 'a')", G_IO_ERROR_NOT_SUPPORTED, NULL },
  { "mistaken/position", "GLib.utf8_pointer_to_offset", "()", G_IO_ERROR_NOT_SUPPORTED,
    "the argument pos, of type utf8, is not supported: it is a position in a text, of which the call has a copy" },
  { "mistaken/array-of-texts", "GLib.Regex.replace", "()", G_IO_ERROR_NOT_SUPPORTED,
    "the argument string, of type array of utf8, is not supported: C has one text there" },

  /* References */
  { "reference/unref", "GObject.Object.unref", "()", G_IO_ERROR_NOT_SUPPORTED,
    "is not supported: it frees what the caller still has" },
  { "reference/free", "GLib.Checksum.free", "()", G_IO_ERROR_NOT_SUPPORTED,
    "is not supported: it frees what the caller still has" },
  { "reference/ref", "GObject.Object.ref", "()", G_IO_ERROR_NOT_SUPPORTED,
    "is not supported: languages count references themselves" },
  { "reference/function", "GLib.byte_array_unref", "()", G_IO_ERROR_NOT_SUPPORTED,
    "is not supported: it frees what the caller still has" },
  { "reference/static", "GLib.quark_from_static_string", "()", G_IO_ERROR_NOT_SUPPORTED,
    "is not supported: it keeps what the call frees; take GLib.quark_from_string" },
  { "reference/match-info", "GLib.Regex.match", "()", G_IO_ERROR_NOT_SUPPORTED,
    "the argument match_info, of type GLib.MatchInfo, is not supported: it would refer to a text that is gone; "
    "take GLib.Regex.match_simple" },
  { "reference/take", "GLib.Variant.take_ref", "()", G_IO_ERROR_NOT_SUPPORTED,
    "is not supported: languages count references themselves" },
  { "reference/static-flag", "GObject.param_spec_boolean", "('a', null, null, true, 'readable|static-nick')",
    G_IO_ERROR_NOT_SUPPORTED,
    "argument 5, flags, of type GObject.ParamFlags, has a flag that calls a text static: the function would keep the "
    "text, and the call frees its copy; leave the flag out" },

  { "shape/pointer-in", "GLib.int_hash", "()", G_IO_ERROR_NOT_SUPPORTED,
    "the argument v, of type gpointer, is not supported: nothing says what it points to" },
  { "shape/pointer-out", "GObject.Object.get_data", "()", G_IO_ERROR_NOT_SUPPORTED,
    "what it returns, of type gpointer, is not supported: nothing says what it points to" },
  { "shape/value", "GObject.Object.set_property", "()", G_IO_ERROR_NOT_SUPPORTED,
    "the argument value, of type GObject.Value, is not supported: it can hold what has to stay on its thread" },
  { "shape/value-array-instance", "GObject.ValueArray.append", "()", G_IO_ERROR_NOT_SUPPORTED,
    "the argument self, of type GObject.ValueArray, is not supported: it can hold what has to stay on its thread" },
  { "shape/value-array", "GObject.ValueArray.new", "()", G_IO_ERROR_NOT_SUPPORTED,
    "what it returns, of type GObject.ValueArray, is not supported: it can hold what has to stay on its thread" },
  { "shape/value-instance", "GObject.Value.get_int", "()", G_IO_ERROR_NOT_SUPPORTED,
    "the argument self, of type GObject.Value, is not supported: it can hold what has to stay on its thread" },
  { "shape/no-gtype", "GLib.Queue.clear", "()", G_IO_ERROR_NOT_SUPPORTED,
    "the argument self, of type GLib.Queue, is not supported: it has no GType" },
  { "shape/struct-out", "GObject.type_query", "()", G_IO_ERROR_NOT_SUPPORTED,
    "the argument query, of type GObject.TypeQuery, is not supported: it has no GType" },
  { "shape/varargs", "GLib.strdup_printf", "()", G_IO_ERROR_NOT_FOUND,
    "GLib 2.0 has no function of this name that bindings can call" },

  /* Names */
  { "name/empty", "", "()", G_IO_ERROR_INVALID_ARGUMENT, NULL },
  { "name/no-namespace", "usleep", "()", G_IO_ERROR_INVALID_ARGUMENT, NULL },
  { "name/too-many-parts", "Gio.File.load.contents", "()", G_IO_ERROR_INVALID_ARGUMENT, NULL },
  { "name/newline-at-end", "GLib.get_user_name\n", "()", G_IO_ERROR_INVALID_ARGUMENT, NULL },
  { "name/return-at-end", "GLib.get_user_name\r", "()", G_IO_ERROR_INVALID_ARGUMENT, NULL },
  { "name/namespace", "NoSuch.thing", "()", G_IO_ERROR_NOT_FOUND,
    "Typelib file for namespace 'NoSuch' (any version) not found" },
  { "name/version", "NoSuch-3.0.thing", "()", G_IO_ERROR_NOT_FOUND,
    "Typelib file for namespace 'NoSuch', version '3.0' not found" },
  { "name/other-version", "GLib-9.0.usleep", "()", G_IO_ERROR_NOT_FOUND, NULL },
  { "name/function", "GLib.no_such", "()", G_IO_ERROR_NOT_FOUND,
    "GLib 2.0 has no function of this name that bindings can call" },
  { "name/method", "Gio.File.no_such", "()", G_IO_ERROR_NOT_FOUND,
    "Gio 2.0 has no function of this name that bindings can call" },
  { "name/type", "Gio.NoSuch.new", "()", G_IO_ERROR_NOT_FOUND, "Gio 2.0 has no type NoSuch" },
  { "name/no-function", "Gio.File", "()", G_IO_ERROR_NOT_FOUND,
    "Gio 2.0 has no function of this name that bindings can call" },
  { "name/inherited-function", "Gio.TcpConnection.factory_lookup_type", "()", G_IO_ERROR_NOT_FOUND,
    "Gio 2.0 has no function of this name that bindings can call" },

  /* Numbers of arguments */
  { "count/none", "GLib.usleep", "()", G_IO_ERROR_INVALID_ARGUMENT,
    "takes 1 argument (guint64 microseconds), not 0" },
  { "count/more", "GLib.usleep", "(1, 2)", G_IO_ERROR_INVALID_ARGUMENT,
    "takes 1 argument (guint64 microseconds), not 2" },
  { "count/without-instance", "Gio.File.load_contents", "(null,)", G_IO_ERROR_INVALID_ARGUMENT,
    "takes 2 arguments (Gio.File self, Gio.Cancellable cancellable), not 1" },
  { "count/lengths-are-hidden", "GLib.compute_checksum_for_data", "(1, b'a', 1)", G_IO_ERROR_INVALID_ARGUMENT,
    "takes 2 arguments (GLib.ChecksumType checksum_type, array of guint8 data), not 3" },

  /* Types */
  { "type/string-for-number", "GLib.usleep", "('1',)", G_IO_ERROR_INVALID_ARGUMENT,
    "argument 1, microseconds, must be guint64, not gchararray" },
  { "type/boolean-for-number", "GLib.usleep", "(true,)", G_IO_ERROR_INVALID_ARGUMENT,
    "argument 1, microseconds, must be guint64, not gboolean" },
  { "type/number-for-string", "GLib.uri_parse_scheme", "(1,)", G_IO_ERROR_INVALID_ARGUMENT,
    "argument 1, uri, must be utf8, not gint" },
  { "type/number-for-boolean", "GLib.Variant.new_boolean", "(1,)", G_IO_ERROR_INVALID_ARGUMENT,
    "argument 1, value, must be gboolean, not gint" },
  { "type/string-for-object", "Gio.File.get_path", "('/a',)", G_IO_ERROR_INVALID_ARGUMENT,
    "argument 1, self, must be Gio.File, not gchararray" },
  { "type/bytes-for-boxed", "GLib.KeyFile.get_keys", "(b'', 'a')", G_IO_ERROR_INVALID_ARGUMENT,
    "argument 1, self, must be GLib.KeyFile, not GBytes" },
  { "type/string-for-strings", "GLib.build_filenamev", "('a',)", G_IO_ERROR_INVALID_ARGUMENT,
    "argument 1, args, must be array of filename, not gchararray" },
  { "type/numbers-for-strings", "GLib.build_filenamev", "([1],)", G_IO_ERROR_INVALID_ARGUMENT,
    "argument 1, args, must be array of filename, not a GVariant of type ai" },
  { "type/strings-for-bytes", "GLib.base64_encode", "(['a'],)", G_IO_ERROR_INVALID_ARGUMENT,
    "argument 1, data, must be array of guint8, not GStrv" },
  { "type/string-for-character", "GLib.unichar_toupper", "('ab',)", G_IO_ERROR_INVALID_ARGUMENT,
    "argument 1, c, must be gunichar, so a string of one character" },
  { "type/variant-for-string", "GLib.uri_parse_scheme", "(<'a'>,)", G_IO_ERROR_INVALID_ARGUMENT,
    "argument 1, uri, must be utf8, not GVariant" },
  { "type/no-such-gtype", "GObject.type_name", "('NoSuch',)", G_IO_ERROR_INVALID_ARGUMENT,
    "argument 1, type, must be GType, and there is no \"NoSuch\"" },

  /* Ranges */
  { "range/below", "GLib.usleep", "(-1,)", G_IO_ERROR_INVALID_ARGUMENT,
    "argument 1, microseconds, must be guint64, which cannot be -1" },
  { "range/above", "GLib.Variant.new_byte", "(256,)", G_IO_ERROR_INVALID_ARGUMENT,
    "argument 1, value, must be guint8, which cannot be 256" },
  { "range/int16", "GLib.Variant.new_int16", "(-32769,)", G_IO_ERROR_INVALID_ARGUMENT,
    "argument 1, value, must be gint16, which cannot be -32769" },
  { "range/int64", "GLib.Variant.new_int64", "(uint64 9223372036854775808,)", G_IO_ERROR_INVALID_ARGUMENT,
    "argument 1, value, must be gint64, which cannot be 9223372036854775808" },
  { "range/fraction", "GLib.Variant.new_int32", "(1.5,)", G_IO_ERROR_INVALID_ARGUMENT,
    "argument 1, value, must be gint32, which cannot be 1.5" },
  { "range/too-small", "GLib.Variant.new_int64", "(-9223372036854777856.0,)", G_IO_ERROR_INVALID_ARGUMENT,
    "argument 1, value, must be gint64, which cannot be -9.2233720368547779e+18" },
  { "range/not-finite", "GLib.Variant.new_int32", "(inf,)", G_IO_ERROR_INVALID_ARGUMENT,
    "argument 1, value, must be gint32, which cannot be inf" },
  { "range/too-large", "GLib.Variant.new_uint64", "(18446744073709551616.0,)", G_IO_ERROR_INVALID_ARGUMENT,
    "argument 1, value, must be guint64, which cannot be 1.8446744073709552e+19" },
  { "range/element", "GLib.base64_encode", "([1, 256],)", G_IO_ERROR_INVALID_ARGUMENT,
    "argument 1, data, must be array of guint8, of which none can be 256" },
  { "range/character", "GLib.unichar_toupper", "(55296,)", G_IO_ERROR_INVALID_ARGUMENT,
    "argument 1, c, must be gunichar, which is no character's number" },
  { "range/enum", "GLib.Date.valid_dmy", "(1, 99, 2024)", G_IO_ERROR_INVALID_ARGUMENT,
    "argument 2, month, must be GLib.DateMonth, which has no 99" },
  { "range/nick", "GLib.Date.valid_dmy", "(1, 'smarch', 2024)", G_IO_ERROR_INVALID_ARGUMENT,
    "argument 2, month, must be GLib.DateMonth, which has no \"smarch\"" },
  { "range/several-nicks", "GLib.Date.valid_dmy", "(1, 'march|april', 2024)", G_IO_ERROR_INVALID_ARGUMENT,
    "argument 2, month, must be GLib.DateMonth, which has no \"march|april\"" },
  { "range/flag", "GLib.file_test", "('/', 'is-dir|is-nice')", G_IO_ERROR_INVALID_ARGUMENT,
    "argument 2, test, must be GLib.FileTest, which has no \"is-nice\"" },
  { "range/flags", "GLib.file_test", "('/', -1)", G_IO_ERROR_INVALID_ARGUMENT,
    "argument 2, test, must be GLib.FileTest, which cannot be -1" },

  /* Nulls */
  { "null/number", "GLib.usleep", "(null,)", G_IO_ERROR_INVALID_ARGUMENT,
    "argument 1, microseconds, must be guint64, not null" },
  { "null/string", "GLib.uri_parse_scheme", "(null,)", G_IO_ERROR_INVALID_ARGUMENT,
    "argument 1, uri, must be utf8, not null" },
  { "null/instance", "Gio.File.get_path", "(null,)", G_IO_ERROR_INVALID_ARGUMENT,
    "argument 1, self, must be Gio.File, not null" },
  { "null/cancellable-instance", "Gio.Cancellable.is_cancelled", "(null,)", G_IO_ERROR_INVALID_ARGUMENT,
    "argument 1, self, must be Gio.Cancellable, not null" },
  { "null/boxed", "GLib.compute_checksum_for_bytes", "(1, null)", G_IO_ERROR_INVALID_ARGUMENT,
    "argument 2, data, must be GLib.Bytes, not null" },
  { "null/array", "GLib.build_filenamev", "(null,)", G_IO_ERROR_INVALID_ARGUMENT,
    "argument 1, args, must be array of filename, not null" },
  { "null/character", "GLib.unichar_toupper", "(null,)", G_IO_ERROR_INVALID_ARGUMENT,
    "argument 1, c, must be gunichar, not null" },
  { "null/only-callback", "GLib.spawn_sync", "(null, ['true'], null, 'search-path', 1)", G_IO_ERROR_NOT_SUPPORTED,
    "argument 5, child_setup, of type GLib.SpawnChildSetupFunc, must be null: "
    "functions of other languages cannot run on a worker" },
  { "null/only-pointer", "GLib.Variant.parse", "(null, '1', null, 'x')", G_IO_ERROR_NOT_SUPPORTED,
    "argument 4, endptr, of type utf8, must be null: C has a pointer to another pointer there" },
  { "null/enum", "GLib.Date.valid_dmy", "(1, null, 2024)", G_IO_ERROR_INVALID_ARGUMENT,
    "argument 2, month, must be GLib.DateMonth, not null" },
};

static void
test_row (gconstpointer data)
{
  const AthrRefusedRow *row = data;
  g_autofree char *message = g_strdup_printf ("%s: %s", row->name, row->message);
  g_autoptr (GError) error = NULL;

  g_assert_null (athr_invoke_test_new (row->name, NULL, row->args, &error));
  g_assert_error (error, G_IO_ERROR, (int) row->code);
  if (row->message != NULL)
    g_assert_cmpstr (error->message, ==, message);
  else
    g_assert_true (g_str_has_prefix (error->message, row->name));
}

static void
assert_refused (const char   *name,
                const GValue *args,
                gsize         n_args,
                const char   *message)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (athr_invoke_call_new (name, args, n_args, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_assert_cmpstr (error->message, ==, message);
}

/* An instance of another class is refused. */
static void
test_other_instance (void)
{
  GValue args[2] = { G_VALUE_INIT, G_VALUE_INIT };

  athr_invoke_test_take (&args[0], G_TYPE_OBJECT, g_cancellable_new ());
  g_value_init (&args[1], G_TYPE_POINTER);
  assert_refused ("Gio.File.get_path", args, 1,
                  "Gio.File.get_path: argument 1, self, must be Gio.File, not GCancellable");
  g_value_unset (&args[0]);

  /* The instance must be of the class in the name, even if a parent of that class declares the method. */
  athr_invoke_test_take (&args[0], G_TYPE_OBJECT, g_memory_input_stream_new ());
  assert_refused ("Gio.FileInputStream.close", args, 2,
                  "Gio.FileInputStream.close: argument 1, self, must be Gio.FileInputStream, not GMemoryInputStream");
  g_value_unset (&args[0]);
}

static void
test_other_enum (void)
{
  GValue args[2] = { G_VALUE_INIT, G_VALUE_INIT };

  g_value_init (&args[0], G_TYPE_STRING);
  g_value_set_string (&args[0], "a");
  g_value_init (&args[1], G_TYPE_FILE_TYPE);
  assert_refused ("Gio.NetworkAddress.new", args, 2,
                  "Gio.NetworkAddress.new: argument 2, port, must be guint16, not GFileType");
  assert_refused ("Gio.ZlibCompressor.new", (GValue[]) { args[1], args[1] }, 2,
                  "Gio.ZlibCompressor.new: argument 1, format, must be Gio.ZlibCompressorFormat, not GFileType");
  g_value_unset (&args[0]);
}

static void
test_invalid_text (void)
{
  GValue text = G_VALUE_INIT;

  g_value_init (&text, G_TYPE_STRING);
  g_value_set_string (&text, "\xff");
  assert_refused ("GLib.uri_parse_scheme", &text, 1,
                  "GLib.uri_parse_scheme: argument 1, uri, must be utf8, so valid UTF-8");
  g_value_unset (&text);

  g_value_init (&text, G_TYPE_STRV);
  g_value_set_boxed (&text, (const char *[]) { "a", "\xff", NULL });
  assert_refused ("Gio.ThemedIcon.new_from_names", &text, 1,
                  "Gio.ThemedIcon.new_from_names: argument 1, iconnames, must be array of utf8, so valid UTF-8");
  g_value_unset (&text);

  g_value_init (&text, G_TYPE_BYTES);
  g_value_take_boxed (&text, g_bytes_new ("a\0b", 3));
  assert_refused ("GLib.path_get_basename", &text, 1,
                  "GLib.path_get_basename: argument 1, file_name, must be filename, so without a zero byte");
  g_value_unset (&text);
}

static void
test_unset_value (void)
{
  GValue unset = G_VALUE_INIT;

  assert_refused ("GLib.usleep", &unset, 1,
                  "GLib.usleep: argument 1, microseconds, must be guint64, but has no value");
}

/* A function that may change a boxed value would change the copy in the call. */
static void
test_copied_boxed (void)
{
  g_autoptr (GDate) date = g_date_new_dmy (1, 1, 2020);
  GValue args[2] = { G_VALUE_INIT, G_VALUE_INIT };
  g_autoptr (GError) error = NULL;

  g_value_init (&args[0], G_TYPE_DATE);
  g_value_set_boxed (&args[0], date);
  g_value_init (&args[1], G_TYPE_INT);
  g_assert_null (athr_invoke_call_new ("GLib.Date.add_days", args, 2, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  g_assert_cmpstr (error->message, ==, "GLib.Date.add_days: argument 1, self, of type GLib.Date, " CHANGES);
  g_value_unset (&args[0]);
}

/* A refused call frees the copies of the arguments before the refused one at once. */
static void
test_frees_the_rest (void)
{
  GThread *finalized_on = NULL;
  GValue args[2] = { G_VALUE_INIT, G_VALUE_INIT };

  athr_invoke_test_take (&args[0], G_TYPE_OBJECT, athr_witness_new (&finalized_on));
  g_value_init (&args[1], G_TYPE_INT);
  assert_refused ("GObject.Object.bind_property", args, 2,
                  "GObject.Object.bind_property: takes 5 arguments (GObject.Object self, utf8 source_property, "
                  "GObject.Object target, utf8 target_property, GObject.BindingFlags flags), not 2");
  assert_refused ("GObject.Object.notify", args, 2,
                  "GObject.Object.notify: argument 2, property_name, must be utf8, not gint");
  g_assert_null (finalized_on);
  g_value_unset (&args[0]);
  g_assert_true (finalized_on == g_thread_self ());
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = g_strconcat ("/athr/invoke/refused/", rows[i].path, NULL);

      g_test_add_data_func (path, &rows[i], test_row);
    }
  g_test_add_func ("/athr/invoke/refused/type/other-instance", test_other_instance);
  g_test_add_func ("/athr/invoke/refused/type/other-enum", test_other_enum);
  g_test_add_func ("/athr/invoke/refused/type/invalid-text", test_invalid_text);
  g_test_add_func ("/athr/invoke/refused/type/unset-value", test_unset_value);
  g_test_add_func ("/athr/invoke/refused/copied-boxed", test_copied_boxed);
  g_test_add_func ("/athr/invoke/refused/frees-the-rest", test_frees_the_rest);

  return g_test_run ();
}
