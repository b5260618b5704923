/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "stream/athr-stream-private.h"
#include "stream/athr-yielder-private.h"

G_BEGIN_DECLS

/* A source of values from GIO, such as a file enumerator, of which every read and the close
 * may block. athr_stream_new_for_source() makes a stream of steps of a source. */

typedef struct _AthrStreamSource AthrStreamSource;

typedef enum
{
  ATHR_STREAM_SOURCE_VALUE,
  ATHR_STREAM_SOURCE_NOTHING, /* no value yet: call next() again */
  ATHR_STREAM_SOURCE_END,
  ATHR_STREAM_SOURCE_ERROR,
} AthrStreamSourceAnswer;

typedef struct
{
  /* A worker: reads on. */
  AthrStreamSourceAnswer (*next) (AthrStreamSource  *source,
                                  AthrYielder       *yielder,
                                  GValue            *value,
                                  GError           **error);
  /* A worker, after the last next(): closes the source. Called only if the source is open. */
  void (*close) (AthrStreamSource *source,
                 GCancellable     *cancellable);
  /* At home. */
  void (*free) (AthrStreamSource *source);
} AthrStreamSourceFuncs;

struct _AthrStreamSource
{
  const AthrStreamSourceFuncs *funcs; /* set once */
  gboolean is_open;                   /* set on workers; read at home after the last step */
  AthrJob close_job;                  /* closes the source when the stream found no worker */
  AthrContextQueue *home;             /* owned; for close_job */
};

/* Takes over @source. */
AthrStream *athr_stream_new_for_source  (AthrStreamSource *source);

/* Adds the attribute `standard::file` to @info, if @info has a name. */
void        athr_stream_source_add_file (GFileInfo        *info,
                                         GFileEnumerator  *enumerator);

G_END_DECLS
