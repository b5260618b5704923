/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "base/athr-event-private.h"
#include "base/athr-thread-private.h"
#include "context/athr-binding-private.h"

/* What an owner has of its bindings: the counted box of its weak notify. With one record for all
 * bindings, a binding ends without g_object_weak_unref(), which would search all weak references
 * of the owner, and which races with g_object_run_dispose() on another thread. */
struct _AthrOwner
{
  gatomicrefcount ref_count; /* of: the owner's data, each weak notify, each binding */
  AthrLock lock;
  GQueue bindings;           /* lock; (element-type AthrBinding) (owned) */
  int n_watches;             /* lock; weak notifies that will come */
};

/* The bindings whose item is on its way, for threads that are blocked at home. */
static AthrLock posted_lock;
static GQueue posted; /* (posted_lock); (element-type AthrBinding) */
static int n_posted;  /* (posted_lock); atomic: a blocked thread reads it unlocked. Pairs with athr_event_enlist() */

static G_DEFINE_QUARK (athr-owner, athr_owner)

static void
athr_bindings_forked (void)
{
  posted_lock = (AthrLock) { 0 };
  g_queue_init (&posted);
  n_posted = 0;
}

ATHR_IN_FORKED_CHILD (athr_bindings_forked)

static gpointer
athr_owner_ref (gpointer self,
                gpointer user_data)
{
  if (self != NULL)
    g_atomic_ref_count_inc (&((AthrOwner *) self)->ref_count);

  return self;
}

static void
athr_owner_unref (gpointer data)
{
  AthrOwner *self = data;

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  athr_lock_clear (&self->lock);
  g_free (self);
}

static void
athr_binding_unref (AthrBinding *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  if (self->funcs->free != NULL)
    self->funcs->free (self->data);
  if (self->home != NULL)
    athr_context_queue_unref (self->home);
  athr_owner_unref (self->owner);
  g_free (self);
}

/* Lists the binding among those that are posted, unless the item has run. */
static void
athr_binding_set_posted (AthrBinding *self,
                         gboolean     is_posted)
{
  athr_lock (&posted_lock);
  if (is_posted && !self->has_run)
    {
      g_queue_push_tail_link (&posted, &self->posted_link);
      self->is_posted = TRUE;
    }
  else if (!is_posted)
    {
      self->has_run = TRUE;
      if (self->is_posted)
        g_queue_unlink (&posted, &self->posted_link);
      self->is_posted = FALSE;
    }
  g_atomic_int_set (&n_posted, posted.length);
  athr_unlock (&posted_lock);
}

/* The owner is gone, and the binding is armed. The caller has a reference to the binding. */
static void
athr_binding_post (AthrBinding *self)
{
  AthrContextQueue *home = g_atomic_pointer_get (&self->home);

  if (athr_context_queue_is_stale (home))
    return;

  g_atomic_ref_count_inc (&self->ref_count);
  if (!athr_context_queue_push (home, G_PRIORITY_DEFAULT, &self->item))
    {
      athr_binding_unref (self);
      return;
    }

  athr_binding_set_posted (self, TRUE);
  athr_event_wake_thread (athr_context_queue_get_owner (home));
}

static void
athr_binding_run (AthrWorkItem *item)
{
  AthrBinding *self = item->data;

  athr_binding_set_posted (self, FALSE);
  if (!self->is_disarmed)
    {
      self->is_disarmed = TRUE;
      self->funcs->owner_gone (self->data);
    }
  athr_binding_unref (self);
}

static void
athr_binding_drop (AthrWorkItem *item)
{
  athr_binding_set_posted (item->data, FALSE);
  athr_binding_unref (item->data);
}

static gboolean
athr_binding_is_cleanup_only (AthrWorkItem *item)
{
  AthrBinding *self = item->data;

  return self->is_disarmed;
}

/* Any thread, as it disposes @object: the weak notify of an owner. */
static void
athr_owner_gone (gpointer  data,
                 GObject  *object)
{
  AthrOwner *self = data;
  GQueue gone = G_QUEUE_INIT;
  GList *link;

  /* A child of a fork leaves alone what it has from before the fork. */
  if (athr_lock_is_stale (&self->lock))
    return;

  athr_lock (&self->lock);
  self->n_watches--;
  gone = self->bindings;
  g_queue_init (&self->bindings);
  for (link = gone.head; link != NULL; link = link->next)
    ((AthrBinding *) link->data)->is_linked = FALSE;
  athr_unlock (&self->lock);

  /* All are marked before the first item is on its way. */
  for (link = gone.head; link != NULL; link = link->next)
    g_atomic_int_set (&((AthrBinding *) link->data)->is_gone, TRUE);
  while ((link = g_queue_pop_head_link (&gone)) != NULL)
    {
      AthrBinding *binding = link->data;

      if (g_atomic_pointer_get (&binding->home) != NULL)
        athr_binding_post (binding);
      athr_binding_unref (binding);
    }

  athr_owner_unref (self);
}

/* The record of @object. Several threads may ask for it at once, and one of them makes it. */
static AthrOwner *
athr_owner_get (GObject *object)
{
  AthrOwner *self = g_object_dup_qdata (object, athr_owner_quark (), athr_owner_ref, NULL);
  AthrOwner *former = self;

  while (self == NULL || athr_lock_is_stale (&self->lock))
    {
      self = g_new0 (AthrOwner, 1);
      g_atomic_ref_count_init (&self->ref_count);
      g_atomic_ref_count_inc (&self->ref_count);
      athr_lock_init (&self->lock);
      if (g_object_replace_qdata (object, athr_owner_quark (), former, self, athr_owner_unref, NULL))
        break;

      athr_owner_unref (self);
      athr_owner_unref (self);
      former = self = g_object_dup_qdata (object, athr_owner_quark (), athr_owner_ref, NULL);
    }

  return self;
}

/* Has @object notify @self. An owner that was disposed and lives on has lost its weak notifies, so
 * each new binding of it looks for one. Two threads may both add one, which does no harm. */
static void
athr_owner_watch (AthrOwner *self,
                  GObject   *object)
{
  if (athr_lock_read (&self->lock, &self->n_watches) > 0)
    return;

  g_atomic_ref_count_inc (&self->ref_count);
  g_object_weak_ref (object, athr_owner_gone, self);
  /* The notify may have come meanwhile, and has counted itself down before. */
  athr_lock (&self->lock);
  self->n_watches++;
  athr_unlock (&self->lock);
}

void
athr_bindings_add (AthrBinding            **bindings,
                   GObject                 *owner,
                   const AthrBindingFuncs  *funcs,
                   gpointer                 data)
{
  static const AthrWorkItemFuncs item_funcs = {
    athr_binding_run, athr_binding_drop, athr_binding_is_cleanup_only
  };
  AthrBinding *self = g_new0 (AthrBinding, 1);

  g_atomic_ref_count_init (&self->ref_count);
  g_atomic_ref_count_inc (&self->ref_count);
  self->funcs = funcs;
  self->data = data;
  self->link.data = self->posted_link.data = self;
  athr_work_item_init (&self->item, &item_funcs, self);
  self->owner = athr_owner_get (owner);

  athr_lock (&self->owner->lock);
  g_queue_push_tail_link (&self->owner->bindings, &self->link);
  self->is_linked = TRUE;
  athr_unlock (&self->owner->lock);
  athr_owner_watch (self->owner, owner);

  do
    self->next = g_atomic_pointer_get (bindings);
  while (!g_atomic_pointer_compare_and_exchange (bindings, self->next, self));
}

void
athr_bindings_arm (AthrBinding      **bindings,
                   AthrContextQueue  *home)
{
  for (AthrBinding *self = g_atomic_pointer_get (bindings); self != NULL; self = self->next)
    {
      athr_context_queue_ref (home);
      if (!g_atomic_pointer_compare_and_exchange (&self->home, NULL, home))
        athr_context_queue_unref (home);
      else if (g_atomic_int_get (&self->is_gone))
        athr_binding_post (self);
    }
}

void
athr_bindings_disarm (AthrBinding **bindings)
{
  for (AthrBinding *self = g_atomic_pointer_get (bindings); self != NULL; self = self->next)
    self->is_disarmed = TRUE;
}

void
athr_bindings_attend (void)
{
  guint64 thread = athr_thread_id ();
  GSList *found = NULL;

  if (g_atomic_int_get (&n_posted) == 0)
    return;

  athr_lock (&posted_lock);
  for (GList *l = posted.tail; l != NULL; l = l->prev)
    {
      AthrBinding *self = l->data;

      if (athr_context_queue_get_owner (self->home) == thread)
        {
          g_atomic_ref_count_inc (&self->ref_count);
          found = g_slist_prepend (found, self);
        }
    }
  athr_unlock (&posted_lock);

  while (found != NULL)
    {
      AthrBinding *self = found->data;

      athr_context_queue_run_blocked (self->home, &self->item);
      athr_binding_unref (self);
      found = g_slist_delete_link (found, found);
    }
}

gboolean
athr_bindings_are_gone (AthrBinding **bindings)
{
  for (AthrBinding *self = g_atomic_pointer_get (bindings); self != NULL; self = self->next)
    if (g_atomic_int_get (&self->is_gone))
      return TRUE;

  return FALSE;
}

void
athr_bindings_clear (AthrBinding **bindings)
{
  AthrBinding *self = g_atomic_pointer_get (bindings);

  while (self != NULL)
    {
      AthrBinding *next = self->next;
      gboolean was_linked = FALSE;

      if (!athr_lock_is_stale (&self->owner->lock))
        {
          athr_lock (&self->owner->lock);
          was_linked = self->is_linked;
          if (was_linked)
            g_queue_unlink (&self->owner->bindings, &self->link);
          self->is_linked = FALSE;
          athr_unlock (&self->owner->lock);
        }
      if (was_linked)
        athr_binding_unref (self);
      athr_binding_unref (self);
      self = next;
    }
}
