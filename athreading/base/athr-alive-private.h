/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What is alive: each object has an entry from its creation to its end. Any thread reads all entries at any
 * time, and neither side takes a lock:
 *
 * - The memory of an entry is never freed. A free entry waits for the next object. So a reader never touches
 *   the object itself, which another thread may be freeing.
 * - Each thread takes entries from a table of its own, and returns them there. A thread that returns the entry
 *   of another thread's table leaves the entry in a list, from which that other thread takes all at once. The
 *   table of a thread that has ended goes to the next thread that needs one.
 * - What readers read is atomic. `version` is odd while the entry gets a new object or a new name: a reader
 *   that finds the version odd or changed reads the entry again. A store releases, and a load acquires: a
 *   reader that has seen any part of a change sees the odd version before the change. */

typedef enum
{
  ATHR_ALIVE_CALL,
  ATHR_ALIVE_STREAM,
  ATHR_ALIVE_GROUP,
  ATHR_ALIVE_LATEST,
} AthrAliveKind;

typedef enum
{
  ATHR_ALIVE_INITIAL,
  ATHR_ALIVE_QUEUED,
  ATHR_ALIVE_RUNNING,
  ATHR_ALIVE_PARKED,    /* no worker runs the function; there is no room for a value */
  ATHR_ALIVE_RETURNED,  /* the function has returned or will never run, and home has not dealt with that */
  ATHR_ALIVE_SUCCEEDED, /* of a stream: it has ended */
  ATHR_ALIVE_FAILED,
  ATHR_ALIVE_CANCELLED,
  ATHR_ALIVE_CLOSED,
} AthrAliveState;

/* What the worker that runs the function waits for, inside this library. */
typedef enum
{
  ATHR_ALIVE_WAITS_FOR_NOTHING,
  ATHR_ALIVE_WAITS_FOR_ROOM,
  ATHR_ALIVE_WAITS_FOR_WORK, /* for a call, a value or an answer */
} AthrAliveWait;

enum
{
  ATHR_ALIVE_STOPPED = 1 << 0, /* cancelled, out of time, or closed */
  ATHR_ALIVE_DROPPED = 1 << 1, /* the program has dropped the object, whose function still runs */
};

/* The bytes of a name that an entry keeps, with the end of the text. */
#define ATHR_ALIVE_NAME_SIZE 96

typedef struct _AthrAliveTable AthrAliveTable;
typedef struct _AthrAlive AthrAlive;

struct _AthrAlive
{
  /* The first cache line has all of an object without a name. */
  gpointer object;  /* atomic; NULL: the entry is free */
  guint version;    /* atomic; written by the thread that owns the object */
  guint kind;       /* atomic */
  guint state;      /* atomic; an AthrAliveState */
  guint flags;      /* atomic */
  guint wait;       /* atomic; an AthrAliveWait */
  int thread;       /* atomic; what the kernel calls the worker that runs the function; 0: none */
  guint created;    /* atomic; this and the next two are times of athr_alive_now() */
  guint queued;     /* atomic; when the job was queued last */
  guint begun;      /* atomic; when a worker began the function last */
  guint has_name;   /* atomic */
  AthrAlive *next;  /* the thread that has the free entry */
  AthrAliveTable *table; /* set once */

  guint n_done;     /* atomic; of a group */
  guint n_all;      /* atomic; of a group */
  gint64 marks[3];  /* for athr-trace.c; of the thread that queues, runs or delivers */
  gsize name[ATHR_ALIVE_NAME_SIZE / sizeof (gsize)]; /* atomic; valid if has_name */
};

/* What a reader has found. */
typedef struct
{
  gconstpointer object;
  AthrAliveKind kind;
  AthrAliveState state;
  guint flags;
  AthrAliveWait wait;
  int thread;
  guint created;
  guint queued;
  guint begun;
  guint n_done;
  guint n_all;
  char name[ATHR_ALIVE_NAME_SIZE]; /* empty: the object has no name */
} AthrAliveFacts;

#define athr_alive_set(field, value) __atomic_store_n (&(field), (value), __ATOMIC_RELEASE)
#define athr_alive_get(field) __atomic_load_n (&(field), __ATOMIC_ACQUIRE)

/* Any thread. An entry for @object, which is INITIAL. */
AthrAlive *athr_alive_new      (AthrAliveKind  kind,
                                gpointer       object);
/* Any thread: readers find the object no more. The object may still use the entry. */
void       athr_alive_hide     (AthrAlive     *self);
/* Any thread: the object uses the entry no more. Not in the child of a fork, for an object from before the fork. */
void       athr_alive_free     (AthrAlive     *self);
/* The thread that owns the object. @name: (nullable) */
void       athr_alive_set_name (AthrAlive     *self,
                                const char    *name);
/* Any thread; unlocked. All that is alive, by kind and age; (element-type AthrAliveFacts). In the child of a
 * fork it is only what the child has made. */
GArray    *athr_alive_list     (void);

/* The kind, the name and the address of the object: newly allocated. The second function is for a thread that
 * keeps the object alive. */
char      *athr_alive_facts_get_title (const AthrAliveFacts *facts);
char      *athr_alive_get_title       (AthrAlive            *self);

/* The time in milliseconds, modulo 2^32. It is cheap, and some milliseconds behind. */
guint      athr_alive_now      (void);

/* On the worker that runs the job of the object: the function begins, and has returned. After
 * athr_alive_pause() no worker runs the function. */
void       athr_alive_begin    (AthrAlive     *self);
void       athr_alive_pause    (AthrAlive     *self,
                                AthrAliveState state);
/* Whether the calling thread runs the function of the object. */
gboolean   athr_alive_is_run_here (AthrAlive  *self);
/* Any thread: says of the object whose function the thread runs, if any, what it waits for. */
void       athr_alive_wait     (AthrAliveWait  wait);

/* The thread that is about to queue the job of the object. */
static inline void
athr_alive_queue (AthrAlive *self)
{
  athr_alive_set (self->queued, athr_alive_now ());
  athr_alive_set (self->state, ATHR_ALIVE_QUEUED);
}

static inline void
athr_alive_set_state (AthrAlive      *self,
                      AthrAliveState  state)
{
  athr_alive_set (self->state, state);
}

/* Any thread that keeps the object alive. */
static inline void
athr_alive_add_flag (AthrAlive *self,
                     guint      flag)
{
  __atomic_or_fetch (&self->flags, flag, __ATOMIC_RELEASE);
}

G_END_DECLS
