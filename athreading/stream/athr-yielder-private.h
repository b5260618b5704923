/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "stream/athr-producer-private.h"
#include "athr-yielder.h"

G_BEGIN_DECLS

AthrYielder *athr_yielder_new            (AthrProducer  *producer);
/* The yielder of an item of a map: its values go to @channel, and it has its own cancellable. */
AthrYielder *athr_yielder_new_for_item   (AthrProducer *producer,
                                          AthrChannel  *channel);
/* Whether anything but the owner of the yielder may have it, or its cancellable. */
gboolean     athr_yielder_is_kept        (AthrYielder  *self);
/* Any thread, when the channel of the item is closed: ends the item's asking, and cancels its cancellable. */
void         athr_yielder_cancel_item    (AthrYielder  *self);
/* A worker: yields @value and takes it over. Home frees a value that the closed stream refuses. */
gboolean     athr_yielder_take           (AthrYielder   *self,
                                          GValue        *value,
                                          GError       **error);
/* Any thread: stops the producer. Exported for Python's override, which declares the function
 * itself: the main thread stops the producers when the interpreter ends. */
ATHR_AVAILABLE_IN_1_0
void         athr_yielder_stop           (AthrYielder   *self);
/* A step, before it yields the first value of the stream: how many values the stream will have. A map of the stream
 * counts its progress by that. Exported for Python's override, which declares the function itself. */
ATHR_AVAILABLE_IN_1_0
void         athr_yielder_set_n_values   (AthrYielder   *self,
                                          gint64         n_values);
/* A worker: the main context of the stream. */
AthrContextQueue *athr_yielder_get_home  (AthrYielder   *self);
/* A worker: how many values there is room for; 0 when the stream takes no more values. */
guint64      athr_yielder_get_room       (AthrYielder   *self);
/* Like athr_yielder_report_problem(), but takes @file over, so that home drops the last reference. */
void         athr_yielder_take_problem   (AthrYielder   *self,
                                          GFile         *file,
                                          const char    *message);

G_END_DECLS
