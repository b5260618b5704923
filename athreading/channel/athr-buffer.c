/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "channel/athr-buffer-private.h"

void
athr_buffer_clear (AthrBuffer *self)
{
  g_assert (self->n_values == 0 && self->head == self->tail);
  g_free (self->head);
  g_free (self->spare);
  *self = (AthrBuffer) { NULL };
}

void
athr_buffer_grow (AthrBuffer *self)
{
  AthrSegment *segment = g_steal_pointer (&self->spare);

  /* As many values fill 96 GiB. Like GLib without memory, the buffer ends the program. */
  if (self->n_values > G_MAXUINT - ATHR_SEGMENT_MAX)
    g_error ("A buffer cannot hold more than %u values", self->n_values);

  if (segment == NULL)
    {
      guint size = self->tail == NULL ? ATHR_SEGMENT_MIN
                                      : MIN (self->tail->size * 2, ATHR_SEGMENT_MAX);

      segment = g_malloc (sizeof (AthrSegment) + size * sizeof (GValue));
      segment->size = size;
    }
  segment->next = NULL;

  if (self->tail != NULL)
    {
      self->tail->next = segment;
    }
  else
    {
      self->head = segment;
      self->out = segment->values;
      self->out_end = segment->values + segment->size;
    }
  self->tail = segment;
  self->in = segment->values;
  self->in_end = segment->values + segment->size;
}

void
athr_buffer_leave_segment (AthrBuffer *self)
{
  AthrSegment *segment = self->head;

  if (segment == self->tail)
    {
      self->in = self->out = segment->values;
      return;
    }

  self->head = segment->next;
  self->out = self->head->values;
  self->out_end = self->out + self->head->size;
  if (self->spare == NULL && segment->size == ATHR_SEGMENT_MAX)
    self->spare = segment;
  else
    g_free (segment);
}

void
athr_buffer_pop_nth (AthrBuffer *self,
                     guint       n,
                     GValue     *value)
{
  AthrSegment *segment;
  GValue *slot;

  athr_buffer_pop (self, value);

  /* The values before that position move up by one. */
  segment = self->head;
  slot = self->out;
  for (; n > 0; n--)
    {
      GValue moved = *value;

      if (slot == segment->values + segment->size)
        {
          segment = segment->next;
          slot = segment->values;
        }
      *value = *slot;
      *slot++ = moved;
    }
}
