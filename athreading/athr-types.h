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
typedef struct _AthrLatest AthrLatest;
typedef struct _AthrGroup AthrGroup;

/**
 * AthrCallState:
 * @ATHR_CALL_STATE_INITIAL: the call has not been started
 * @ATHR_CALL_STATE_QUEUED: the call waits for a thread of its executor
 * @ATHR_CALL_STATE_RUNNING: the function of the call runs
 * @ATHR_CALL_STATE_SUCCEEDED: the call ended with a value
 * @ATHR_CALL_STATE_FAILED: the call ended with an error
 * @ATHR_CALL_STATE_CANCELLED: the call ended with %G_IO_ERROR_CANCELLED
 *
 * The state of an [class@Athr.Call].
 *
 * Since: 1.0
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
 * @ATHR_STREAM_STATE_INITIAL: the stream has not been started
 * @ATHR_STREAM_STATE_RUNNING: the producer runs, or is about to run
 * @ATHR_STREAM_STATE_ENDED: the producer came to its end
 * @ATHR_STREAM_STATE_FAILED: the producer ended with an error
 * @ATHR_STREAM_STATE_CLOSED: the stream was closed before the producer came to its end
 *
 * The state of the producer of an [class@Athr.Stream].
 *
 * The state says nothing about the buffer: it may still hold values after the producer has
 * ended.
 *
 * Since: 1.0
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
 * @ATHR_OVERFLOW_DROP_OLDEST: the stream drops the oldest value in the buffer; a buffer of
 *   one value keeps only the latest value
 * @ATHR_OVERFLOW_DROP_NEWEST: the stream drops the value that the producer yields
 * @ATHR_OVERFLOW_FAIL: the yield and the stream fail with %G_IO_ERROR_NO_SPACE
 *
 * What happens when the producer of an [class@Athr.Stream] yields a value and the buffer is
 * full.
 *
 * The yield that drops a value frees the value on the worker.
 *
 * Since: 1.0
 */
typedef enum
{
  ATHR_OVERFLOW_BLOCK,
  ATHR_OVERFLOW_DROP_OLDEST,
  ATHR_OVERFLOW_DROP_NEWEST,
  ATHR_OVERFLOW_FAIL,
} AthrOverflow;

/**
 * AthrGroupPolicy:
 * @ATHR_GROUP_FAIL_FAST: the first error decides: the group cancels the other calls and fails
 *   with that error
 * @ATHR_GROUP_COLLECT: the group waits for all calls, and then fails with the first error
 * @ATHR_GROUP_FIRST_SUCCESS: the first success decides: the group cancels the other calls and
 *   succeeds; it fails only if no call succeeds
 *
 * When an [class@Athr.Group] is over, and whether it succeeds.
 *
 * Since: 1.0
 */
typedef enum
{
  ATHR_GROUP_FAIL_FAST,
  ATHR_GROUP_COLLECT,
  ATHR_GROUP_FIRST_SUCCESS,
} AthrGroupPolicy;

/**
 * AthrMapFlags:
 * @ATHR_MAP_DEFAULT: the values come in the order of the items
 * @ATHR_MAP_UNORDERED: the values of an item come as soon as its function has returned
 *
 * How [ctor@Athr.Stream.new_map] maps.
 *
 * Since: 1.0
 */
typedef enum
{
  ATHR_MAP_DEFAULT = 0,
  ATHR_MAP_UNORDERED = 1 << 0,
} AthrMapFlags;

/**
 * AthrCloseFlags:
 * @ATHR_CLOSE_DEFAULT: queued work still runs
 * @ATHR_CLOSE_CANCEL_QUEUED: queued work fails with %G_IO_ERROR_CANCELLED and never starts
 *
 * How [method@Athr.Executor.close_with_flags_async] closes an executor.
 *
 * Since: 1.0
 */
typedef enum
{
  ATHR_CLOSE_DEFAULT = 0,
  ATHR_CLOSE_CANCEL_QUEUED = 1 << 0,
} AthrCloseFlags;

/**
 * AthrCallFunc:
 * @call: the call
 * @user_data: (closure): the data given to [ctor@Athr.Call.new]
 * @error: return location for an error
 *
 * The blocking function of a call.
 *
 * The function either calls [method@Athr.Call.return_value] with its result, or sets @error.
 * If it does neither, the result of the call is null.
 *
 * Threads: worker, of the call's executor. The function is called once.
 *
 * Since: 1.0
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
 * The producer yields its values by [method@Athr.Yielder.yield_value], which blocks while the
 * stream's buffer is full. The stream ends when the producer returns. If the producer sets
 * @error, the consumer first gets the values that the producer has yielded, and then the
 * error.
 *
 * A step, the function of [ctor@Athr.Stream.new_steps], is called again and again as long as
 * the buffer has room. The yields of a step never block. The stream ends when a step has
 * called [method@Athr.Yielder.end] or sets @error.
 *
 * Threads: worker, of the stream's executor. A producer is called once. A step is never called
 * twice at the same time.
 *
 * Since: 1.0
 */
typedef void (*AthrStreamFunc) (AthrYielder  *yielder,
                                gpointer      user_data,
                                GError      **error);

/**
 * AthrMapFunc:
 * @yielder: where the function yields the values of @item
 * @item: a value of the source
 * @user_data: (closure): the data given to [ctor@Athr.Stream.new_map]
 * @error: return location for an error, which ends the map
 *
 * The blocking function of a map, which makes no, one or many values of an item.
 *
 * Its yields never block. The map hands out the values when the function has returned. If the
 * function calls [method@Athr.Yielder.end], the map ends after the values of @item.
 * [method@Athr.Yielder.exchange_value] and [method@Athr.Yielder.receive] fail with
 * %G_IO_ERROR_NOT_SUPPORTED.
 *
 * The function can ask, post and report problems, as in any other stream. It should not call
 * [method@Athr.Yielder.report_progress]: a report is the progress of the whole map, until another
 * item reports or the map counts an item that is done.
 *
 * Threads: worker, of the map's executor. Several workers call the function at the same time, each
 * for another item.
 *
 * Since: 1.0
 */
typedef void (*AthrMapFunc) (AthrYielder   *yielder,
                             const GValue  *item,
                             gpointer       user_data,
                             GError       **error);

G_END_DECLS
