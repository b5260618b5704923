/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* A first-in first-out queue of values in one block of memory, which grows: a value costs no
 * allocation of its own. Push and pop move values and never copy them, so a ring may be used
 * under a leaf lock. The owner of the ring does the locking. A ring of zeroed memory is
 * empty. */
typedef struct
{
  GValue *slots;
  guint capacity; /* 0 or a power of 2 */
  guint head;
  guint n_values;
} AthrRing;

static inline void
athr_ring_clear (AthrRing *self)
{
  g_assert (self->n_values == 0);
  g_clear_pointer (&self->slots, g_free);
  self->capacity = 0;
}

static inline void
athr_ring_push (AthrRing *self,
                GValue   *value)
{
  if (self->n_values == self->capacity)
    {
      guint old_capacity = self->capacity;

      /* As many values fill 48 GiB. Like GLib without memory, the ring ends the program. */
      if (old_capacity > G_MAXUINT / 2)
        g_error ("A buffer cannot hold more than %u values", old_capacity);
      self->capacity = MAX (16, old_capacity * 2);
      self->slots = g_renew (GValue, self->slots, self->capacity);
      /* The values that had wrapped to the front of the block go behind the others. */
      memcpy (self->slots + old_capacity, self->slots, self->head * sizeof (GValue));
    }

  self->slots[(self->head + self->n_values) & (self->capacity - 1)] = *value;
  self->n_values++;
}

static inline void
athr_ring_pop (AthrRing *self,
               GValue   *value)
{
  *value = self->slots[self->head];
  self->head = (self->head + 1) & (self->capacity - 1);
  self->n_values--;
}

/* Pops the first @n values into @values. The ring must hold at least @n. */
static inline void
athr_ring_pop_many (AthrRing *self,
                    GValue   *values,
                    guint     n)
{
  guint n_to_end = MIN (n, self->capacity - self->head);

  if (n == 0)
    return;

  memcpy (values, self->slots + self->head, n_to_end * sizeof (GValue));
  memcpy (values + n_to_end, self->slots, (n - n_to_end) * sizeof (GValue));
  self->head = (self->head + n) & (self->capacity - 1);
  self->n_values -= n;
}

/* Pops the value at position @n; the first value has position 0. */
static inline void
athr_ring_pop_nth (AthrRing *self,
                   guint     n,
                   GValue   *value)
{
  guint mask = self->capacity - 1;

  *value = self->slots[(self->head + n) & mask];
  /* The values before that position move up by one. */
  for (; n > 0; n--)
    self->slots[(self->head + n) & mask] = self->slots[(self->head + n - 1) & mask];
  self->head = (self->head + 1) & mask;
  self->n_values--;
}

G_END_DECLS
