/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <math.h>
#include <string.h>

#include "athr-invoke-number-private.h"

static void
athr_invoke_number_set_signed (AthrInvokeNumber *self,
                               gint64            number)
{
  self->kind = number < 0 ? ATHR_INVOKE_NUMBER_NEGATIVE : ATHR_INVOKE_NUMBER_NATURAL;
  self->negative = number;
  self->natural = number;
  self->real = number;
}

static void
athr_invoke_number_set_natural (AthrInvokeNumber *self,
                                guint64           number)
{
  self->kind = ATHR_INVOKE_NUMBER_NATURAL;
  self->natural = number;
  self->real = number;
}

/* A double without a fraction counts as an integer, because all numbers of JavaScript are doubles. */
static void
athr_invoke_number_set_real (AthrInvokeNumber *self,
                             double            number)
{
  if (number >= 0 && number < 0x1p64 && floor (number) == number)
    athr_invoke_number_set_natural (self, number);
  else if (number < 0 && number >= -0x1p63 && floor (number) == number)
    athr_invoke_number_set_signed (self, number);
  else
    self->kind = ATHR_INVOKE_NUMBER_REAL;
  self->real = number;
}

gboolean
athr_invoke_number_from_value (AthrInvokeNumber *self,
                               const GValue     *value)
{
  switch (G_TYPE_FUNDAMENTAL (G_VALUE_TYPE (value)))
    {
    case G_TYPE_CHAR:
      athr_invoke_number_set_signed (self, g_value_get_schar (value));
      return TRUE;
    case G_TYPE_UCHAR:
      athr_invoke_number_set_natural (self, g_value_get_uchar (value));
      return TRUE;
    case G_TYPE_INT:
      athr_invoke_number_set_signed (self, g_value_get_int (value));
      return TRUE;
    case G_TYPE_UINT:
      athr_invoke_number_set_natural (self, g_value_get_uint (value));
      return TRUE;
    case G_TYPE_LONG:
      athr_invoke_number_set_signed (self, g_value_get_long (value));
      return TRUE;
    case G_TYPE_ULONG:
      athr_invoke_number_set_natural (self, g_value_get_ulong (value));
      return TRUE;
    case G_TYPE_INT64:
      athr_invoke_number_set_signed (self, g_value_get_int64 (value));
      return TRUE;
    case G_TYPE_UINT64:
      athr_invoke_number_set_natural (self, g_value_get_uint64 (value));
      return TRUE;
    case G_TYPE_FLOAT:
      athr_invoke_number_set_real (self, g_value_get_float (value));
      return TRUE;
    case G_TYPE_DOUBLE:
      athr_invoke_number_set_real (self, g_value_get_double (value));
      return TRUE;
    default:
      return FALSE;
    }
}

gboolean
athr_invoke_number_from_variant (AthrInvokeNumber *self,
                                 GVariant         *variant)
{
  GValue value = G_VALUE_INIT;
  gboolean is_number;

  g_dbus_gvariant_to_gvalue (variant, &value);
  is_number = athr_invoke_number_from_value (self, &value);
  g_value_unset (&value);

  return is_number;
}

char *
athr_invoke_number_to_string (const AthrInvokeNumber *self)
{
  char real[G_ASCII_DTOSTR_BUF_SIZE];

  switch (self->kind)
    {
    case ATHR_INVOKE_NUMBER_NEGATIVE:
      return g_strdup_printf ("%" G_GINT64_FORMAT, self->negative);
    case ATHR_INVOKE_NUMBER_NATURAL:
      return g_strdup_printf ("%" G_GUINT64_FORMAT, self->natural);
    case ATHR_INVOKE_NUMBER_REAL:
    default:
      return g_strdup (g_ascii_dtostr (real, sizeof real, self->real));
    }
}

gsize
athr_invoke_number_get_size (GITypeTag tag)
{
  switch (tag)
    {
    case GI_TYPE_TAG_INT8:
    case GI_TYPE_TAG_UINT8:
      return 1;
    case GI_TYPE_TAG_INT16:
    case GI_TYPE_TAG_UINT16:
      return 2;
    case GI_TYPE_TAG_BOOLEAN:
    case GI_TYPE_TAG_INT32:
    case GI_TYPE_TAG_UINT32:
    case GI_TYPE_TAG_UNICHAR:
    case GI_TYPE_TAG_FLOAT:
      return 4;
    case GI_TYPE_TAG_INT64:
    case GI_TYPE_TAG_UINT64:
    case GI_TYPE_TAG_DOUBLE:
      return 8;
    case GI_TYPE_TAG_GTYPE:
      return sizeof (GType);
    default:
      return 0;
    }
}

static gboolean
athr_invoke_number_fits (const AthrInvokeNumber *self,
                         gint64                  min,
                         guint64                 max)
{
  if (self->kind == ATHR_INVOKE_NUMBER_NEGATIVE)
    return self->negative >= min;

  return self->kind == ATHR_INVOKE_NUMBER_NATURAL && self->natural <= max;
}

gboolean
athr_invoke_number_store (const AthrInvokeNumber *self,
                          GITypeTag               tag,
                          gpointer                memory)
{
  static const struct { gint64 min; guint64 max; } ranges[] = {
    [GI_TYPE_TAG_BOOLEAN] = { 0, 1 },
    [GI_TYPE_TAG_INT8] = { G_MININT8, G_MAXINT8 },
    [GI_TYPE_TAG_UINT8] = { 0, G_MAXUINT8 },
    [GI_TYPE_TAG_INT16] = { G_MININT16, G_MAXINT16 },
    [GI_TYPE_TAG_UINT16] = { 0, G_MAXUINT16 },
    [GI_TYPE_TAG_INT32] = { G_MININT32, G_MAXINT32 },
    [GI_TYPE_TAG_UINT32] = { 0, G_MAXUINT32 },
    [GI_TYPE_TAG_INT64] = { G_MININT64, G_MAXINT64 },
    [GI_TYPE_TAG_UINT64] = { 0, G_MAXUINT64 },
  };
  GIArgument whole = { 0 };

  if (tag == GI_TYPE_TAG_DOUBLE)
    {
      memcpy (memory, &self->real, sizeof self->real);
      return TRUE;
    }
  if (tag == GI_TYPE_TAG_FLOAT)
    {
      whole.v_float = self->real;
      memcpy (memory, &whole.v_float, sizeof whole.v_float);
      return !isinf (whole.v_float) || isinf (self->real);
    }

  g_assert (tag < G_N_ELEMENTS (ranges) && ranges[tag].max > 0);
  if (!athr_invoke_number_fits (self, ranges[tag].min, ranges[tag].max))
    return FALSE;

  switch (athr_invoke_number_get_size (tag))
    {
    case 1: whole.v_uint8 = self->natural; break;
    case 2: whole.v_uint16 = self->natural; break;
    case 4: whole.v_uint32 = self->natural; break;
    default: whole.v_uint64 = self->natural; break;
    }
  memcpy (memory, &whole, athr_invoke_number_get_size (tag));

  return TRUE;
}

/* 8-bit and 16-bit numbers become int and guint, because some bindings make a letter of a gchar. */
void
athr_invoke_number_load (GITypeTag      tag,
                         gconstpointer  memory,
                         GValue        *value)
{
  GIArgument number = { 0 };

  memcpy (&number, memory, athr_invoke_number_get_size (tag));

  switch (tag)
    {
    case GI_TYPE_TAG_BOOLEAN:
      g_value_init (value, G_TYPE_BOOLEAN);
      g_value_set_boolean (value, number.v_boolean);
      break;
    case GI_TYPE_TAG_INT8:
    case GI_TYPE_TAG_INT16:
    case GI_TYPE_TAG_INT32:
      g_value_init (value, G_TYPE_INT);
      g_value_set_int (value, tag == GI_TYPE_TAG_INT8 ? number.v_int8
                             : tag == GI_TYPE_TAG_INT16 ? number.v_int16
                             : number.v_int32);
      break;
    case GI_TYPE_TAG_UINT8:
    case GI_TYPE_TAG_UINT16:
    case GI_TYPE_TAG_UINT32:
      g_value_init (value, G_TYPE_UINT);
      g_value_set_uint (value, tag == GI_TYPE_TAG_UINT8 ? number.v_uint8
                              : tag == GI_TYPE_TAG_UINT16 ? number.v_uint16
                              : number.v_uint32);
      break;
    case GI_TYPE_TAG_INT64:
      g_value_init (value, G_TYPE_INT64);
      g_value_set_int64 (value, number.v_int64);
      break;
    case GI_TYPE_TAG_UINT64:
      g_value_init (value, G_TYPE_UINT64);
      g_value_set_uint64 (value, number.v_uint64);
      break;
    case GI_TYPE_TAG_FLOAT:
      g_value_init (value, G_TYPE_FLOAT);
      g_value_set_float (value, number.v_float);
      break;
    case GI_TYPE_TAG_DOUBLE:
      g_value_init (value, G_TYPE_DOUBLE);
      g_value_set_double (value, number.v_double);
      break;
    case GI_TYPE_TAG_GTYPE:
      g_value_init (value, G_TYPE_GTYPE);
      g_value_set_gtype (value, number.v_size);
      break;
    default:
      g_assert_not_reached ();
    }
}

gsize
athr_invoke_number_load_length (GITypeTag     tag,
                                gconstpointer memory)
{
  AthrInvokeNumber number;
  GValue value = G_VALUE_INIT;

  athr_invoke_number_load (tag, memory, &value);
  if (!athr_invoke_number_from_value (&number, &value))
    return 0;

  return number.kind == ATHR_INVOKE_NUMBER_NATURAL ? number.natural : 0;
}
