/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib-object.h>

#include "context/athr-context-queue-private.h"

G_BEGIN_DECLS

/* A binding ends work with the owner that wanted the work: any GObject, which any thread may
 * dispose. The object that does the work, its *subject*, has a list of bindings. Neither side holds a
 * reference to the other one.
 *
 * An owner has one record of its bindings, which the owner's data and the owner's weak notify hold.
 * The weak notify marks the bindings as gone and pushes their items home, so it touches no
 * subject. A binding that ends first leaves the record, and touches no owner: the owner may be
 * on its way to be disposed.
 *
 * Home looks for owners that are gone before everything that could touch one: an answer, a
 * signal, a notification. So nothing overtakes the mark, although the item is still on its
 * way. */

typedef struct _AthrBinding AthrBinding;
typedef struct _AthrOwner AthrOwner;

typedef struct
{
  /* At home, once the binding is armed, and at most once: the owner is gone. */
  void (*owner_gone) (gpointer data);
  /* (nullable): any thread: drops @data with the last reference to the binding. */
  void (*free) (gpointer data);
} AthrBindingFuncs;

struct _AthrBinding
{
  gatomicrefcount ref_count; /* of: the subject, the record of the owner, each push of the item */
  const AthrBindingFuncs *funcs; /* set once */
  gpointer data;           /* set once; for funcs */
  AthrOwner *owner;        /* set once; owned */
  AthrBinding *next;       /* set once; in the list of the subject */
  GList link;              /* (AthrOwner.lock) */
  gboolean is_linked;      /* (AthrOwner.lock) */
  AthrContextQueue *home;  /* atomic; set once; owned; NULL until the binding is armed */
  int is_gone;             /* atomic; the owner is gone. Pairs with home: the thread that sets the
                            * second of the two pushes the item */
  gboolean is_disarmed;    /* home */
  gboolean has_run;        /* (posted_lock); the item was run or dropped */
  gboolean is_posted;      /* (posted_lock); the item is on its way */
  GList posted_link;       /* (posted_lock) */
  AthrWorkItem item;
};

/* Any thread, which holds a reference to @owner. Adds a binding to @bindings, an atomic pointer of the
 * subject. The binding is not armed. */
void     athr_bindings_add    (AthrBinding            **bindings,
                               GObject                 *owner,
                               const AthrBindingFuncs  *funcs,
                               gpointer                 data);
/* Any thread, again after athr_bindings_add(): has owner_gone() called at @home when an owner is
 * gone. */
void     athr_bindings_arm    (AthrBinding            **bindings,
                               AthrContextQueue        *home);
/* Home, or any thread when home has ended: owner_gone() is not called any more. */
void     athr_bindings_disarm (AthrBinding            **bindings);
/* Any thread: whether an owner is gone. */
gboolean athr_bindings_are_gone (AthrBinding          **bindings);
/* At home, while the thread is blocked: calls owner_gone() where an owner is gone, for all subjects of this thread. The
 * thread has enlisted an event before, so athr_event_wake_thread() tells it of owners that go later. */
void     athr_bindings_attend   (void);
/* Any thread, as the subject is finalized. */
void     athr_bindings_clear  (AthrBinding            **bindings);

/* Most subjects have no binding. */
static inline gboolean
athr_bindings_exist (AthrBinding **bindings)
{
  return G_UNLIKELY (g_atomic_pointer_get (bindings) != NULL);
}

G_END_DECLS
