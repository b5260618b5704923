/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* A first-in first-out queue of values. The values lie in segments, so a buffer that grows copies
 * nothing, and a buffer that shrinks frees memory. Push and pop move values and never copy or
 * free them, so a buffer may be used under a leaf lock. The owner of the buffer does the locking.
 * A buffer of zeroed memory is empty. */

/* How many values the first segment holds, and how many the largest ones do. */
#define ATHR_SEGMENT_MIN 16
#define ATHR_SEGMENT_MAX 512

typedef struct _AthrSegment AthrSegment;

struct _AthrSegment
{
  AthrSegment *next;
  guint size;
  GValue values[];
};

typedef struct
{
  GValue *in;        /* where the next value is pushed */
  GValue *in_end;    /* the end of the last segment */
  guint n_values;
  GValue *out;       /* the first value */
  GValue *out_end;   /* the end of the first segment */
  AthrSegment *head; /* NULL before the first push */
  AthrSegment *tail;
  AthrSegment *spare; /* an empty segment of the largest size, or NULL */
} AthrBuffer;

void athr_buffer_clear         (AthrBuffer *self);
/* Adds a segment behind the others, since the last one is full. */
void athr_buffer_grow          (AthrBuffer *self);
/* Leaves the first segment, since it is empty. */
void athr_buffer_leave_segment (AthrBuffer *self);
/* Pops the value at position @n; the first value has position 0. */
void athr_buffer_pop_nth       (AthrBuffer *self,
                                guint       n,
                                GValue     *value);

static inline void
athr_buffer_push (AthrBuffer *self,
                  GValue     *value)
{
  if (G_UNLIKELY (self->in == self->in_end))
    athr_buffer_grow (self);

  *self->in++ = *value;
  self->n_values++;
}

/* Takes over @n_pushed values that the caller has put at `in`, and removes @n_popped values that the
 * caller has moved from `out` on. None of them is beyond the end of its segment. */
static inline void
athr_buffer_skip (AthrBuffer *self,
                  guint       n_pushed,
                  guint       n_popped)
{
  /* The pointers of a buffer that was never used are null, and C adds nothing to a null pointer, not even 0. */
  if (n_pushed == 0 && n_popped == 0)
    return;

  self->in += n_pushed;
  self->out += n_popped;
  self->n_values += n_pushed - n_popped;
  if (n_popped > 0 && (self->out == self->out_end || self->out == self->in))
    athr_buffer_leave_segment (self);
}

/* Pops the first @n values into @values. The buffer must hold at least @n. */
static inline void
athr_buffer_pop_many (AthrBuffer *self,
                      GValue     *values,
                      guint       n)
{
  self->n_values -= n;
  while (n > 0)
    {
      guint n_here = MIN (n, (gsize) (self->out_end - self->out));

      memcpy (values, self->out, n_here * sizeof (GValue));
      values += n_here;
      n -= n_here;
      self->out += n_here;
      if (self->out == self->out_end || self->out == self->in)
        athr_buffer_leave_segment (self);
    }
}

static inline void
athr_buffer_pop (AthrBuffer *self,
                 GValue     *value)
{
  *value = *self->out++;
  self->n_values--;
  if (self->out == self->out_end || self->out == self->in)
    athr_buffer_leave_segment (self);
}

G_END_DECLS
