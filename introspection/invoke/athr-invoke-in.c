/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#include "athr-invoke-argument-private.h"

/* Input arguments, from values to C. */

static gboolean
athr_invoke_argument_set_number (AthrInvokeArgument        *self,
                                 const AthrInvokePosition  *position,
                                 const GValue              *value,
                                 GError                   **error)
{
  g_autofree char *text = NULL;
  AthrInvokeNumber number;

  if (!athr_invoke_number_from_value (&number, value))
    return athr_invoke_position_set_type_error (position, value, error);
  if (athr_invoke_number_store (&number, self->info->type.tag, &self->value))
    return TRUE;

  text = athr_invoke_number_to_string (&number);

  return athr_invoke_position_set_error (position, error, "which cannot be %s", text);
}

/* Accepts a GType or its name, because GJS cannot turn a class into a GValue that holds a GType. */
static gboolean
athr_invoke_argument_set_gtype (AthrInvokeArgument        *self,
                                const AthrInvokePosition  *position,
                                const GValue              *value,
                                GError                   **error)
{
  const char *name;

  if (G_VALUE_HOLDS_GTYPE (value))
    {
      self->value.v_size = g_value_get_gtype (value);
      return TRUE;
    }
  if (!G_VALUE_HOLDS_STRING (value) || athr_invoke_value_is_null (value))
    return athr_invoke_position_set_type_error (position, value, error);

  name = g_value_get_string (value);
  self->value.v_size = g_type_from_name (name);
  if (self->value.v_size == 0)
    return athr_invoke_position_set_error (position, error, "and there is no \"%s\"", name);

  return TRUE;
}

/* Accepts a string of one character, or the number of the character. */
static gboolean
athr_invoke_argument_set_unichar (AthrInvokeArgument        *self,
                                  const AthrInvokePosition  *position,
                                  const GValue              *value,
                                  GError                   **error)
{
  AthrInvokeNumber number;
  const char *text;

  if (athr_invoke_number_from_value (&number, value))
    {
      if (number.kind != ATHR_INVOKE_NUMBER_NATURAL || number.natural > G_MAXUINT32 ||
          !g_unichar_validate (number.natural))
        return athr_invoke_position_set_error (position, error, "which is no character's number");
      self->value.v_uint32 = number.natural;
      return TRUE;
    }
  if (!G_VALUE_HOLDS_STRING (value) || athr_invoke_value_is_null (value))
    return athr_invoke_position_set_type_error (position, value, error);

  text = g_value_get_string (value);
  if (!g_utf8_validate (text, -1, NULL) || g_utf8_strlen (text, -1) != 1)
    return athr_invoke_position_set_error (position, error, "so a string of one character");
  self->value.v_uint32 = g_utf8_get_char (text);

  return TRUE;
}

static const AthrInvokeEnumValue *
athr_invoke_type_find_enum_value (const AthrInvokeType *self,
                                  const char           *nick,
                                  gint64                number)
{
  for (guint i = 0; i < self->enum_values->len; i++)
    {
      const AthrInvokeEnumValue *enum_value = &g_array_index (self->enum_values, AthrInvokeEnumValue, i);

      if (nick != NULL ? g_str_equal (enum_value->nick, nick) : enum_value->value == number)
        return enum_value;
    }

  return NULL;
}

/* Accepts one nick, or for flags several nicks with "|" between them. */
static gboolean
athr_invoke_argument_set_nicks (AthrInvokeArgument        *self,
                                const AthrInvokePosition  *position,
                                const char                *text,
                                GError                   **error)
{
  const AthrInvokeType *type = &self->info->type;
  /* For an enumeration the whole text is one nick, even if it contains "|". */
  g_auto (GStrv) nicks = g_strsplit (text, "|", type->kind == ATHR_INVOKE_KIND_FLAGS ? -1 : 1);
  gint64 number = 0;

  for (guint i = 0; nicks[i] != NULL; i++)
    {
      char *nick = g_strdelimit (g_strstrip (nicks[i]), "_", '-');
      const AthrInvokeEnumValue *enum_value = athr_invoke_type_find_enum_value (type, nick, 0);

      if (enum_value == NULL)
        return athr_invoke_position_set_error (position, error, "which has no \"%s\"", nick);
      number |= enum_value->value;
    }
  self->value.v_uint32 = number;

  return TRUE;
}

static gboolean
athr_invoke_type_has_nick (const AthrInvokeType *self,
                           const char           *nick,
                           gint64                number)
{
  g_autofree char *dashed = g_strdelimit (g_strdup (nick), "_", '-');
  const AthrInvokeEnumValue *enum_value = athr_invoke_type_find_enum_value (self, dashed, 0);

  return enum_value != NULL && enum_value->value == number;
}

static gboolean
athr_invoke_type_has_flags (const AthrInvokeType *self,
                            GFlagsClass          *flags_class,
                            guint                 flags)
{
  while (flags != 0)
    {
      const GFlagsValue *first = g_flags_get_first_value (flags_class, flags);

      if (first == NULL || !athr_invoke_type_has_nick (self, first->value_nick, first->value))
        return FALSE;
      flags &= ~first->value;
    }

  return TRUE;
}

/* The library has registered no GType for the enumeration, so PyGObject registers one of its own, with the nicks of the
 * typelib. By its nick such a value differs from a value of some other enumeration. */
static gboolean
athr_invoke_argument_set_foreign_enum (AthrInvokeArgument *self,
                                       const GValue       *value)
{
  const AthrInvokeType *type = &self->info->type;
  gpointer klass;
  gboolean is_same;

  if (type->gtype != G_TYPE_NONE ||
      !(type->kind == ATHR_INVOKE_KIND_ENUM ? G_VALUE_HOLDS_ENUM (value) : G_VALUE_HOLDS_FLAGS (value)))
    return FALSE;

  klass = g_type_class_ref (G_VALUE_TYPE (value));
  if (type->kind == ATHR_INVOKE_KIND_ENUM)
    {
      const GEnumValue *enum_value = g_enum_get_value (klass, g_value_get_enum (value));

      is_same = enum_value != NULL && athr_invoke_type_has_nick (type, enum_value->value_nick, enum_value->value);
      self->value.v_uint32 = g_value_get_enum (value);
    }
  else
    {
      is_same = athr_invoke_type_has_flags (type, klass, g_value_get_flags (value));
      self->value.v_uint32 = g_value_get_flags (value);
    }
  g_type_class_unref (klass);

  return is_same;
}

static gboolean
athr_invoke_argument_set_enum (AthrInvokeArgument        *self,
                               const AthrInvokePosition  *position,
                               const GValue              *value,
                               GError                   **error)
{
  const AthrInvokeType *type = &self->info->type;
  AthrInvokeNumber number;

  if (G_VALUE_HOLDS_STRING (value) && !athr_invoke_value_is_null (value))
    return athr_invoke_argument_set_nicks (self, position, g_value_get_string (value), error);

  if (type->gtype != G_TYPE_NONE && G_VALUE_HOLDS (value, type->gtype))
    {
      self->value.v_uint32 = G_VALUE_HOLDS_ENUM (value) ? (guint) g_value_get_enum (value) : g_value_get_flags (value);
      return TRUE;
    }

  if (athr_invoke_argument_set_foreign_enum (self, value))
    return TRUE;

  if (!athr_invoke_argument_set_number (self, position, value, error))
    return FALSE;

  athr_invoke_number_from_value (&number, value);
  if (type->kind == ATHR_INVOKE_KIND_ENUM && athr_invoke_type_find_enum_value (type, NULL, number.real) == NULL)
    return athr_invoke_position_set_error (position, error, "which has no %.0f", number.real);

  return TRUE;
}

static gboolean
athr_invoke_argument_set_flags (AthrInvokeArgument        *self,
                                const AthrInvokePosition  *position,
                                const GValue              *value,
                                GError                   **error)
{
  if (!athr_invoke_argument_set_enum (self, position, value, error))
    return FALSE;

  return (self->value.v_uint32 & self->info->keeping_flags) == 0 ||
         athr_invoke_position_set_refusal (position, "has a flag that calls a text static: the function would keep the "
                                           "text, and the call frees its copy; leave the flag out", error);
}

static gboolean
athr_invoke_argument_set_text (AthrInvokeArgument        *self,
                               const AthrInvokePosition  *position,
                               const GValue              *value,
                               GError                   **error)
{
  const char *text;

  /* A file name can have bytes that are not UTF-8. */
  if (self->info->type.kind == ATHR_INVOKE_KIND_FILENAME && G_VALUE_HOLDS (value, G_TYPE_BYTES))
    {
      gsize length;

      text = g_bytes_get_data (g_value_get_boxed (value), &length);
      if (length > 0 && memchr (text, '\0', length) != NULL)
        return athr_invoke_position_set_error (position, error, "so without a zero byte");
      athr_invoke_argument_set_memory (self, length > 0 ? g_strndup (text, length) : g_strdup (""), g_free);
    }
  else
    {
      if (!G_VALUE_HOLDS_STRING (value))
        return athr_invoke_position_set_type_error (position, value, error);
      text = g_value_get_string (value);
      if (self->info->type.kind == ATHR_INVOKE_KIND_UTF8 && !g_utf8_validate (text, -1, NULL))
        return athr_invoke_position_set_error (position, error, "so valid UTF-8");
      athr_invoke_argument_set_memory (self, g_strdup (text), g_free);
    }

  return TRUE;
}

/* The caller keeps a boxed value that a GValue does not own until the call is freed. */
static gboolean
athr_invoke_value_is_lent (const GValue *value)
{
  return G_VALUE_HOLDS_BOXED (value) && (value->data[1].v_uint & G_VALUE_NOCOPY_CONTENTS) != 0;
}

/* Makes the caller's own boxed value the input if the caller lends it, because a copy would hide what the function
 * changes. Returns FALSE and sets @error if the caller does not lend what the function may change. */
static gboolean
athr_invoke_argument_set_uncounted (AthrInvokeArgument        *self,
                                    const AthrInvokePosition  *position,
                                    const GValue              *value,
                                    GError                   **error)
{
  self->is_uncounted = TRUE;
  if (athr_invoke_value_is_lent (value))
    {
      g_value_unset (&self->copy);
      self->value.v_pointer = g_value_get_boxed (value);
      return TRUE;
    }

  return self->info->is_constant || position->function->is_reading ||
         athr_invoke_position_set_refusal (position, "is not supported: the function may change it, and would "
                                           "change a copy; call the function directly", error);
}

static gboolean
athr_invoke_argument_set_instance (AthrInvokeArgument        *self,
                                   const AthrInvokePosition  *position,
                                   const GValue              *value,
                                   GError                   **error)
{
  GType gtype = self->info->type.gtype;
  GType fundamental = G_TYPE_FUNDAMENTAL (G_VALUE_TYPE (value));
  gboolean fits = G_VALUE_HOLDS (value, gtype);

  if (!fits && (G_TYPE_IS_INSTANTIATABLE (fundamental) || fundamental == G_TYPE_INTERFACE))
    fits = g_type_is_a (G_TYPE_FROM_INSTANCE (g_value_peek_pointer (value)), gtype);
  if (!fits)
    return athr_invoke_position_set_type_error (position, value, error);

  g_value_init (&self->copy, G_VALUE_TYPE (value));
  g_value_copy (value, &self->copy);
  self->value.v_pointer = g_value_peek_pointer (&self->copy);

  if (self->info->transfer == GI_TRANSFER_EVERYTHING)
    {
      g_value_init (&self->transferred, G_VALUE_TYPE (value));
      g_value_copy (value, &self->transferred);
      self->value.v_pointer = g_value_peek_pointer (&self->transferred);
    }
  else if (G_VALUE_HOLDS_BOXED (value) && self->value.v_pointer != g_value_get_boxed (value))
    {
      return athr_invoke_argument_set_uncounted (self, position, value, error);
    }

  return TRUE;
}

static gboolean
athr_invoke_argument_set_length (AthrInvokeArgument        *self,
                                 const AthrInvokePosition  *array,
                                 gsize                      length,
                                 GError                   **error)
{
  AthrInvokeNumber number = { ATHR_INVOKE_NUMBER_NATURAL, .natural = length, .real = length };
  gboolean is_set = self->memory != NULL;
  guint64 before = self->value.v_uint64;

  if (!athr_invoke_number_store (&number, self->info->type.tag, &self->value))
    return athr_invoke_position_set_error (array, error, "which is too long");
  /* Several arrays can share one length argument. */
  if (is_set && self->value.v_uint64 != before)
    return athr_invoke_position_set_error (array, error, "as long as the others");
  self->memory = self;

  return TRUE;
}

gboolean
athr_invoke_argument_from_value (AthrInvokeArgument        *self,
                                 const AthrInvokePosition  *position,
                                 const GValue              *value,
                                 AthrInvokeArgument        *length,
                                 GError                   **error)
{
  const AthrInvokeType *type = &self->info->type;
  gsize n = 0;

  if (!G_IS_VALUE (value))
    return athr_invoke_position_set_error (position, error, "but has no value");
  if (self->info->null_only != NULL && !athr_invoke_value_is_null (value))
    {
      g_autofree char *reason = g_strdup_printf ("must be null: %s", self->info->null_only);

      return athr_invoke_position_set_refusal (position, reason, error);
    }
  if (athr_invoke_value_is_null (value) && (type->kind >= ATHR_INVOKE_KIND_UTF8 || self->info->null_only != NULL))
    {
      self->wants_cancellable = type->gtype == G_TYPE_CANCELLABLE && !self->info->is_instance;
      if (!self->info->is_nullable && !self->wants_cancellable)
        return athr_invoke_position_set_error (position, error, "not null");
      return length == NULL || athr_invoke_argument_set_length (length, position, 0, error);
    }

  switch (type->kind)
    {
    case ATHR_INVOKE_KIND_NUMBER:
      return athr_invoke_argument_set_number (self, position, value, error);
    case ATHR_INVOKE_KIND_BOOLEAN:
      if (!G_VALUE_HOLDS_BOOLEAN (value))
        return athr_invoke_position_set_type_error (position, value, error);
      self->value.v_boolean = g_value_get_boolean (value);
      return TRUE;
    case ATHR_INVOKE_KIND_GTYPE:
      return athr_invoke_argument_set_gtype (self, position, value, error);
    case ATHR_INVOKE_KIND_UNICHAR:
      return athr_invoke_argument_set_unichar (self, position, value, error);
    case ATHR_INVOKE_KIND_ENUM:
      return athr_invoke_argument_set_enum (self, position, value, error);
    case ATHR_INVOKE_KIND_FLAGS:
      return athr_invoke_argument_set_flags (self, position, value, error);
    case ATHR_INVOKE_KIND_UTF8:
    case ATHR_INVOKE_KIND_FILENAME:
      return athr_invoke_argument_set_text (self, position, value, error);
    case ATHR_INVOKE_KIND_INSTANCE:
      return athr_invoke_argument_set_instance (self, position, value, error);
    case ATHR_INVOKE_KIND_TABLE:
      return athr_invoke_argument_table_from_value (self, position, value, error);
    case ATHR_INVOKE_KIND_BYTES:
    case ATHR_INVOKE_KIND_STRINGS:
    case ATHR_INVOKE_KIND_NUMBERS:
      return athr_invoke_argument_array_from_value (self, position, value, &n, error) &&
             (length == NULL || athr_invoke_argument_set_length (length, position, n, error));
    case ATHR_INVOKE_KIND_NOTHING:
    case ATHR_INVOKE_KIND_VALUE:
    case ATHR_INVOKE_KIND_LIST:
    default:
      g_assert_not_reached ();
    }
}

void
athr_invoke_argument_clear (AthrInvokeArgument *self,
                            gboolean            has_run)
{
  /* The function fills a GValue that the call owns. athr_invoke_argument_to_value() empties that GValue, but is not
   * called if the function fails. */
  if (self->info->type.kind == ATHR_INVOKE_KIND_VALUE && self->memory != NULL && G_IS_VALUE (self->memory))
    g_value_unset (self->memory);
  if (self->free != NULL && !(self->is_transferred && has_run))
    self->free (self->memory);
  if (G_IS_VALUE (&self->transferred) && !has_run)
    g_value_unset (&self->transferred);
  if (G_IS_VALUE (&self->copy))
    g_value_unset (&self->copy);
}
