/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "athr-invoke-number-private.h"

G_BEGIN_DECLS

typedef enum
{
  ATHR_INVOKE_KIND_NOTHING,
  ATHR_INVOKE_KIND_NUMBER,   /* the integers, float and double */
  ATHR_INVOKE_KIND_BOOLEAN,
  ATHR_INVOKE_KIND_GTYPE,
  ATHR_INVOKE_KIND_UNICHAR,
  ATHR_INVOKE_KIND_ENUM,
  ATHR_INVOKE_KIND_FLAGS,
  ATHR_INVOKE_KIND_UTF8,
  ATHR_INVOKE_KIND_FILENAME,
  ATHR_INVOKE_KIND_INSTANCE, /* what a GValue refers to: objects, interfaces, boxed, variants */
  ATHR_INVOKE_KIND_VALUE,    /* a GValue itself */
  ATHR_INVOKE_KIND_BYTES,    /* arrays: of bytes, */
  ATHR_INVOKE_KIND_STRINGS,  /* of strings, */
  ATHR_INVOKE_KIND_NUMBERS,  /* of numbers, booleans or GTypes */
} AthrInvokeKind;

/* The name of a value of an enumeration, or of a flag */
typedef struct
{
  char *nick;
  gint64 value;
} AthrInvokeEnumValue;

/* All that is to be known of a type. It is made once and never changes, so that nothing
 * but the look-up asks the repository, which is not safe in threads. */
typedef struct
{
  AthrInvokeKind kind;
  char *name; /* for people */
  GITypeTag tag;         /* of a number, of an enumeration, or of the elements of an array */
  GITypeTag own_tag;     /* of itself, with */
  AthrInvokeInfoType interface_type; /* this: what libffi needs to know of a result */
  GType gtype;           /* of instances; of enumerations, or G_TYPE_NONE */
  gsize size;            /* of what an instance points to, 0 if that is nobody's business */
  gboolean is_pointer;
  GArray *enum_values;   /* (element-type AthrInvokeEnumValue) (nullable) */

  /* Arrays */
  GIArrayType array_type;
  gboolean is_zero_terminated;
  gboolean has_length;
  guint length;          /* the index of the argument that has it */
  gboolean is_fixed;
  gsize fixed_size;
} AthrInvokeType;

/* NULL, or why it is not supported. @self is to be cleared in any case. */
const char *athr_invoke_type_init          (AthrInvokeType *self,
                                            GITypeInfo     *info);
/* The type of the instance of a method of @info */
const char *athr_invoke_type_init_instance (AthrInvokeType *self,
                                            GIBaseInfo     *info);
void        athr_invoke_type_clear         (AthrInvokeType *self);

static inline gboolean
athr_invoke_type_is_array (const AthrInvokeType *self)
{
  return self->kind >= ATHR_INVOKE_KIND_BYTES;
}

G_END_DECLS
