/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "athr-producer-private.h"
#include "athr-stream.h"

G_BEGIN_DECLS

struct _AthrStream
{
  GObject parent_instance;

  AthrChannel *channel;   /* set once */
  AthrProducer *producer; /* set once */

  /* Set once, before it starts */
  AthrExecutor *executor;
  char *name;
  guint buffer_size;
  int priority;
  int delivery_priority;
  gboolean has_home; /* an operation was started: home stays */

  AthrStreamState state; /* as last notified */
  gboolean error_due;    /* the state was notified, and the error is next */
  gboolean is_done;
  gboolean is_over;      /* the end or the error was handed out, or a close completed */
  gboolean has_finished;
};

enum
{
  ATHR_STREAM_PROP_0,
  ATHR_STREAM_PROP_EXECUTOR,
  ATHR_STREAM_PROP_NAME,
  ATHR_STREAM_PROP_BUFFER_SIZE,
  ATHR_STREAM_PROP_PRIORITY,
  ATHR_STREAM_PROP_DELIVERY_PRIORITY,
  ATHR_STREAM_PROP_STATE,
  ATHR_STREAM_PROP_ERROR,
  ATHR_STREAM_N_PROPS
};

extern GParamSpec *athr_stream_properties[ATHR_STREAM_N_PROPS];

/* A next or a close under way. */
typedef struct
{
  AthrOperation base;
  AthrChannelWaiter waiter;
  AthrChannel *channel;     /* set once; owned */
  AthrDelivery *home;       /* set once; owned: of the stream */
  AthrChannelAnswer answer; /* home */
  GValue value;             /* home; until it is finished */
  gboolean is_taken;        /* home; it is */
  GError *error;            /* home */
} AthrStreamOperation;

/* Home: TRUE when the state has changed, and was not notified. */
gboolean             athr_stream_has_news      (AthrStream          *self);
/* Home: notifies it. */
void                 athr_stream_sync          (AthrStream          *self);

/* To be made known to the channel, which has it posted. */
AthrStreamOperation *athr_stream_operation_new (AthrStream          *self,
                                                gpointer             source_tag,
                                                GCancellable        *cancellable,
                                                GAsyncReadyCallback  callback,
                                                gpointer             user_data);

G_END_DECLS
