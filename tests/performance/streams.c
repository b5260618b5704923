/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "values.h"

/* Streams used in other ways than a flood of one stream into the main loop. All values are numbers. */

enum { END = G_MAXINT };

/* Many streams at once. By hand a pool has a job for each stream. */

typedef struct
{
  guint n_streams;
  guint n_each;  /* values of each stream */
  guint n_ended; /* streams */
  gboolean is_over;
} Many;

typedef struct
{
  Many *many;
  guint n_made;
  guint n_got;
  GAsyncQueue *queue;
  int idle_queued; /* atomic */
} One;

enum { STEP = 16 }; /* values that a step yields */

static void
step (AthrYielder  *yielder,
      gpointer      user_data,
      GError      **error)
{
  One *one = user_data;

  for (guint i = 0; i < STEP && one->n_made < one->many->n_each; i++)
    if (!athr_yielder_yield (yielder, error, G_TYPE_INT, (int) one->n_made++))
      return;
  if (one->n_made == one->many->n_each)
    athr_yielder_end (yielder);
}

static void
one_ended (One *one)
{
  if (one->n_got != one->many->n_each)
    g_error ("Values were lost");
  one->many->n_ended++;
  one->many->is_over = one->many->n_ended == one->many->n_streams;
}

static void
many_batch_done (GObject      *source,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  AthrStream *stream = ATHR_STREAM (source);
  g_autofree GValue *values = NULL;
  One *one = user_data;
  gsize n_values;

  values = athr_stream_next_batch_finish_values (stream, result, &n_values, NULL);
  for (gsize i = 0; i < n_values; i++)
    g_value_unset (&values[i]);
  one->n_got += n_values;
  if (n_values > 0)
    athr_stream_next_batch_async (stream, 64, NULL, many_batch_done, one);
  else
    one_ended (one);
}

static void
many_by_steps (One *one)
{
  g_autoptr (AthrStream) stream = athr_stream_new_steps (step, one, NULL);

  athr_stream_next_batch_async (stream, 64, NULL, many_batch_done, one);
}

static gboolean
many_on_idle (gpointer user_data)
{
  One *one = user_data;

  if (++one->n_got == one->many->n_each)
    one_ended (one);

  return G_SOURCE_REMOVE;
}

static void
many_produce_idles (gpointer data,
                    gpointer user_data)
{
  One *one = data;
  guint n = one->many->n_each;

  for (guint i = 0; i < n; i++)
    g_idle_add (many_on_idle, one);
}

static gboolean
many_on_queue (gpointer user_data)
{
  One *one = user_data;
  gboolean is_last = FALSE;
  gpointer item;

  g_atomic_int_set (&one->idle_queued, FALSE);
  while (!is_last && (item = g_async_queue_try_pop (one->queue)) != NULL)
    {
      is_last = GPOINTER_TO_INT (item) == END;
      one->n_got += !is_last;
    }
  if (is_last)
    one_ended (one);

  return G_SOURCE_REMOVE;
}

static void
many_queue_push (One *one,
                 int  item)
{
  g_async_queue_push (one->queue, GINT_TO_POINTER (item));
  if (g_atomic_int_compare_and_exchange (&one->idle_queued, FALSE, TRUE))
    g_idle_add (many_on_queue, one);
}

static void
many_produce_queue (gpointer data,
                    gpointer user_data)
{
  One *one = data;

  for (guint i = 0; i < one->many->n_each; i++)
    many_queue_push (one, i + 1);
  many_queue_push (one, END);
}

/* Starts the streams: by a pool with the function `how`, or by steps if there is none */
static double
measure_many (const BenchRow *row,
              const BenchWay *way,
              guint           n)
{
  Many many = { .n_streams = row->scale, .n_each = MAX (1, n / row->scale) };
  g_autofree One *ones = g_new0 (One, many.n_streams);
  GThreadPool *pool = NULL;
  gint64 begin = g_get_monotonic_time ();

  if (way->how != NULL)
    pool = g_thread_pool_new (*(const GFunc *) way->how, NULL, g_get_num_processors () + 4, FALSE, NULL);
  for (guint i = 0; i < many.n_streams; i++)
    {
      ones[i].many = &many;
      if (pool == NULL)
        {
          many_by_steps (&ones[i]);
          continue;
        }
      ones[i].queue = g_async_queue_new ();
      g_thread_pool_push (pool, &ones[i], NULL);
    }
  bench_iterate (&many.is_over);

  if (pool != NULL)
    {
      g_thread_pool_free (pool, FALSE, TRUE);
      /* The last idle functions find empty queues. */
      while (g_main_context_iteration (NULL, FALSE))
        ;
      for (guint i = 0; i < many.n_streams; i++)
        g_async_queue_unref (ones[i].queue);
    }

  return bench_since (begin) * 1000 / (many.n_each * many.n_streams);
}

/* From a worker to a worker */

static void
numbers (AthrYielder  *yielder,
         gpointer      user_data,
         GError      **error)
{
  guint n = GPOINTER_TO_UINT (user_data);

  for (guint i = 0; i < n; i++)
    if (!athr_yielder_yield (yielder, error, G_TYPE_INT, (int) i))
      return;
}

static void
take_all (AthrCall  *call,
          gpointer   user_data,
          GError   **error)
{
  for (int i = 0; TRUE; i++)
    {
      g_auto (GValue) value = G_VALUE_INIT;

      if (!athr_stream_next (user_data, NULL, &value, error))
        return;
      if (!G_IS_VALUE (&value))
        return;
      if (g_value_get_int (&value) != i)
        g_error ("A wrong value");
    }
}

static void
taken (GObject      *source,
       GAsyncResult *result,
       gpointer      user_data)
{
  gboolean *is_over = user_data;

  if (!athr_call_run_finish_into (ATHR_CALL (source), result, NULL, NULL))
    g_error ("The consumer failed");
  *is_over = TRUE;
}

static double
measure_workers (const BenchRow *row,
                 const BenchWay *way,
                 guint           n)
{
  g_autoptr (AthrStream) stream = athr_stream_new (numbers, GUINT_TO_POINTER (n), NULL);
  g_autoptr (AthrCall) consumer = athr_call_new (take_all, stream, NULL);
  gboolean is_over = FALSE;
  gint64 begin = g_get_monotonic_time ();

  athr_stream_start (stream);
  athr_call_run_async (consumer, NULL, taken, &is_over);
  bench_iterate (&is_over);

  return bench_since (begin) * 1000 / n;
}

typedef struct
{
  GAsyncQueue *queue;
  guint n;
} Pair;

static gpointer
push_all (gpointer user_data)
{
  Pair *pair = user_data;

  for (guint i = 0; i < pair->n; i++)
    g_async_queue_push (pair->queue, GUINT_TO_POINTER (i + 1));

  return NULL;
}

static gpointer
pop_all (gpointer user_data)
{
  Pair *pair = user_data;

  for (guint i = 0; i < pair->n; i++)
    if (GPOINTER_TO_UINT (g_async_queue_pop (pair->queue)) != i + 1)
      g_error ("A wrong item");

  return NULL;
}

static double
measure_threads (const BenchRow *row,
                 const BenchWay *way,
                 guint           n)
{
  Pair pair = { g_async_queue_new (), n };
  gint64 begin = g_get_monotonic_time ();
  GThread *producer = g_thread_new ("push", push_all, &pair);
  GThread *consumer = g_thread_new ("pop", pop_all, &pair);

  g_thread_join (producer);
  g_thread_join (consumer);
  g_async_queue_unref (pair.queue);

  return bench_since (begin) * 1000 / n;
}

/* There and back: the consumer sends a number, and the producer answers with the number after it. */

typedef struct
{
  guint n_left;
  int sent;
  gboolean is_over;
  GAsyncQueue *questions;
  int answer;
} Exchange;

static void
answer_all (AthrYielder  *yielder,
            gpointer      user_data,
            GError      **error)
{
  GValue answer = G_VALUE_INIT;

  g_value_init (&answer, G_TYPE_INT);
  for (;;)
    {
      g_auto (GValue) sent = G_VALUE_INIT;

      if (!athr_yielder_exchange_value (yielder, &answer, &sent, error))
        break;
      g_value_set_int (&answer, g_value_get_int (&sent) + 1);
    }
}

static void
answered (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  AthrStream *stream = ATHR_STREAM (source);
  g_auto (GValue) value = G_VALUE_INIT;
  g_auto (GValue) question = G_VALUE_INIT;
  Exchange *self = user_data;

  if (!athr_stream_next_finish_into (stream, result, &value, NULL) || g_value_get_int (&value) != self->sent)
    g_error ("A wrong answer");
  self->is_over = self->n_left == 0;
  if (self->is_over)
    return;
  self->n_left--;
  g_value_init (&question, G_TYPE_INT);
  g_value_set_int (&question, self->sent++);
  athr_stream_send (stream, &question);
  athr_stream_next_async (stream, NULL, answered, self);
}

static void
closed (GObject      *source,
        GAsyncResult *result,
        gpointer      user_data)
{
  gboolean *is_closed = user_data;

  if (!athr_stream_close_finish (ATHR_STREAM (source), result, NULL))
    g_error ("The producer failed");
  *is_closed = TRUE;
}

static double
measure_exchange (const BenchRow *row,
                  const BenchWay *way,
                  guint           n)
{
  g_autoptr (AthrStream) stream = athr_stream_new (answer_all, NULL, NULL);
  Exchange self = { .n_left = n };
  gboolean is_closed = FALSE;
  gint64 begin = g_get_monotonic_time ();
  double each;

  athr_stream_set_buffer_size (stream, 0);
  athr_stream_next_async (stream, NULL, answered, &self);
  bench_iterate (&self.is_over);
  each = bench_since (begin) / n;

  athr_stream_close_async (stream, NULL, closed, &is_closed);
  bench_iterate (&is_closed);

  return each;
}

static gboolean
answered_by_hand (gpointer user_data)
{
  Exchange *self = user_data;

  if (self->answer != self->sent)
    g_error ("A wrong answer");
  self->is_over = self->n_left == 0;
  if (self->is_over)
    self->sent = END - 1;
  else
    self->n_left--;
  g_async_queue_push (self->questions, GINT_TO_POINTER (++self->sent));

  return G_SOURCE_REMOVE;
}

static gpointer
answer_by_hand (gpointer user_data)
{
  Exchange *self = user_data;

  for (;;)
    {
      int question = GPOINTER_TO_INT (g_async_queue_pop (self->questions));

      if (question == END)
        return NULL;
      self->answer = question;
      g_idle_add (answered_by_hand, self);
    }
}

static double
measure_exchange_by_hand (const BenchRow *row,
                          const BenchWay *way,
                          guint           n)
{
  Exchange self = { .n_left = n, .questions = g_async_queue_new () };
  gint64 begin = g_get_monotonic_time ();
  GThread *thread = g_thread_new ("answers", answer_by_hand, &self);

  self.sent = 1;
  g_async_queue_push (self.questions, GINT_TO_POINTER (self.sent));
  bench_iterate (&self.is_over);
  g_thread_join (thread);
  g_async_queue_unref (self.questions);

  return bench_since (begin) / n;
}

/* Into a list model */

static void
objects (AthrYielder  *yielder,
         gpointer      user_data,
         GError      **error)
{
  Flood flood = { .kind = KIND_OBJECT, .n_values = GPOINTER_TO_UINT (user_data) };

  for (guint i = 0; i < flood.n_values; i++)
    if (!flood_yield (&flood, yielder, i, error))
      return;
}

static double
measure_list (const BenchRow *row,
              const BenchWay *way,
              guint           n)
{
  g_autoptr (AthrStream) stream = athr_stream_new (objects, GUINT_TO_POINTER (n), NULL);
  g_autoptr (AthrStreamListModel) model = NULL;
  gint64 begin = g_get_monotonic_time ();

  model = athr_stream_list_model_new (stream, G_TYPE_OBJECT);
  while (athr_stream_list_model_get_loading (model))
    g_main_context_iteration (NULL, TRUE);
  if (g_list_model_get_n_items (G_LIST_MODEL (model)) != n)
    g_error ("Rows were lost");

  return bench_since (begin) * 1000 / n;
}

typedef struct
{
  GListStore *store;
  GAsyncQueue *queue;
  guint n;
  int idle_queued; /* atomic */
  gpointer item;
} Rows;

static gboolean
append_row (gpointer user_data)
{
  Rows *row = user_data;

  g_list_store_append (row->store, row->item);
  g_object_unref (row->item);
  g_free (row);

  return G_SOURCE_REMOVE;
}

static gpointer
produce_rows (gpointer user_data)
{
  Rows *rows = user_data;

  for (guint i = 0; i < rows->n; i++)
    {
      Rows *row = g_new0 (Rows, 1);

      row->store = rows->store;
      row->item = g_object_new (G_TYPE_OBJECT, NULL);
      g_idle_add (append_row, row);
    }

  return NULL;
}

static gboolean
splice_rows (gpointer user_data)
{
  Rows *rows = user_data;
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_object_unref);
  gpointer item;

  g_atomic_int_set (&rows->idle_queued, FALSE);
  while ((item = g_async_queue_try_pop (rows->queue)) != NULL)
    g_ptr_array_add (items, item);
  g_list_store_splice (rows->store, g_list_model_get_n_items (G_LIST_MODEL (rows->store)), 0,
                       items->pdata, items->len);

  return G_SOURCE_REMOVE;
}

static gpointer
produce_spliced_rows (gpointer user_data)
{
  Rows *rows = user_data;

  for (guint i = 0; i < rows->n; i++)
    {
      g_async_queue_push (rows->queue, g_object_new (G_TYPE_OBJECT, NULL));
      if (g_atomic_int_compare_and_exchange (&rows->idle_queued, FALSE, TRUE))
        g_idle_add (splice_rows, rows);
    }

  return NULL;
}

static double
measure_list_store (const BenchRow *row,
                    const BenchWay *way,
                    guint           n)
{
  Rows rows = { .store = g_list_store_new (G_TYPE_OBJECT), .queue = g_async_queue_new (), .n = n };
  gint64 begin = g_get_monotonic_time ();
  GThread *thread = g_thread_new ("rows", *(const GThreadFunc *) way->how, &rows);
  double each;

  while (g_list_model_get_n_items (G_LIST_MODEL (rows.store)) < n)
    g_main_context_iteration (NULL, TRUE);
  each = bench_since (begin) * 1000 / n;

  g_thread_join (thread);
  /* The last idle function may find an empty queue. */
  while (g_atomic_int_get (&rows.idle_queued))
    g_main_context_iteration (NULL, TRUE);
  g_async_queue_unref (rows.queue);
  g_object_unref (rows.store);

  return each;
}

static const GFunc many_by_idles = many_produce_idles;
static const GFunc many_by_queues = many_produce_queue;
static const GThreadFunc rows_by_idles = produce_rows;
static const GThreadFunc rows_by_queue = produce_spliced_rows;

#define MANY_WAYS { \
  { "steps, batches of 64", measure_many }, \
  { "idle each", measure_many, &many_by_idles, 5 }, \
  { "queue, one idle", measure_many, &many_by_queues }, \
}

const BenchRow bench_stream_rows[] = {
  { "streams-1", "an int of 1 stream", "ns", 300000, 1, 0, MANY_WAYS },
  { "streams-10", "an int of 10 streams at once", "ns", 300000, 10, 0, MANY_WAYS },
  { "streams-1000", "an int of 1,000 streams at once", "ns", 300000, 1000, 0, MANY_WAYS },
  { "workers", "an int from a worker to a worker", "ns", 300000, 0, 0, {
    { "blocking next", measure_workers },
    { "GAsyncQueue", measure_threads },
  } },
  { "exchange", "an exchange in lock-step", "us", 3000, 0, 0, {
    { "exchange_value", measure_exchange },
    { "queue, idle each", measure_exchange_by_hand },
  } },
  { "list-model", "a row of a list model", "ns", 100000, 0, 0, {
    { "AthrStreamListModel", measure_list },
    { "idle each, append", measure_list_store, &rows_by_idles, 2 },
    { "queue, one splice", measure_list_store, &rows_by_queue },
  } },
  { NULL, },
};
