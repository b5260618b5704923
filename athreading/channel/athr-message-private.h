/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* How many messages may wait in a channel. A consumer may send more than it asks for, and a
 * producer that never waits may never receive, so without a bound they would fill the memory. */
#define ATHR_MESSAGE_MAX 65536

/* A message: a value that the consumer sends to the producer, or an error that it throws. */
typedef struct
{
  GList link;        /* (AthrChannel.lock) */
  GList thrown_link; /* (AthrChannel.lock); of an error that is attached to a grant */
  guint64 grant;     /* (AthrChannel.lock); the grant to which it is attached */
  GValue value;      /* set once; unset when an error is thrown */
  GError *error;     /* set once; NULL when a value is sent */
} AthrMessage;

/* Takes @value or @error over; the other one is NULL. */
static inline AthrMessage *
athr_message_new (GValue *value,
                  GError *error)
{
  AthrMessage *self = g_new0 (AthrMessage, 1);

  self->link.data = self->thrown_link.data = self;
  if (value != NULL)
    self->value = *value;
  self->error = error;

  return self;
}

static inline void
athr_message_free (AthrMessage *self)
{
  if (G_IS_VALUE (&self->value))
    g_value_unset (&self->value);
  g_clear_error (&self->error);
  g_free (self);
}

/* Frees the messages of a chain, from @link on. A GDestroyNotify; @link may be NULL. */
static inline void
athr_message_free_chain (gpointer link)
{
  for (GList *l = link, *next; l != NULL; l = next)
    {
      next = l->next;
      athr_message_free (l->data);
    }
}

/* Frees all of @messages. */
static inline void
athr_message_free_all (GQueue *messages)
{
  GList *link;

  while ((link = g_queue_pop_head_link (messages)) != NULL)
    athr_message_free (link->data);
}

static inline void
athr_message_take_all (GQueue *to,
                       GQueue *from)
{
  GList *link;

  while ((link = g_queue_pop_head_link (from)) != NULL)
    g_queue_push_tail_link (to, link);
}

G_END_DECLS
