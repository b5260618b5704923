/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "athr-invoke-argument-private.h"
#include "athr-invoke-pointer-private.h"
#include "athr-invoke-values-private.h"

/* Lists, arrays of instances and hash tables that a function returns or outputs, from C to values. */

/* Frees a container whose elements were copied, or taken over if @transfer is GI_TRANSFER_EVERYTHING. */
static void
athr_invoke_free_container (const AthrInvokeType *type,
                            gpointer              container,
                            GITransfer            transfer)
{
  if (transfer == GI_TRANSFER_NOTHING)
    return;

  if (type->own_tag == GI_TYPE_TAG_GLIST)
    {
      g_list_free (container);
    }
  else if (type->own_tag == GI_TYPE_TAG_GSLIST)
    {
      g_slist_free (container);
    }
  else if (type->array_type == GI_ARRAY_TYPE_PTR_ARRAY)
    {
      if (transfer == GI_TRANSFER_EVERYTHING)
        g_ptr_array_set_free_func (container, NULL);
      g_ptr_array_unref (container);
    }
  else
    {
      g_free (container);
    }
}

/* Collects the elements of a container, which keeps them. */
static GPtrArray *
athr_invoke_get_elements (const AthrInvokeType *type,
                          gpointer              container,
                          gsize                 length)
{
  GPtrArray *elements = g_ptr_array_new ();
  gpointer *memory = container;

  if (type->own_tag == GI_TYPE_TAG_GLIST)
    {
      for (GList *link = container; link != NULL; link = link->next)
        g_ptr_array_add (elements, link->data);
      return elements;
    }
  if (type->own_tag == GI_TYPE_TAG_GSLIST)
    {
      for (GSList *link = container; link != NULL; link = link->next)
        g_ptr_array_add (elements, link->data);
      return elements;
    }
  if (container == NULL)
    return elements;

  if (type->array_type == GI_ARRAY_TYPE_PTR_ARRAY)
    {
      memory = ((GPtrArray *) container)->pdata;
      length = ((GPtrArray *) container)->len;
    }
  else if (!type->has_length && type->is_zero_terminated)
    {
      for (length = 0; memory[length] != NULL;)
        length++;
    }
  else if (!type->has_length)
    {
      length = type->fixed_size;
    }
  for (gsize i = 0; i < length; i++)
    g_ptr_array_add (elements, memory[i]);

  return elements;
}

static void
athr_invoke_elements_to_value (const AthrInvokeType *element,
                               GPtrArray            *elements,
                               GITransfer            transfer,
                               GValue               *value)
{
  AthrInvokeValues *values;

  if (athr_invoke_type_is_text (element))
    {
      GStrv texts = g_new0 (char *, elements->len + 1);

      for (guint i = 0; i < elements->len; i++)
        texts[i] = transfer == GI_TRANSFER_EVERYTHING ? elements->pdata[i] : g_strdup (elements->pdata[i]);
      athr_invoke_texts_to_value (element->tag, texts, value);
      return;
    }

  values = athr_invoke_values_new_unset (elements->len, ATHR_INVOKE_VALUES_ARRAY);
  for (guint i = 0; i < elements->len; i++)
    athr_invoke_instance_to_value (element, elements->pdata[i],
                                   transfer == GI_TRANSFER_EVERYTHING ? transfer : GI_TRANSFER_NOTHING,
                                   athr_invoke_values_peek (values, i));
  g_value_init (value, ATHR_INVOKE_TYPE_VALUES);
  g_value_take_boxed (value, values);
}

void
athr_invoke_argument_list_to_value (AthrInvokeArgument *self,
                                    gsize               length,
                                    GValue             *value)
{
  const AthrInvokeType *type = &self->info->type;
  GITransfer transfer = athr_invoke_argument_get_transfer (self);
  gpointer container = self->value.v_pointer;
  g_autoptr (GPtrArray) elements = NULL;

  /* An empty GList is null. */
  if (container == NULL && self->info->is_nullable && type->own_tag == GI_TYPE_TAG_ARRAY)
    {
      g_value_init (value, athr_invoke_type_is_text (type->element) ? G_TYPE_STRV : ATHR_INVOKE_TYPE_VALUES);
      return;
    }

  elements = athr_invoke_get_elements (type, container, length);
  athr_invoke_elements_to_value (type->element, elements, transfer, value);
  if (container != NULL)
    athr_invoke_free_container (type, container, transfer);
}

void
athr_invoke_argument_table_to_value (AthrInvokeArgument *self,
                                     GValue             *value)
{
  const AthrInvokeType *type = &self->info->type;
  GHashTable *table = self->value.v_pointer;
  AthrInvokeValues *values;
  GHashTableIter iter;
  gpointer key, content;
  guint n = 0;

  if (table == NULL)
    {
      g_value_init (value, G_TYPE_POINTER);
      return;
    }

  values = athr_invoke_values_new_unset (2 * g_hash_table_size (table), ATHR_INVOKE_VALUES_TABLE);
  g_hash_table_iter_init (&iter, table);
  while (g_hash_table_iter_next (&iter, &key, &content))
    {
      athr_invoke_text_to_value (type->element, key, GI_TRANSFER_NOTHING, athr_invoke_values_peek (values, n++));
      athr_invoke_text_to_value (type->content, content, GI_TRANSFER_NOTHING, athr_invoke_values_peek (values, n++));
    }
  if (athr_invoke_argument_get_transfer (self) != GI_TRANSFER_NOTHING)
    g_hash_table_unref (table);
  g_value_init (value, ATHR_INVOKE_TYPE_VALUES);
  g_value_take_boxed (value, values);
}
