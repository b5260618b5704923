/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#if !defined (ATHREADING_INSIDE) && !defined (ATHREADING_COMPILATION)
# error "Only <athreading/athreading.h> can be included directly."
#endif

#include <gio/gio.h>

#include <athreading/athr-version.h>

G_BEGIN_DECLS

typedef struct _AthrExecutor AthrExecutor;
typedef struct _AthrCall AthrCall;
typedef struct _AthrYielder AthrYielder;
typedef struct _AthrStream AthrStream;
typedef struct _AthrStreamListModel AthrStreamListModel;

/**
 * AthrCallState:
 * @ATHR_CALL_STATE_INITIAL: it has not been started
 * @ATHR_CALL_STATE_QUEUED: it waits for a thread of its executor
 * @ATHR_CALL_STATE_RUNNING: its function runs
 * @ATHR_CALL_STATE_SUCCEEDED: it ended with a value
 * @ATHR_CALL_STATE_FAILED: it ended with an error
 * @ATHR_CALL_STATE_CANCELLED: it ended with %G_IO_ERROR_CANCELLED
 *
 * Where an [class@Athr.Call] is between its creation and its end.
 */
typedef enum
{
  ATHR_CALL_STATE_INITIAL,
  ATHR_CALL_STATE_QUEUED,
  ATHR_CALL_STATE_RUNNING,
  ATHR_CALL_STATE_SUCCEEDED,
  ATHR_CALL_STATE_FAILED,
  ATHR_CALL_STATE_CANCELLED,
} AthrCallState;

/**
 * AthrStreamState:
 * @ATHR_STREAM_STATE_INITIAL: it has not been started
 * @ATHR_STREAM_STATE_RUNNING: its producer is at work, or will be
 * @ATHR_STREAM_STATE_ENDED: its producer came to the end
 * @ATHR_STREAM_STATE_FAILED: its producer ended with an error
 * @ATHR_STREAM_STATE_CLOSED: it was closed before its producer came to the end
 *
 * Where the producer of an [class@Athr.Stream] is, whatever is still buffered.
 */
typedef enum
{
  ATHR_STREAM_STATE_INITIAL,
  ATHR_STREAM_STATE_RUNNING,
  ATHR_STREAM_STATE_ENDED,
  ATHR_STREAM_STATE_FAILED,
  ATHR_STREAM_STATE_CLOSED,
} AthrStreamState;

/**
 * AthrOverflow:
 * @ATHR_OVERFLOW_BLOCK: the producer waits for room
 * @ATHR_OVERFLOW_DROP_OLDEST: the oldest value in the buffer is dropped; with a buffer of
 *   one value only the latest is kept
 * @ATHR_OVERFLOW_DROP_NEWEST: the value that is yielded is dropped
 * @ATHR_OVERFLOW_FAIL: the yield and the stream fail with %G_IO_ERROR_NO_SPACE
 *
 * What happens when an [class@Athr.Stream] yields a value and its buffer is full.
 */
typedef enum
{
  ATHR_OVERFLOW_BLOCK,
  ATHR_OVERFLOW_DROP_OLDEST,
  ATHR_OVERFLOW_DROP_NEWEST,
  ATHR_OVERFLOW_FAIL,
} AthrOverflow;

/**
 * AthrCallFunc:
 * @call: the call
 * @user_data: (closure): the data given to [ctor@Athr.Call.new]
 * @error: return location for an error
 *
 * The blocking function of a call.
 *
 * It gives its result with [method@Athr.Call.return_value], or sets @error, or
 * does neither: then the result is null.
 *
 * Threads: it runs on a worker thread of the call's executor, once.
 */
typedef void (*AthrCallFunc) (AthrCall  *call,
                              gpointer   user_data,
                              GError   **error);

/**
 * AthrStreamFunc:
 * @yielder: the producer's end of the stream
 * @user_data: (closure): the data given to [ctor@Athr.Stream.new] or
 *   [ctor@Athr.Stream.new_steps]
 * @error: return location for an error
 *
 * The blocking producer of a stream.
 *
 * It gives its values with [method@Athr.Yielder.yield_value], which blocks while
 * the stream's buffer is full. Its return is the end of the stream; an @error
 * that it sets is reported after the values that it yielded before.
 *
 * A step, the function of [ctor@Athr.Stream.new_steps], is called again and again
 * instead, as long as there is room. Its yields never block, and the end comes when it
 * has called [method@Athr.Yielder.end] or sets @error.
 *
 * Threads: it runs on a worker thread of the stream's executor; once, or, if it is a
 * step, never twice at the same time.
 */
typedef void (*AthrStreamFunc) (AthrYielder  *yielder,
                                gpointer      user_data,
                                GError      **error);

G_END_DECLS
