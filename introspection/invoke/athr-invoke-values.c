/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "athr-invoke-values-private.h"

/**
 * AthrInvokeValues:
 *
 * The results of a function that has several, the elements of an array or list, the keys
 * and contents of a hash table, or the arguments for a function.
 *
 * The values never change. If one of several results is an array, a list or a hash table,
 * that result is an `AthrInvokeValues` too, unless a `GStrv` or a [struct@GLib.ByteArray]
 * holds it.
 *
 * A binding makes an array of its language from the values: with
 * [method@AthrInvoke.Values.to_array], or with
 * [method@AthrInvoke.Values.to_array_into] if the binding leaks the array of the first.
 *
 * Since: 1.0
 */
struct _AthrInvokeValues
{
  gatomicrefcount ref_count;
  AthrInvokeValuesKind kind; /* set once */
  guint length;      /* set once */
  GValue values[];   /* set once */
};

G_DEFINE_BOXED_TYPE (AthrInvokeValues, athr_invoke_values,
                     athr_invoke_values_ref, athr_invoke_values_unref)

AthrInvokeValues *
athr_invoke_values_new_unset (guint                length,
                              AthrInvokeValuesKind kind)
{
  AthrInvokeValues *self = g_malloc0 (sizeof *self + (gsize) length * sizeof (GValue));

  g_atomic_ref_count_init (&self->ref_count);
  self->kind = kind;
  self->length = length;

  return self;
}

GValue *
athr_invoke_values_peek (AthrInvokeValues *self,
                         guint             index)
{
  return &self->values[index];
}

/**
 * athr_invoke_values_new:
 * @values: (array length=n_values): the values
 * @n_values: the number of values
 *
 * Copies values into one boxed value.
 *
 * In the stream of items of [func@AthrInvoke.map], such a value holds the arguments for one item.
 *
 * Threads: any.
 *
 * Returns: (transfer full): the copies
 *
 * Since: 1.0
 */
AthrInvokeValues *
athr_invoke_values_new (const GValue *values,
                        gsize         n_values)
{
  AthrInvokeValues *self;

  g_return_val_if_fail (values != NULL || n_values == 0, NULL);
  g_return_val_if_fail (n_values <= G_MAXUINT, NULL);
  for (gsize i = 0; i < n_values; i++)
    g_return_val_if_fail (G_IS_VALUE (&values[i]), NULL);

  self = athr_invoke_values_new_unset (n_values, ATHR_INVOKE_VALUES_RESULTS);
  for (gsize i = 0; i < n_values; i++)
    {
      g_value_init (&self->values[i], G_VALUE_TYPE (&values[i]));
      g_value_copy (&values[i], &self->values[i]);
    }

  return self;
}

/**
 * athr_invoke_values_ref: (skip)
 * @self: values
 *
 * Takes another reference.
 *
 * Threads: any.
 *
 * Returns: (transfer full): @self
 *
 * Since: 1.0
 */
AthrInvokeValues *
athr_invoke_values_ref (AthrInvokeValues *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_ref_count_inc (&self->ref_count);

  return self;
}

/**
 * athr_invoke_values_unref: (skip)
 * @self: (transfer full): values
 *
 * Drops a reference, and frees the values with the last reference.
 *
 * Threads: any.
 *
 * Since: 1.0
 */
void
athr_invoke_values_unref (AthrInvokeValues *self)
{
  g_return_if_fail (self != NULL);

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  for (guint i = 0; i < self->length; i++)
    if (G_IS_VALUE (&self->values[i]))
      g_value_unset (&self->values[i]);
  g_free (self);
}

/**
 * athr_invoke_values_is_array:
 * @self: values
 *
 * Gets whether the values are the elements of an array or list.
 *
 * Threads: any.
 *
 * Returns: whether the values are the elements of an array or list
 *
 * Since: 1.0
 */
gboolean
athr_invoke_values_is_array (AthrInvokeValues *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->kind == ATHR_INVOKE_VALUES_ARRAY;
}

/**
 * athr_invoke_values_is_table:
 * @self: values
 *
 * Gets whether the values are the keys and contents of a hash table.
 *
 * Each key is followed by what belongs to the key.
 *
 * Threads: any.
 *
 * Returns: whether the values are the keys and contents of a hash table
 *
 * Since: 1.0
 */
gboolean
athr_invoke_values_is_table (AthrInvokeValues *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->kind == ATHR_INVOKE_VALUES_TABLE;
}

/**
 * athr_invoke_values_get_length:
 * @self: values
 *
 * Gets the number of values.
 *
 * Threads: any.
 *
 * Returns: the number of values
 *
 * Since: 1.0
 */
guint
athr_invoke_values_get_length (AthrInvokeValues *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->length;
}

/**
 * athr_invoke_values_get: (skip)
 * @self: values
 * @index: the index of the value, less than the length
 *
 * Gets one of the values.
 *
 * Threads: any.
 *
 * Returns: (transfer none): the value
 *
 * Since: 1.0
 */
const GValue *
athr_invoke_values_get (AthrInvokeValues *self,
                        guint             index)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (index < self->length, NULL);

  return &self->values[index];
}

/**
 * athr_invoke_values_to_array:
 * @self: values
 *
 * Copies the values into an array.
 *
 * Threads: owner.
 *
 * Returns: (transfer container) (element-type GObject.Value): copies of the values; the array
 *   unsets them when it is freed
 *
 * Since: 1.0
 */
GArray *
athr_invoke_values_to_array (AthrInvokeValues *self)
{
  GArray *array;

  g_return_val_if_fail (self != NULL, NULL);

  array = g_array_sized_new (FALSE, TRUE, sizeof (GValue), self->length);
  g_array_set_clear_func (array, (GDestroyNotify) g_value_unset);
  g_array_set_size (array, self->length);
  for (guint i = 0; i < self->length; i++)
    {
      GValue *copy = &g_array_index (array, GValue, i);

      g_value_init (copy, G_VALUE_TYPE (&self->values[i]));
      g_value_copy (&self->values[i], copy);
    }

  return array;
}

/**
 * athr_invoke_values_to_array_into:
 * @self: values
 * @value: an unset value that receives a [struct@GObject.ValueArray]
 *
 * Copies the values into a [struct@GObject.ValueArray], which @value then holds.
 *
 * A value that is itself [struct@AthrInvoke.Values] becomes a [struct@GObject.ValueArray] too.
 *
 * Threads: owner.
 *
 * Since: 1.0
 */
void
athr_invoke_values_to_array_into (AthrInvokeValues *self,
                                  GValue           *value)
{
  GValueArray *array;

  g_return_if_fail (self != NULL);
  g_return_if_fail (value != NULL && !G_IS_VALUE (value));

  G_GNUC_BEGIN_IGNORE_DEPRECATIONS
  array = g_value_array_new (self->length);
  for (guint i = 0; i < self->length; i++)
    {
      const GValue *own = &self->values[i];
      GValue nested = G_VALUE_INIT;

      if (G_VALUE_HOLDS (own, ATHR_INVOKE_TYPE_VALUES) && g_value_get_boxed (own) != NULL)
        {
          athr_invoke_values_to_array_into (g_value_get_boxed (own), &nested);
          g_value_array_append (array, &nested);
          g_value_unset (&nested);
        }
      else
        {
          g_value_array_append (array, own);
        }
    }
  g_value_init (value, g_value_array_get_type ());
  G_GNUC_END_IGNORE_DEPRECATIONS

  g_value_take_boxed (value, array);
}
