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
  ATHR_INVOKE_KIND_INSTANCE, /* objects, interfaces, boxed values, variants */
  ATHR_INVOKE_KIND_VALUE,    /* GValue */
  ATHR_INVOKE_KIND_TABLE,    /* hash tables of strings */
  ATHR_INVOKE_KIND_BYTES,    /* arrays of bytes */
  ATHR_INVOKE_KIND_STRINGS,  /* arrays of strings */
  ATHR_INVOKE_KIND_NUMBERS,  /* arrays of numbers, booleans or GTypes */
  ATHR_INVOKE_KIND_LIST,     /* lists of strings or instances; arrays of instances */
} AthrInvokeKind;

/* A value of an enumeration, or a flag */
typedef struct
{
  char *nick;
  gint64 value;
} AthrInvokeEnumValue;

/* Everything that a call needs to know about a type. It never changes. So only the look-up asks the repository,
 * which several threads must not use at once. */
typedef struct _AthrInvokeType AthrInvokeType;

struct _AthrInvokeType
{
  AthrInvokeKind kind;
  char *name;            /* for error messages */
  GITypeTag tag;         /* the storage of a number or enumeration; the elements of an array */
  GITypeTag own_tag;     /* the type itself; with interface_type, what reading a result from libffi needs */
  AthrInvokeInfoType interface_type;
  GType gtype;           /* of an instance; of an enumeration, or G_TYPE_NONE */
  gsize size;            /* of a struct or union; 0 for other types */
  gboolean is_pointer;
  GArray *enum_values;   /* (element-type AthrInvokeEnumValue) (nullable) */

  AthrInvokeType *element; /* of a list, and the key of a hash table (nullable) */
  AthrInvokeType *content; /* the value of a hash table (nullable) */

  /* Arrays */
  GIArrayType array_type;
  gboolean is_zero_terminated;
  gboolean has_length;
  guint length;          /* the index of the argument that holds the length */
  gboolean is_fixed;
  gsize fixed_size;
};

/* Returns NULL, or the reason why the type is not supported. The caller clears @self in either case. */
const char *athr_invoke_type_init          (AthrInvokeType *self,
                                            GITypeInfo     *info);
/* Does the same for the instance of a method of the type @info. */
const char *athr_invoke_type_init_instance (AthrInvokeType *self,
                                            GIBaseInfo     *info);
void        athr_invoke_type_clear         (AthrInvokeType *self);

static inline gboolean
athr_invoke_type_is_text (const AthrInvokeType *self)
{
  return self->kind == ATHR_INVOKE_KIND_UTF8 || self->kind == ATHR_INVOKE_KIND_FILENAME;
}

static inline gboolean
athr_invoke_type_is_array (const AthrInvokeType *self)
{
  return self->kind >= ATHR_INVOKE_KIND_BYTES;
}

G_END_DECLS
