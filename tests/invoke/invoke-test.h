/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <string.h>

#include <athreading/athreading-invoke.h>

#include "athr-test.h"

/* The tests of AthrInvoke write arguments and results as text, with these functions. */

/* Converts a variant to a value. b'bytes' become GBytes, an array of strings a GStrv, and nothing (in the text: null)
 * becomes a null pointer. A variant of type v becomes the variant in it. Other arrays stay variants. */
static inline void
athr_invoke_test_read (GVariant *text,
                       GValue   *value)
{
  switch (g_variant_classify (text))
    {
    case G_VARIANT_CLASS_BOOLEAN:
      g_value_init (value, G_TYPE_BOOLEAN);
      g_value_set_boolean (value, g_variant_get_boolean (text));
      break;
    case G_VARIANT_CLASS_INT32:
      g_value_init (value, G_TYPE_INT);
      g_value_set_int (value, g_variant_get_int32 (text));
      break;
    case G_VARIANT_CLASS_INT64:
      g_value_init (value, G_TYPE_INT64);
      g_value_set_int64 (value, g_variant_get_int64 (text));
      break;
    case G_VARIANT_CLASS_UINT64:
      g_value_init (value, G_TYPE_UINT64);
      g_value_set_uint64 (value, g_variant_get_uint64 (text));
      break;
    case G_VARIANT_CLASS_DOUBLE:
      g_value_init (value, G_TYPE_DOUBLE);
      g_value_set_double (value, g_variant_get_double (text));
      break;
    case G_VARIANT_CLASS_STRING:
      g_value_init (value, G_TYPE_STRING);
      g_value_set_string (value, g_variant_get_string (text, NULL));
      break;
    case G_VARIANT_CLASS_MAYBE:
      g_value_init (value, G_TYPE_POINTER);
      break;
    case G_VARIANT_CLASS_VARIANT:
      g_value_init (value, G_TYPE_VARIANT);
      g_value_take_variant (value, g_variant_get_variant (text));
      break;
    default:
      if (g_variant_is_of_type (text, G_VARIANT_TYPE_BYTESTRING))
        {
          gsize length;
          const char *bytes = g_variant_get_fixed_array (text, &length, 1);

          /* The text b'bytes' has a zero at the end, which does not count. */
          if (length > 0 && bytes[length - 1] == '\0')
            length--;
          g_value_init (value, G_TYPE_BYTES);
          g_value_take_boxed (value, g_bytes_new (bytes, length));
        }
      else if (g_variant_is_of_type (text, G_VARIANT_TYPE_STRING_ARRAY))
        {
          g_value_init (value, G_TYPE_STRV);
          g_value_take_boxed (value, g_variant_dup_strv (text, NULL));
        }
      else
        {
          g_value_init (value, G_TYPE_VARIANT);
          g_value_set_variant (value, text);
        }
      break;
    }
}

/* Creates a GArray of GValue from @self, if that is not NULL, and the tuple in @text. */
static inline GArray *
athr_invoke_test_args (const GValue *self,
                       const char   *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) typed = g_string_new (text);
  g_autoptr (GVariant) tuple = NULL;
  GArray *args = g_array_new (FALSE, TRUE, sizeof (GValue));

  g_string_replace (typed, "null", "@mv nothing", 0);
  tuple = g_variant_parse (NULL, typed->str, NULL, NULL, &error);
  g_assert_no_error (error);
  g_array_set_clear_func (args, (GDestroyNotify) g_value_unset);
  if (self != NULL)
    {
      g_array_set_size (args, 1);
      g_value_init (&g_array_index (args, GValue, 0), G_VALUE_TYPE (self));
      g_value_copy (self, &g_array_index (args, GValue, 0));
    }
  for (gsize i = 0; i < g_variant_n_children (tuple); i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (tuple, i);

      g_array_set_size (args, args->len + 1);
      athr_invoke_test_read (child, &g_array_index (args, GValue, args->len - 1));
    }

  return args;
}

/* Converts a value to text. Of objects and boxed values the text is the name of the type. */
static inline char *
athr_invoke_test_print (const GValue *value)
{
  g_autoptr (GVariant) variant = NULL;
  GValue text = G_VALUE_INIT;
  char *printed;

  if (g_value_fits_pointer (value) && g_value_peek_pointer (value) == NULL)
    return g_strdup ("null");
  if (G_VALUE_HOLDS (value, ATHR_INVOKE_TYPE_VALUES))
    {
      AthrInvokeValues *values = g_value_get_boxed (value);
      g_autoptr (GString) all = g_string_new ("[");

      for (guint i = 0; i < athr_invoke_values_get_length (values); i++)
        {
          g_autofree char *one = athr_invoke_test_print (athr_invoke_values_get (values, i));

          g_string_append_printf (all, "%s%s", i > 0 ? ", " : "", one);
        }
      g_string_append_c (all, ']');
      return g_string_free (g_steal_pointer (&all), FALSE);
    }
  if (G_VALUE_HOLDS (value, G_TYPE_BYTES))
    {
      GValue array = G_VALUE_INIT;

      g_value_init (&array, G_TYPE_BYTE_ARRAY);
      g_value_take_boxed (&array, g_bytes_unref_to_array (g_value_dup_boxed (value)));
      printed = athr_invoke_test_print (&array);
      g_value_unset (&array);
      return printed;
    }
  if (G_VALUE_HOLDS (value, G_TYPE_BYTE_ARRAY))
    {
      GByteArray *array = g_value_get_boxed (value);
      gsize length = array->len;
      const char *data = (const char *) array->data;
      g_autofree char *bytes = g_strndup (data != NULL ? data : "", length);

      if (strlen (bytes) == length)
        variant = g_variant_ref_sink (g_variant_new_bytestring (bytes));
      else
        variant = g_variant_ref_sink (g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, data, length, 1));
    }
  else if (G_VALUE_HOLDS_STRING (value))
    variant = g_variant_ref_sink (g_variant_new_string (g_value_get_string (value)));
  else if (G_VALUE_HOLDS (value, G_TYPE_STRV))
    variant = g_variant_ref_sink (g_variant_new_strv (g_value_get_boxed (value), -1));
  else if (G_VALUE_HOLDS_VARIANT (value))
    variant = g_variant_ref_sink (g_variant_new_variant (g_value_get_variant (value)));
  else if (G_VALUE_HOLDS_GTYPE (value))
    return g_strdup (g_type_name (g_value_get_gtype (value)));
  else if (G_VALUE_HOLDS_DOUBLE (value))
    variant = g_variant_ref_sink (g_variant_new_double (g_value_get_double (value)));
  if (variant != NULL)
    return g_variant_print (variant, FALSE);

  if (G_VALUE_HOLDS_OBJECT (value))
    return g_strdup (G_OBJECT_TYPE_NAME (g_value_get_object (value)));
  if (G_VALUE_HOLDS_ENUM (value))
    return g_strdup_printf ("%d", g_value_get_enum (value));
  if (G_VALUE_HOLDS_FLAGS (value))
    return g_strdup_printf ("%u", g_value_get_flags (value));
  if (!g_value_type_transformable (G_VALUE_TYPE (value), G_TYPE_STRING))
    return g_strdup (G_VALUE_TYPE_NAME (value));

  g_value_init (&text, G_TYPE_STRING);
  g_value_transform (value, &text);
  printed = g_value_dup_string (&text);
  g_value_unset (&text);

  return printed;
}

/* Creates a call of @name with @self, if that is not NULL, and the arguments in @text. */
static inline AthrCall *
athr_invoke_test_new (const char    *name,
                      const GValue  *self,
                      const char    *text,
                      GError       **error)
{
  g_autoptr (GArray) args = athr_invoke_test_args (self, text);

  return athr_invoke_call_new (name, (const GValue *) args->data, args->len, error);
}

/* Runs such a call and returns the result, or "domain: message". */
static inline char *
athr_invoke_test_run (const char   *name,
                      const GValue *self,
                      const char   *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AthrCall) call = athr_invoke_test_new (name, self, text, &error);
  GValue value = G_VALUE_INIT;
  char *printed;

  if (error == NULL)
    athr_call_run (call, NULL, &value, &error);
  if (error != NULL)
    return g_strdup_printf ("%s: %s", g_quark_to_string (error->domain), error->message);

  printed = athr_invoke_test_print (&value);
  g_value_unset (&value);

  return printed;
}

/* Initializes a value and moves the reference to @instance into it. */
static inline void
athr_invoke_test_take (GValue   *value,
                       GType     type,
                       gpointer  instance)
{
  g_value_init (value, type);
  if (G_TYPE_IS_BOXED (type))
    g_value_take_boxed (value, instance);
  else if (type == G_TYPE_VARIANT)
    g_value_take_variant (value, instance);
  else
    g_value_take_object (value, instance);
}
