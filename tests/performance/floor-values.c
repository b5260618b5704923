/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "values.h"

/* The least that a value can cost on its way from a thread to the main loop: a ring of one producer and one
 * consumer without a lock. Each side keeps a copy of the other side's count, and reads the count
 * itself only when the copy says that the ring is full or empty.
 *
 * The main thread takes the values in three ways: it reads each value in the ring; it emits a signal for each value;
 * or it completes a GTask for each value, one in each iteration of the main loop. */

#define SIZE 1024 /* a power of two */
#define CACHE_LINE 64

typedef struct _Ring Ring;

/* Takes values of the ring that holds some. Returns the new number of values that were taken. */
typedef guint (*RingTakeFunc) (Ring *self,
                               guint n_taken);

struct _Ring
{
  Flood *flood;
  RingTakeFunc take; /* set once */
  GObject *object;   /* set once; emits `value`, or is the source of the tasks */
  GTask *task;       /* the main thread's; waits for the next value, if there are tasks */
  gboolean has_tasks; /* set once */

  /* The producer's side */
  guint n_put __attribute__ ((aligned (CACHE_LINE)));   /* atomic */
  guint known_taken;
  /* The consumer's side */
  guint n_taken __attribute__ ((aligned (CACHE_LINE))); /* atomic */
  guint known_put;
  /* Both sides */
  int consumer_sleeps __attribute__ ((aligned (CACHE_LINE))); /* atomic */
  int producer_sleeps;                                        /* atomic */
  GMutex lock;
  GCond has_room;

  GValue values[SIZE] __attribute__ ((aligned (CACHE_LINE)));
};

typedef struct
{
  GSource source;
  Ring *ring;
} RingSource;

static void
ring_wait_for_room (Ring  *self,
                    guint n_put)
{
  gint64 end = g_get_monotonic_time () + 10;

  while (g_get_monotonic_time () < end)
    {
      self->known_taken = __atomic_load_n (&self->n_taken, __ATOMIC_ACQUIRE);
      if (n_put - self->known_taken < SIZE)
        return;
    }

  g_mutex_lock (&self->lock);
  __atomic_store_n (&self->producer_sleeps, TRUE, __ATOMIC_SEQ_CST);
  while (n_put - (self->known_taken = __atomic_load_n (&self->n_taken, __ATOMIC_SEQ_CST)) == SIZE)
    g_cond_wait (&self->has_room, &self->lock);
  __atomic_store_n (&self->producer_sleeps, FALSE, __ATOMIC_SEQ_CST);
  g_mutex_unlock (&self->lock);
}

static void
set_value (const Flood *flood,
           GValue      *value,
           guint        number)
{
  switch (flood->kind)
    {
    case KIND_INT:
      g_value_init (value, G_TYPE_INT);
      g_value_set_int (value, number);
      break;
    case KIND_STRING:
      g_value_init (value, G_TYPE_STRING);
      g_value_take_string (value, flood_make_item (flood, number));
      break;
    case KIND_OBJECT:
      g_value_init (value, G_TYPE_OBJECT);
      g_value_take_object (value, flood_make_item (flood, number));
      break;
    case KIND_BOXED:
      g_value_init (value, G_TYPE_BYTES);
      g_value_take_boxed (value, flood_make_item (flood, number));
      break;
    }
}

static gpointer
produce (gpointer user_data)
{
  Ring *self = user_data;

  for (guint i = 0; i < self->flood->n_values; i++)
    {
      if (i - self->known_taken == SIZE)
        ring_wait_for_room (self, i);
      set_value (self->flood, &self->values[i % SIZE], i);
      /* The exchange is the fence between this count and the consumer's flag. */
      __atomic_exchange_n (&self->n_put, i + 1, __ATOMIC_SEQ_CST);
      if (__atomic_load_n (&self->consumer_sleeps, __ATOMIC_RELAXED) &&
          __atomic_exchange_n (&self->consumer_sleeps, FALSE, __ATOMIC_SEQ_CST))
        g_main_context_wakeup (NULL);
    }

  return NULL;
}

static gboolean
ring_has_value (Ring *self)
{
  if (self->has_tasks && self->task == NULL)
    return FALSE;
  if (self->n_taken == self->known_put)
    self->known_put = __atomic_load_n (&self->n_put, __ATOMIC_SEQ_CST);

  return self->n_taken != self->known_put;
}

static gboolean
ring_prepare (GSource *source,
              int     *timeout)
{
  Ring *self = ((RingSource *) source)->ring;

  if (ring_has_value (self))
    return TRUE;
  __atomic_store_n (&self->consumer_sleeps, TRUE, __ATOMIC_SEQ_CST);

  return ring_has_value (self);
}

static gboolean
ring_check (GSource *source)
{
  return ring_has_value (((RingSource *) source)->ring);
}

static guint
ring_read (Ring  *self,
           guint  n_taken)
{
  for (; n_taken != self->known_put; n_taken++)
    {
      GValue *value = &self->values[n_taken % SIZE];

      flood_got_value (self->flood, value);
      g_value_unset (value);
    }

  return n_taken;
}

/* A GObject with a signal of the same kind as AthrStream::value. */

typedef GObject FloorEmitter;
typedef GObjectClass FloorEmitterClass;

GType floor_emitter_get_type (void);
G_DEFINE_FINAL_TYPE (FloorEmitter, floor_emitter, G_TYPE_OBJECT)

static guint value_signal;

static void
floor_emitter_class_init (FloorEmitterClass *klass)
{
  value_signal = g_signal_new ("value", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                               G_TYPE_NONE, 1, G_TYPE_VALUE | G_SIGNAL_TYPE_STATIC_SCOPE);
}

static void
floor_emitter_init (FloorEmitter *self)
{
}

static guint
ring_emit (Ring  *self,
           guint  n_taken)
{
  for (; n_taken != self->known_put; n_taken++)
    {
      GValue *value = &self->values[n_taken % SIZE];

      g_signal_emit (self->object, value_signal, 0, value);
      g_value_unset (value);
    }

  return n_taken;
}

static void ring_ask (Ring *self);

static void
on_completed (GObject      *object,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_auto (GValue) value = G_VALUE_INIT;
  Ring *self = user_data;

  if (!g_task_propagate_value (G_TASK (result), &value, NULL))
    g_error ("A task failed");
  flood_got_value (self->flood, &value);
  /* GLib calls this in a later iteration when the task was created in the same microsecond. */
  self->flood->is_over = self->flood->n_got == self->flood->n_values;
  if (!self->flood->is_over)
    ring_ask (self);
}

static void
ring_ask (Ring *self)
{
  self->has_tasks = TRUE;
  self->task = g_task_new (self->object, NULL, on_completed, self);
}

static guint
ring_complete (Ring  *self,
               guint  n_taken)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->task);
  GValue *value = &self->values[n_taken % SIZE];

  g_task_return_value (task, value);
  g_value_unset (value);

  return n_taken + 1;
}

static gboolean
ring_dispatch (GSource     *source,
               GSourceFunc  callback,
               gpointer     user_data)
{
  Ring *self = ((RingSource *) source)->ring;
  guint n_taken = self->n_taken;

  __atomic_store_n (&self->consumer_sleeps, FALSE, __ATOMIC_RELAXED);
  n_taken = self->take (self, n_taken);
  __atomic_store_n (&self->n_taken, n_taken, __ATOMIC_SEQ_CST);
  if (__atomic_load_n (&self->producer_sleeps, __ATOMIC_SEQ_CST))
    {
      g_mutex_lock (&self->lock);
      g_cond_signal (&self->has_room);
      g_mutex_unlock (&self->lock);
    }
  self->flood->is_over = self->flood->n_got == self->flood->n_values;

  return G_SOURCE_CONTINUE;
}

static void
ring_flood (Flood        *flood,
            RingTakeFunc  take,
            GObject      *object)
{
  static GSourceFuncs funcs = { .prepare = ring_prepare, .check = ring_check, .dispatch = ring_dispatch };
  Ring *self = g_aligned_alloc0 (1, sizeof (Ring), CACHE_LINE);
  GSource *source = g_source_new (&funcs, sizeof (RingSource));
  GThread *thread;

  self->flood = flood;
  self->take = take;
  self->object = object;
  g_mutex_init (&self->lock);
  g_cond_init (&self->has_room);
  ((RingSource *) source)->ring = self;
  g_source_attach (source, NULL);
  if (take == ring_complete)
    ring_ask (self);
  thread = g_thread_new ("ring", produce, self);

  bench_iterate (&flood->is_over);

  g_thread_join (thread);
  g_source_destroy (source);
  g_source_unref (source);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->has_room);
  g_aligned_free (self);
}

void
flood_by_ring (Flood *flood)
{
  ring_flood (flood, ring_read, NULL);
}

static void
on_emitted (GObject      *object,
            const GValue *value,
            Flood        *flood)
{
  flood_got_value (flood, value);
}

void
flood_by_ring_signal (Flood *flood)
{
  g_autoptr (GObject) object = g_object_new (floor_emitter_get_type (), NULL);

  g_signal_connect (object, "value", G_CALLBACK (on_emitted), flood);
  ring_flood (flood, ring_emit, object);
}

void
flood_by_ring_tasks (Flood *flood)
{
  g_autoptr (GObject) object = g_object_new (floor_emitter_get_type (), NULL);

  ring_flood (flood, ring_complete, object);
}
