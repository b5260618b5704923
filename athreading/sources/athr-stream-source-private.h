/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "stream/athr-stream-private.h"
#include "stream/athr-yielder-private.h"

G_BEGIN_DECLS

/* Something of GIO's that is read value by value, and that may block: as it is read, and
 * as it is closed. It becomes a stream of steps. */

typedef struct _AthrStreamSource AthrStreamSource;

typedef enum
{
  ATHR_STREAM_SOURCE_VALUE,
  ATHR_STREAM_SOURCE_NOTHING, /* yet: it has done something, and is to be asked again */
  ATHR_STREAM_SOURCE_END,
  ATHR_STREAM_SOURCE_ERROR,
} AthrStreamSourceAnswer;

typedef struct
{
  /* A worker */
  AthrStreamSourceAnswer (*next) (AthrStreamSource  *source,
                                  AthrYielder       *yielder,
                                  GValue            *value,
                                  GError           **error);
  /* A worker, if it is open, after the last next() */
  void (*close) (AthrStreamSource *source,
                 GCancellable     *cancellable);
  /* Home */
  void (*free) (AthrStreamSource *source);
} AthrStreamSourceFuncs;

struct _AthrStreamSource
{
  const AthrStreamSourceFuncs *funcs; /* set once */
  gboolean is_open;                   /* a worker, between creation and destruction */
  AthrJob close_job;                  /* closes the source when the stream found no worker */
  AthrContextQueue *home;             /* owned; for close_job */
};

/* Takes @source over. */
AthrStream *athr_stream_new_for_source (AthrStreamSource *source);

/* Has @info say which file it is about, if it has a name. */
void        athr_stream_source_add_file (GFileInfo        *info,
                                         GFileEnumerator  *enumerator);

G_END_DECLS
