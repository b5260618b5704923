/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bench.h"

/* A flood: a thread makes values, and the main loop gets them. */

typedef enum
{
  KIND_INT,
  KIND_STRING,
  KIND_OBJECT,
  KIND_BOXED,
} Kind;

typedef struct
{
  Kind kind;
  guint n_values;
  guint n_got;
  gboolean is_over;

  GAsyncQueue *queue;
  int idle_queued;  /* atomic */
} Flood;

typedef void (*FloodFunc) (Flood *flood);

/* An item is a value without a GValue: a number, or what a pointer points to. */
gpointer flood_make_item  (const Flood *flood,
                           guint        number);
void     flood_got_item   (Flood       *flood,
                           gpointer     item);
void     flood_got_value  (Flood       *flood,
                           const GValue *value);

/* Yields the value of a number. FALSE: the consumer has gone. */
gboolean flood_yield      (const Flood *flood,
                           AthrYielder *yielder,
                           guint        number,
                           GError     **error);

void     flood_by_next    (Flood *flood);
void     flood_by_batches (Flood *flood); /* of 1024 */
void     flood_by_signal  (Flood *flood);
void     flood_by_idles   (Flood *flood);
void     flood_by_queue   (Flood *flood);
void     flood_by_ring    (Flood *flood);
void     flood_by_ring_signal (Flood *flood);
void     flood_by_ring_tasks  (Flood *flood);
void     flood_by_dex     (Flood *flood);
