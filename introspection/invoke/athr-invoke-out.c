/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#include "athr-invoke-argument-private.h"
#include "athr-invoke-pointer-private.h"

/* Outputs and results, from C to values. The worker makes the values, because another thread may change or free a
 * (transfer none) output before the owner's thread gets to it. */

void
athr_invoke_argument_prepare_out (AthrInvokeArgument *self)
{
  const AthrInvokeType *type = &self->info->type;

  self->out = &self->value;
  if (self->info->is_allocated_by_caller)
    {
      self->memory = g_malloc0 (type->kind == ATHR_INVOKE_KIND_VALUE ? sizeof (GValue) : type->size);
      self->free = g_free;
      self->value.v_pointer = self->out = self->memory;
    }
}

static void
athr_invoke_unichar_to_value (gunichar  character,
                              GValue   *value)
{
  char text[7] = "";

  if (character != 0)
    text[g_unichar_to_utf8 (character, text)] = '\0';
  g_value_init (value, G_TYPE_STRING);
  g_value_set_string (value, text);
}

static void
athr_invoke_enum_to_value (const AthrInvokeType *type,
                           guint32               number,
                           GValue               *value)
{
  if (G_TYPE_IS_ENUM (type->gtype))
    {
      g_value_init (value, type->gtype);
      g_value_set_enum (value, (gint32) number);
    }
  else if (G_TYPE_IS_FLAGS (type->gtype))
    {
      g_value_init (value, type->gtype);
      g_value_set_flags (value, number);
    }
  else
    {
      athr_invoke_number_load (type->tag, &number, value);
    }
}

static void
athr_invoke_argument_gvalue_to_value (AthrInvokeArgument *self,
                                      GValue             *value)
{
  GValue *own = self->value.v_pointer;

  if (own != NULL && G_IS_VALUE (own))
    *value = *own;
  else
    g_value_init (value, G_TYPE_POINTER);

  /* The content of the GValue has moved to @value. */
  if (self->info->is_allocated_by_caller)
    memset (own, 0, sizeof *own);
  else
    g_free (own);
}

void
athr_invoke_argument_to_value (AthrInvokeArgument *self,
                               gsize               length,
                               GValue             *value)
{
  const AthrInvokeType *type = &self->info->type;
  GITransfer transfer = athr_invoke_argument_get_transfer (self);

  switch (type->kind)
    {
    case ATHR_INVOKE_KIND_NUMBER:
    case ATHR_INVOKE_KIND_BOOLEAN:
    case ATHR_INVOKE_KIND_GTYPE:
      athr_invoke_number_load (type->tag, &self->value, value);
      break;
    case ATHR_INVOKE_KIND_UNICHAR:
      athr_invoke_unichar_to_value (self->value.v_uint32, value);
      break;
    case ATHR_INVOKE_KIND_ENUM:
    case ATHR_INVOKE_KIND_FLAGS:
      athr_invoke_enum_to_value (type, self->value.v_uint32, value);
      break;
    case ATHR_INVOKE_KIND_UTF8:
    case ATHR_INVOKE_KIND_FILENAME:
      athr_invoke_text_to_value (type, self->value.v_pointer, transfer, value);
      break;
    case ATHR_INVOKE_KIND_INSTANCE:
      /* A boxed value that the caller has allocated belongs to the argument. */
      athr_invoke_instance_to_value (type, self->value.v_pointer,
                                     self->info->is_allocated_by_caller ? GI_TRANSFER_NOTHING : transfer, value);
      break;
    case ATHR_INVOKE_KIND_VALUE:
      athr_invoke_argument_gvalue_to_value (self, value);
      break;
    case ATHR_INVOKE_KIND_BYTES:
    case ATHR_INVOKE_KIND_STRINGS:
    case ATHR_INVOKE_KIND_NUMBERS:
      athr_invoke_argument_array_to_value (self, length, value);
      break;
    case ATHR_INVOKE_KIND_LIST:
      athr_invoke_argument_list_to_value (self, length, value);
      break;
    case ATHR_INVOKE_KIND_TABLE:
      athr_invoke_argument_table_to_value (self, value);
      break;
    case ATHR_INVOKE_KIND_NOTHING:
    default:
      g_assert_not_reached ();
    }
}
