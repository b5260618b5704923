/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>
#include <time.h>

#include "base/athr-alive-private.h"
#include "base/athr-fork-private.h"
#include "base/athr-lock-private.h"
#include "base/athr-thread-private.h"

#define ENTRIES_IN_CHUNK 32

typedef struct _AthrAliveChunk AthrAliveChunk;

struct _AthrAliveChunk
{
  AthrAliveChunk *next; /* set once */
  char padding[ATHR_CACHE_LINE - sizeof (gpointer)];
  /* So no two threads that write into entries share a cache line. */
  struct
  {
    _Alignas (ATHR_CACHE_LINE) AthrAlive alive;
  } entries[ENTRIES_IN_CHUNK];
};

struct _AthrAliveTable
{
  AthrAliveTable *next;   /* set once */
  int is_taken;           /* atomic; a thread has the table */
  AthrAlive *free;        /* the thread that has the table */
  AthrAlive *returned;    /* atomic; by other threads */
  AthrAliveChunk *chunks; /* atomic; only the thread that has the table adds one */
};

static AthrAliveTable *tables; /* atomic; tables are never removed */

typedef struct
{
  AthrAliveTable *table; /* (nullable) */
  AthrAlive *running;    /* (nullable): the entry of the object whose function the thread runs */
} AthrAliveThread;

static _Thread_local AthrAliveThread own;

static void athr_alive_thread_ended (gpointer data);

static GPrivate leaving = G_PRIVATE_INIT (athr_alive_thread_ended);

/* The tables of other threads may be half changed. */
static void
athr_alive_forked (void)
{
  tables = NULL;
  own = (AthrAliveThread) { NULL };
}

ATHR_IN_FORKED_CHILD (athr_alive_forked)

/* A later handler of the end of the thread may need a table once more, and then takes another one. */
static void
athr_alive_thread_ended (gpointer data)
{
  AthrAliveTable *table = data;

  if (own.table != table)
    return;

  own.table = NULL;
  __atomic_store_n (&table->is_taken, FALSE, __ATOMIC_RELEASE);
}

/* A table that no thread has. */
static AthrAliveTable *
athr_alive_find_table (void)
{
  for (AthrAliveTable *table = athr_alive_get (tables); table != NULL; table = table->next)
    {
      int expected = FALSE;

      if (__atomic_load_n (&table->is_taken, __ATOMIC_RELAXED) == FALSE &&
          __atomic_compare_exchange_n (&table->is_taken, &expected, TRUE, FALSE,
                                       __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
        return table;
    }

  return NULL;
}

static AthrAliveTable *
athr_alive_take_table (void)
{
  AthrAliveTable *table = athr_alive_find_table ();

  if (table == NULL)
    {
      table = g_new0 (AthrAliveTable, 1);
      table->is_taken = TRUE;
      table->next = athr_alive_get (tables);
      while (!__atomic_compare_exchange_n (&tables, &table->next, table, FALSE,
                                           __ATOMIC_RELEASE, __ATOMIC_RELAXED))
        ;
    }
  own.table = table;
  g_private_set (&leaving, table);

  return table;
}

static void
athr_alive_add_chunk (AthrAliveTable *table)
{
  AthrAliveChunk *chunk = g_aligned_alloc0 (1, sizeof *chunk, ATHR_CACHE_LINE);

  for (guint i = 0; i < ENTRIES_IN_CHUNK; i++)
    {
      AthrAlive *alive = &chunk->entries[i].alive;

      alive->table = table;
      alive->next = i + 1 < ENTRIES_IN_CHUNK ? &chunk->entries[i + 1].alive : NULL;
    }
  table->free = &chunk->entries[0].alive;
  chunk->next = table->chunks;
  athr_alive_set (table->chunks, chunk);
}

/* The table of the calling thread has a free entry then. */
static AthrAliveTable *
athr_alive_fill_table (void)
{
  AthrAliveTable *table = own.table != NULL ? own.table : athr_alive_take_table ();

  if (table->free == NULL)
    table->free = __atomic_exchange_n (&table->returned, NULL, __ATOMIC_ACQUIRE);
  if (table->free == NULL)
    athr_alive_add_chunk (table);

  return table;
}

guint
athr_alive_now (void)
{
  struct timespec now;

#ifdef CLOCK_MONOTONIC_COARSE
  clock_gettime (CLOCK_MONOTONIC_COARSE, &now);
#else
  clock_gettime (CLOCK_MONOTONIC, &now);
#endif

  return (guint) now.tv_sec * 1000 + (guint) now.tv_nsec / 1000000;
}

AthrAlive *
athr_alive_new (AthrAliveKind kind,
                gpointer      object)
{
  AthrAliveTable *table = own.table;
  AthrAlive *self;

  if (G_UNLIKELY (table == NULL || table->free == NULL))
    table = athr_alive_fill_table ();
  self = table->free;
  table->free = self->next;

  athr_alive_set (self->version, self->version + 1);
  athr_alive_set (self->kind, kind);
  athr_alive_set (self->state, ATHR_ALIVE_INITIAL);
  athr_alive_set (self->flags, 0);
  athr_alive_set (self->wait, ATHR_ALIVE_WAITS_FOR_NOTHING);
  athr_alive_set (self->thread, 0);
  athr_alive_set (self->created, athr_alive_now ());
  athr_alive_set (self->begun, 0);
  athr_alive_set (self->has_name, FALSE);
  athr_alive_set (self->object, object);
  athr_alive_set (self->version, self->version + 1);

  return self;
}

void
athr_alive_hide (AthrAlive *self)
{
  athr_alive_set (self->object, NULL);
}

void
athr_alive_free (AthrAlive *self)
{
  AthrAliveTable *table = self->table;

  athr_alive_hide (self);
  if (table == own.table)
    {
      self->next = table->free;
      table->free = self;
      return;
    }

  self->next = __atomic_load_n (&table->returned, __ATOMIC_RELAXED);
  while (!__atomic_compare_exchange_n (&table->returned, &self->next, self, FALSE,
                                       __ATOMIC_RELEASE, __ATOMIC_RELAXED))
    ;
}

/* Cuts a name that is too long, between two characters. */
static void
athr_alive_cut_name (const char *name,
                     char       *cut)
{
  const char ellipsis[] = "…";
  char *end;

  if (g_strlcpy (cut, name, ATHR_ALIVE_NAME_SIZE) < ATHR_ALIVE_NAME_SIZE)
    return;

  cut[ATHR_ALIVE_NAME_SIZE - sizeof ellipsis] = '\0';
  if (!g_utf8_validate (cut, -1, (const char **) &end))
    *end = '\0';
  g_strlcat (cut, ellipsis, ATHR_ALIVE_NAME_SIZE);
}

void
athr_alive_set_name (AthrAlive  *self,
                     const char *name)
{
  gsize words[G_N_ELEMENTS (self->name)] = { 0 };

  if (name != NULL)
    athr_alive_cut_name (name, (char *) words);

  athr_alive_set (self->version, self->version + 1);
  for (guint i = 0; i < G_N_ELEMENTS (words) && name != NULL; i++)
    athr_alive_set (self->name[i], words[i]);
  athr_alive_set (self->has_name, name != NULL);
  athr_alive_set (self->version, self->version + 1);
}

void
athr_alive_begin (AthrAlive *self)
{
  own.running = self;
  athr_alive_set (self->begun, athr_alive_now ());
  athr_alive_set (self->thread, athr_thread_get_kernel_id ());
  athr_alive_set (self->state, ATHR_ALIVE_RUNNING);
}

void
athr_alive_pause (AthrAlive      *self,
                  AthrAliveState  state)
{
  own.running = NULL;
  athr_alive_set (self->state, state);
  athr_alive_set (self->thread, 0);
}

gboolean
athr_alive_is_run_here (AthrAlive *self)
{
  return own.running == self;
}

void
athr_alive_wait (AthrAliveWait wait)
{
  if (own.running != NULL)
    athr_alive_set (own.running->wait, wait);
}

static void
athr_alive_read_name (AthrAlive      *self,
                      AthrAliveFacts *facts)
{
  gsize words[G_N_ELEMENTS (self->name)];

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    words[i] = athr_alive_get (self->name[i]);
  memcpy (facts->name, words, sizeof words);
}

/* The caller compares the versions. FALSE when the entry is free. */
static gboolean
athr_alive_read_fields (AthrAlive      *self,
                        AthrAliveFacts *facts)
{
  *facts = (AthrAliveFacts) { .object = athr_alive_get (self->object) };
  facts->kind = athr_alive_get (self->kind);
  /* The state comes first: the times that belong to it were set before it. */
  facts->state = athr_alive_get (self->state);
  facts->flags = athr_alive_get (self->flags);
  facts->wait = athr_alive_get (self->wait);
  facts->thread = athr_alive_get (self->thread);
  facts->created = athr_alive_get (self->created);
  facts->queued = athr_alive_get (self->queued);
  facts->begun = athr_alive_get (self->begun);
  facts->n_done = athr_alive_get (self->n_done);
  facts->n_all = athr_alive_get (self->n_all);
  if (athr_alive_get (self->has_name))
    athr_alive_read_name (self, facts);

  return facts->object != NULL;
}

/* FALSE when the entry is free. */
static gboolean
athr_alive_read (AthrAlive      *self,
                 AthrAliveFacts *facts)
{
  guint version;
  gboolean is_alive;

  /* Most entries of a table may be free. */
  if (athr_alive_get (self->object) == NULL)
    return FALSE;

  do
    {
      version = athr_alive_get (self->version);
      is_alive = athr_alive_read_fields (self, facts);
    }
  while (version % 2 != 0 || athr_alive_get (self->version) != version);

  return is_alive;
}

static int
athr_alive_compare (gconstpointer a,
                    gconstpointer b)
{
  const AthrAliveFacts *first = a, *second = b;

  if (first->kind != second->kind)
    return first->kind < second->kind ? -1 : 1;
  /* The difference says which is older, also where the time begins again at 0. */
  if (first->created != second->created)
    return (gint32) (first->created - second->created) < 0 ? -1 : 1;

  return (first->object > second->object) - (first->object < second->object);
}

GArray *
athr_alive_list (void)
{
  GArray *list = g_array_new (FALSE, FALSE, sizeof (AthrAliveFacts));

  for (AthrAliveTable *table = athr_alive_get (tables); table != NULL; table = table->next)
    for (AthrAliveChunk *chunk = athr_alive_get (table->chunks); chunk != NULL; chunk = chunk->next)
      for (guint i = 0; i < ENTRIES_IN_CHUNK; i++)
        {
          AthrAliveFacts facts;

          if (athr_alive_read (&chunk->entries[i].alive, &facts))
            g_array_append_val (list, facts);
        }
  g_array_sort (list, athr_alive_compare);

  return list;
}

char *
athr_alive_facts_get_title (const AthrAliveFacts *facts)
{
  static const char * const kinds[][2] = {
    [ATHR_ALIVE_CALL] = { "call", "AthrCall" },
    [ATHR_ALIVE_STREAM] = { "stream", "AthrStream" },
    [ATHR_ALIVE_GROUP] = { "group", "AthrGroup" },
    [ATHR_ALIVE_LATEST] = { "latest", "AthrLatest" },
  };
  GString *title = g_string_new (kinds[facts->kind][0]);

  if (facts->name[0] != '\0')
    g_string_append_printf (title, " “%s”", facts->name);
  if (facts->object != NULL)
    g_string_append_printf (title, " (%s %p)", kinds[facts->kind][1], facts->object);

  return g_string_free (title, FALSE);
}

char *
athr_alive_get_title (AthrAlive *self)
{
  AthrAliveFacts facts;

  (void) athr_alive_read_fields (self, &facts);

  return athr_alive_facts_get_title (&facts);
}
