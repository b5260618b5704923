/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "athr-stream-list-model.h"
#include "base/athr-thread-private.h"
#include "context/athr-deferred-free-private.h"
#include "context/athr-home-private.h"
#include "stream/athr-stream-private.h"

/**
 * AthrStreamListModel:
 *
 * A list model that fills with the objects that a stream yields.
 *
 * The list sets the stream flowing, and appends each object that the stream yields. The list
 * tells its listeners only once about all objects of a slice of the main loop. So a view that
 * sorts and filters keeps up with a stream of many thousand objects, and the window stays
 * responsive.
 *
 * ```c
 * static GListModel *
 * list_photos (AthrStream *stream)
 * {
 *   AthrStreamListModel *photos;
 *
 *   photos = athr_stream_list_model_new (stream, G_TYPE_FILE_INFO);
 *   g_object_unref (stream);
 *
 *   return G_LIST_MODEL (photos);
 * }
 * ```
 *
 * A list can be given another stream: see [method@Athr.StreamListModel.set_stream]. Then the rows
 * of the old stream stay until the new stream brings something, so that the view does not
 * flicker while a user types into a search box.
 *
 * While more objects may come, [property@Athr.StreamListModel:loading] is %TRUE. The list gets the last
 * objects after the stream has emitted [signal@Athr.Stream::finished], so a program that wants to know when
 * the list is complete connects to `notify::loading`. When the
 * stream ends with an error, the list keeps the objects that came before. Dropping the list
 * closes the stream. To pause the list, set the stream's [property@Athr.Stream:flowing] to
 * %FALSE.
 *
 * A handler of [signal@Gio.ListModel::items-changed] may run a nested main loop. If the list
 * has several such handlers, the list stays as it is until all of them have returned, and then
 * tells all of them about what came meanwhile: so each handler gets all changes in order. Such
 * a nested main loop must not wait for the list.
 *
 * # Threads
 *
 * Only the owner's thread of the stream may use the list.
 *
 * Since: 1.0
 */

/* Connects a list with the signals of its stream. Any thread may drop the list while a handler
 * or the update is about to run: then these find no list, and do nothing. The list, each
 * handler, and each push of the update hold a reference to the feed. */
typedef struct
{
  AthrWeak list;
  AthrWorkItem update;     /* runs at the end of a slice, and notifies listeners */
} AthrListFeed;

struct _AthrStreamListModel
{
  GObject parent_instance;

  AthrStream *stream;
  GType item_type;     /* set once */
  AthrContextQueue *home;  /* of the last stream; NULL if there was none */
  guint64 creator;     /* set once; the number of the thread that created the list */
  gulong value_id;     /* handlers of the stream's signals; 0 once the list has ended */
  gulong finished_id;

  GPtrArray *items;    /* may hold more than n_items */
  GPtrArray *fresh;    /* what will replace all items; NULL once the stream has replaced them */
  guint n_items;       /* as last notified */
  gboolean is_held;    /* several listeners hear of items now: in a nested main loop the list
                        * notifies nothing */
  guint n_emitting;    /* emissions of items-changed under way, one inside the other */
  gboolean is_pending; /* a handler of items-changed has set the stream to @pending */
  AthrStream *pending; /* (nullable) */
  AthrListFeed *feed;  /* set once */
  gboolean loading;
  GError *error;       /* shown once loading is FALSE */
};

enum
{
  PROP_0,
  PROP_STREAM,
  PROP_ITEM_TYPE,
  PROP_N_ITEMS,
  PROP_LOADING,
  PROP_ERROR,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static void athr_stream_list_model_init_list (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (AthrStreamListModel, athr_stream_list_model, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL,
                                                      athr_stream_list_model_init_list))

static void
athr_list_close_stream (gpointer data)
{
  AthrStream *stream = data;

  if (!stream->has_finished && !athr_stream_is_stale (stream) && !g_atomic_int_get (&stream->is_mapped))
    {
      athr_stream_close (stream);
      /* A stream that was never started has no job that would tell home of the end. */
      athr_producer_post (stream->producer);
    }
  g_object_unref (stream);
}

static void
athr_list_feed_clear (gpointer data)
{
  AthrListFeed *self = data;

  athr_weak_clear (&self->list);
}

static void
athr_list_feed_unref (AthrListFeed *self)
{
  g_atomic_rc_box_release_full (self, athr_list_feed_clear);
}

static void
athr_list_feed_disconnected (gpointer  data,
                             GClosure *closure)
{
  athr_list_feed_unref (data);
}

static gulong
athr_stream_list_model_find_listener (AthrStreamListModel *self)
{
  return g_signal_handler_find (self, G_SIGNAL_MATCH_ID | G_SIGNAL_MATCH_UNBLOCKED,
                                g_signal_lookup ("items-changed", G_TYPE_LIST_MODEL),
                                0, NULL, NULL, NULL);
}

static gboolean
athr_stream_list_model_has_several_listeners (AthrStreamListModel *self)
{
  gulong first = athr_stream_list_model_find_listener (self);
  gboolean has_second;

  if (first == 0)
    return FALSE;

  g_signal_handler_block (self, first);
  has_second = athr_stream_list_model_find_listener (self) != 0;
  g_signal_handler_unblock (self, first);

  return has_second;
}

/* Whether the stream has brought something that listeners have not heard of. A new stream that
 * ends without an item replaces the items of the old one by nothing. */
static gboolean
athr_stream_list_model_has_news (AthrStreamListModel *self)
{
  if (self->fresh != NULL)
    return self->fresh->len > 0 || self->finished_id == 0;

  return self->items != NULL && self->items->len > self->n_items;
}

/* A listener may run a nested main loop, which appends further items. A single listener hears of
 * these there: so n_items is set before the signal. Several listeners hear of them when each has
 * heard of the items before, or the changes would not fit together for the second one. */
static void
athr_stream_list_model_emit (AthrStreamListModel *self,
                             guint                position,
                             guint                n_removed,
                             guint                n_added)
{
  self->n_emitting++;
  self->is_held = athr_stream_list_model_has_several_listeners (self);
  g_list_model_items_changed (G_LIST_MODEL (self), position, n_removed, n_added);
  self->is_held = FALSE;
  self->n_emitting--;
  if (n_removed != n_added)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_N_ITEMS]);
}

/* Shows what the stream has brought. */
static void
athr_stream_list_model_show (AthrStreamListModel *self)
{
  g_autoptr (GPtrArray) replaced = NULL;
  guint position = self->n_items, n_removed = 0;

  if (self->fresh != NULL)
    {
      replaced = self->items;
      self->items = g_steal_pointer (&self->fresh);
      n_removed = position;
      position = 0;
    }
  self->n_items = self->items->len;

  if (n_removed > 0 || self->n_items > position)
    athr_stream_list_model_emit (self, position, n_removed, self->n_items - position);
}

static void athr_stream_list_model_replace_pending (AthrStreamListModel *self);

/* Notifies listeners of the items that have come, and of the end. */
static void
athr_stream_list_model_notify (AthrStreamListModel *self)
{
  while (!self->is_held && athr_stream_list_model_has_news (self))
    {
      athr_stream_list_model_show (self);
      if (athr_weak_is_dropped (&self->feed->list))
        return;
      athr_stream_list_model_replace_pending (self);
    }

  if (self->is_held || self->finished_id != 0 || !self->loading)
    return;

  self->loading = FALSE;
  if (self->error != NULL)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ERROR]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LOADING]);
}

static void
athr_list_feed_update_run (AthrWorkItem *item)
{
  AthrListFeed *feed = item->data;
  AthrStreamListModel *self = athr_weak_borrow (&feed->list);

  if (self != NULL)
    {
      athr_stream_list_model_notify (self);
      athr_weak_release (&feed->list);
    }
  athr_list_feed_unref (feed);
}

static void
athr_list_feed_update_drop (AthrWorkItem *item)
{
  athr_list_feed_unref (item->data);
}

static AthrListFeed *
athr_list_feed_new (AthrStreamListModel *list)
{
  static const AthrWorkItemFuncs update_funcs = {
    athr_list_feed_update_run, athr_list_feed_update_drop, NULL
  };
  AthrListFeed *self = g_atomic_rc_box_new0 (AthrListFeed);

  athr_weak_init (&self->list, list);
  athr_work_item_init (&self->update, &update_funcs, self);

  return self;
}

/* Ends the list, with @error (transfer full) (nullable). */
static void
athr_stream_list_model_end (AthrStreamListModel *self,
                            GError              *error)
{
  g_clear_signal_handler (&self->value_id, self->stream);
  g_clear_signal_handler (&self->finished_id, self->stream);

  self->error = error;
  athr_stream_list_model_notify (self);
}

static void
athr_stream_list_model_append (AthrStreamListModel *self,
                               const GValue        *value)
{
  gpointer object = G_VALUE_HOLDS_OBJECT (value) ? g_value_get_object (value) : NULL;

  if (object == NULL || !g_type_is_a (G_OBJECT_TYPE (object), self->item_type))
    {
      athr_stream_close (self->stream);
      athr_stream_list_model_end (self, g_error_new (G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                                                     "The stream yielded a %s, which is not a %s",
                                                     object != NULL ? G_OBJECT_TYPE_NAME (object)
                                                                    : G_VALUE_TYPE_NAME (value),
                                                     g_type_name (self->item_type)));
      return;
    }

  g_ptr_array_add (self->fresh != NULL ? self->fresh : self->items, g_object_ref (object));
  g_atomic_rc_box_acquire (self->feed);
  if (!athr_context_queue_push_at_slice_end (self->home, self->stream->delivery_priority,
                                             &self->feed->update))
    athr_list_feed_unref (self->feed);
}

static void
athr_stream_list_model_on_value (AthrStream   *stream,
                                 const GValue *value,
                                 AthrListFeed *feed)
{
  AthrStreamListModel *self = athr_weak_borrow (&feed->list);

  if (self == NULL)
    return;

  /* Another handler of the signal may have disposed of the list, or given it another stream. */
  if (self->value_id != 0 && self->stream == stream)
    athr_stream_list_model_append (self, value);
  athr_weak_release (&feed->list);
}

static GError *
athr_stream_dup_error (AthrStream *self)
{
  const GError *error = athr_stream_get_error (self);

  return error != NULL ? g_error_copy (error) : NULL;
}

static void
athr_stream_list_model_on_finished (AthrStream   *stream,
                                    AthrListFeed *feed)
{
  AthrStreamListModel *self = athr_weak_borrow (&feed->list);

  if (self == NULL)
    return;

  if (self->finished_id != 0 && self->stream == stream)
    athr_stream_list_model_end (self, athr_stream_dup_error (stream));
  athr_weak_release (&feed->list);
}

static gulong
athr_stream_list_model_connect (AthrStreamListModel *self,
                                const char          *signal,
                                GCallback            handler)
{
  return g_signal_connect_data (self->stream, signal, handler, g_atomic_rc_box_acquire (self->feed),
                                athr_list_feed_disconnected, 0);
}

static GPtrArray *
athr_items_new (void)
{
  return g_ptr_array_new_with_free_func (g_object_unref);
}

/* Takes the list off its stream. Returns the items that listeners have not heard of (transfer
 * full), which the caller frees as its last act: finalizers are the user's code. */
static GPtrArray *
athr_stream_list_model_detach (AthrStreamListModel *self)
{
  GPtrArray *unseen = self->fresh != NULL ? g_steal_pointer (&self->fresh) : athr_items_new ();

  g_clear_signal_handler (&self->value_id, self->stream);
  g_clear_signal_handler (&self->finished_id, self->stream);
  while (self->items->len > self->n_items)
    g_ptr_array_add (unseen, g_ptr_array_steal_index_fast (self->items, self->items->len - 1));
  if (self->home != NULL && athr_context_queue_withdraw (self->home, &self->feed->update))
    athr_list_feed_unref (self->feed);

  return unseen;
}

/* Connects the list with its new stream. */
static void
athr_stream_list_model_attach (AthrStreamListModel *self)
{
  self->loading = FALSE;
  if (self->stream == NULL)
    return;

  if (athr_stream_is_stale (self->stream))
    {
      self->error = athr_fork_new_error ();
      return;
    }

  if (!athr_stream_may_take (self->stream, "athr_stream_list_model_set_stream"))
    {
      self->error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                                         "A map takes the values of the stream");
      return;
    }

  /* Home is needed before the flow starts: setting `flowing` notifies, and a handler of this
   * notification may run a nested main loop, in which values arrive. */
  if (!self->stream->has_finished)
    athr_stream_fix_home (self->stream);
  g_clear_pointer (&self->home, athr_context_queue_unref);
  self->home = athr_context_queue_ref (self->stream->producer->home);

  if (self->stream->has_finished)
    {
      self->error = athr_stream_dup_error (self->stream);
      return;
    }

  self->loading = TRUE;
  self->value_id = athr_stream_list_model_connect (self, "value",
                                                   G_CALLBACK (athr_stream_list_model_on_value));
  self->finished_id = athr_stream_list_model_connect (self, "finished",
                                                      G_CALLBACK (athr_stream_list_model_on_finished));
}

/* Gives the list another stream (transfer full) (nullable). */
static void
athr_stream_list_model_replace (AthrStreamListModel *self,
                                AthrStream          *stream)
{
  AthrStream *old = self->stream;
  gboolean was_loading = self->loading, had_error = !self->loading && self->error != NULL;
  g_autoptr (GPtrArray) unseen = NULL;

  if (stream == old)
    {
      g_clear_object (&stream);
      return;
    }

  unseen = athr_stream_list_model_detach (self);
  self->stream = stream;
  self->fresh = athr_items_new ();
  g_clear_error (&self->error);
  athr_stream_list_model_attach (self);

  if (!self->loading)
    athr_stream_list_model_show (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STREAM]);
  if (had_error || (!self->loading && self->error != NULL))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ERROR]);
  if (self->loading != was_loading)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LOADING]);
  if (self->loading && self->stream == stream)
    athr_stream_set_flowing (stream, TRUE);

  if (old != NULL)
    athr_list_close_stream (old);
}

/* Takes over what handlers of items-changed have set meanwhile. A handler that hears of this
 * change may set the stream again. */
static void
athr_stream_list_model_replace_pending (AthrStreamListModel *self)
{
  while (self->is_pending && self->n_emitting == 0)
    {
      self->is_pending = FALSE;
      athr_stream_list_model_replace (self, g_steal_pointer (&self->pending));
    }
}

static GType
athr_stream_list_model_list_get_item_type (GListModel *list)
{
  return ATHR_STREAM_LIST_MODEL (list)->item_type;
}

static guint
athr_stream_list_model_list_get_n_items (GListModel *list)
{
  return ATHR_STREAM_LIST_MODEL (list)->n_items;
}

static gpointer
athr_stream_list_model_list_get_item (GListModel *list,
                                      guint       position)
{
  AthrStreamListModel *self = ATHR_STREAM_LIST_MODEL (list);

  return position < self->n_items ? g_object_ref (self->items->pdata[position]) : NULL;
}

static void
athr_stream_list_model_get_property (GObject    *object,
                                     guint       prop_id,
                                     GValue     *value,
                                     GParamSpec *pspec)
{
  AthrStreamListModel *self = ATHR_STREAM_LIST_MODEL (object);

  switch (prop_id)
    {
    case PROP_STREAM:
      g_value_set_object (value, self->stream);
      break;
    case PROP_ITEM_TYPE:
      g_value_set_gtype (value, self->item_type);
      break;
    case PROP_N_ITEMS:
      g_value_set_uint (value, self->n_items);
      break;
    case PROP_LOADING:
      g_value_set_boolean (value, self->loading);
      break;
    case PROP_ERROR:
      g_value_set_boxed (value, athr_stream_list_model_get_error (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
athr_stream_list_model_set_property (GObject      *object,
                                     guint         prop_id,
                                     const GValue *value,
                                     GParamSpec   *pspec)
{
  AthrStreamListModel *self = ATHR_STREAM_LIST_MODEL (object);

  switch (prop_id)
    {
    case PROP_STREAM:
      athr_stream_list_model_set_stream (self, g_value_get_object (value));
      break;
    case PROP_ITEM_TYPE:
      self->item_type = g_value_get_gtype (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

/* Any thread may drop the last reference, so the contents are freed at home. */
static void
athr_stream_list_model_dispose (GObject *object)
{
  AthrStreamListModel *self = ATHR_STREAM_LIST_MODEL (object);
  AthrDeferredFree left = ATHR_DEFERRED_FREE_INIT;

  athr_weak_drop (&self->feed->list);
  g_clear_signal_handler (&self->value_id, self->stream);
  g_clear_signal_handler (&self->finished_id, self->stream);
  self->loading = FALSE;
  self->n_items = 0;
  self->is_pending = FALSE;
  athr_deferred_free_add (&left, g_steal_pointer (&self->stream), athr_list_close_stream);
  athr_deferred_free_add (&left, g_steal_pointer (&self->pending), athr_list_close_stream);
  athr_deferred_free_add (&left, g_steal_pointer (&self->items), (GDestroyNotify) g_ptr_array_unref);
  athr_deferred_free_add (&left, g_steal_pointer (&self->fresh), (GDestroyNotify) g_ptr_array_unref);
  athr_deferred_free_add (&left, g_steal_pointer (&self->error), (GDestroyNotify) g_error_free);
  athr_deferred_free_submit (&left, self->home, G_PRIORITY_DEFAULT, self->creator);

  G_OBJECT_CLASS (athr_stream_list_model_parent_class)->dispose (object);
}

static void
athr_stream_list_model_finalize (GObject *object)
{
  AthrStreamListModel *self = ATHR_STREAM_LIST_MODEL (object);

  athr_list_feed_unref (self->feed);
  g_clear_pointer (&self->home, athr_context_queue_unref);

  G_OBJECT_CLASS (athr_stream_list_model_parent_class)->finalize (object);
}

static void
athr_stream_list_model_class_init (AthrStreamListModelClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags set_once = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;
  const GParamFlags rw = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;
  const GParamFlags ro = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = athr_stream_list_model_get_property;
  object_class->set_property = athr_stream_list_model_set_property;
  object_class->dispose = athr_stream_list_model_dispose;
  object_class->finalize = athr_stream_list_model_finalize;

  /**
   * AthrStreamListModel:stream: (getter get_stream) (setter set_stream)
   *
   * The stream that fills the list.
   *
   * Since: 1.0
   */
  properties[PROP_STREAM] =
    g_param_spec_object ("stream", NULL, NULL, ATHR_TYPE_STREAM, rw);

  /**
   * AthrStreamListModel:item-type: (getter get_item_type)
   *
   * The type of the objects in the list.
   *
   * Since: 1.0
   */
  properties[PROP_ITEM_TYPE] =
    g_param_spec_gtype ("item-type", NULL, NULL, G_TYPE_OBJECT, set_once);

  /**
   * AthrStreamListModel:n-items: (getter get_n_items)
   *
   * The number of objects in the list.
   *
   * Since: 1.0
   */
  properties[PROP_N_ITEMS] =
    g_param_spec_uint ("n-items", NULL, NULL, 0, G_MAXUINT, 0, ro);

  /**
   * AthrStreamListModel:loading: (getter get_loading)
   *
   * Whether more objects may come.
   *
   * When the list is given another stream, the property is %TRUE until that stream ends.
   *
   * Since: 1.0
   */
  properties[PROP_LOADING] =
    g_param_spec_boolean ("loading", NULL, NULL, FALSE, ro);

  /**
   * AthrStreamListModel:error: (getter get_error)
   *
   * The error that ended the list.
   *
   * The list clears the error when it is given another stream. This is the error of the stream, or %G_IO_ERROR_INVALID_ARGUMENT when the stream
   * yielded a value that is not an object of [property@Athr.StreamListModel:item-type].
   *
   * Since: 1.0
   */
  properties[PROP_ERROR] =
    g_param_spec_boxed ("error", NULL, NULL, G_TYPE_ERROR, ro);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
athr_stream_list_model_init_list (GListModelInterface *iface)
{
  iface->get_item_type = athr_stream_list_model_list_get_item_type;
  iface->get_n_items = athr_stream_list_model_list_get_n_items;
  iface->get_item = athr_stream_list_model_list_get_item;
}

static void
athr_stream_list_model_init (AthrStreamListModel *self)
{
  self->item_type = G_TYPE_OBJECT;
  self->creator = athr_thread_id ();
  self->items = athr_items_new ();
  self->feed = athr_list_feed_new (self);
}

/**
 * athr_stream_list_model_new:
 * @stream: (nullable): the stream that fills the list
 * @item_type: the type of the stream's values, which are objects
 *
 * Creates a list, and sets @stream flowing.
 *
 * If the stream yields a value that is not an object of @item_type, the list ends with
 * %G_IO_ERROR_INVALID_ARGUMENT, and closes the stream. A list without a stream stays empty.
 *
 * Threads: owner of @stream.
 *
 * Returns: (transfer full): a new list
 *
 * Since: 1.0
 */
AthrStreamListModel *
athr_stream_list_model_new (AthrStream *stream,
                            GType       item_type)
{
  g_return_val_if_fail (stream == NULL || ATHR_IS_STREAM (stream), NULL);
  g_return_val_if_fail (g_type_is_a (item_type, G_TYPE_OBJECT), NULL);

  return g_object_new (ATHR_TYPE_STREAM_LIST_MODEL,
                       "stream", stream,
                       "item-type", item_type,
                       NULL);
}

/**
 * athr_stream_list_model_get_stream: (get-property stream)
 * @self: a list
 *
 * Gets the stream that fills the list.
 *
 * Threads: owner.
 *
 * Returns: (transfer none) (nullable): the stream
 *
 * Since: 1.0
 */
AthrStream *
athr_stream_list_model_get_stream (AthrStreamListModel *self)
{
  g_return_val_if_fail (ATHR_IS_STREAM_LIST_MODEL (self), NULL);

  return self->stream;
}

/**
 * athr_stream_list_model_set_stream: (set-property stream)
 * @self: a list
 * @stream: (nullable) (transfer none): another stream
 *
 * Gives the list another stream, and closes the one before.
 *
 * The list keeps its objects until @stream brings its first values, its end or its error. Then
 * the list replaces them all in one [signal@Gio.ListModel::items-changed]. With %NULL, the list
 * becomes empty at once. If @stream is the stream of the list already, nothing happens. A
 * @stream whose values a map takes is a programmer error that logs a critical: the list fails with
 * %G_IO_ERROR_INVALID_ARGUMENT.
 *
 * In a handler of [signal@Gio.ListModel::items-changed] the method takes effect when every
 * handler was told of the change; the last stream that was set counts, and the others are
 * closed.
 *
 * Threads: owner of both streams.
 *
 * Since: 1.0
 */
void
athr_stream_list_model_set_stream (AthrStreamListModel *self,
                                   AthrStream          *stream)
{
  AthrStream *outdated;

  g_return_if_fail (ATHR_IS_STREAM_LIST_MODEL (self));
  g_return_if_fail (stream == NULL || ATHR_IS_STREAM (stream));

  if (athr_weak_is_stale (&self->feed->list))
    {
      athr_fork_warn (G_STRFUNC);
      return;
    }
  if (self->home != NULL)
    athr_home_check_owner (self->home, self->creator, G_STRFUNC, "the list");
  /* After g_object_run_dispose() the list stays empty. */
  if (self->items == NULL)
    return;

  g_object_ref (self);
  outdated = self->is_pending ? g_steal_pointer (&self->pending) : NULL;
  self->is_pending = TRUE;
  self->pending = stream != NULL ? g_object_ref (stream) : NULL;
  if (outdated != NULL && outdated != stream && outdated != self->stream)
    athr_list_close_stream (g_steal_pointer (&outdated));
  g_clear_object (&outdated);
  athr_stream_list_model_replace_pending (self);
  g_object_unref (self);
}

/**
 * athr_stream_list_model_get_item_type: (get-property item-type)
 * @self: a list
 *
 * Gets the type of the objects in the list.
 *
 * Threads: owner.
 *
 * Returns: the type
 *
 * Since: 1.0
 */
GType
athr_stream_list_model_get_item_type (AthrStreamListModel *self)
{
  g_return_val_if_fail (ATHR_IS_STREAM_LIST_MODEL (self), G_TYPE_INVALID);

  return self->item_type;
}

/**
 * athr_stream_list_model_get_n_items: (get-property n-items)
 * @self: a list
 *
 * Gets the number of objects in the list.
 *
 * Threads: owner.
 *
 * Returns: the number of objects that the list has told its listeners about
 *
 * Since: 1.0
 */
guint
athr_stream_list_model_get_n_items (AthrStreamListModel *self)
{
  g_return_val_if_fail (ATHR_IS_STREAM_LIST_MODEL (self), 0);

  return self->n_items;
}

/**
 * athr_stream_list_model_get_loading: (get-property loading)
 * @self: a list
 *
 * Gets whether more objects may come.
 *
 * Threads: owner.
 *
 * Returns: whether the stream has not finished yet
 *
 * Since: 1.0
 */
gboolean
athr_stream_list_model_get_loading (AthrStreamListModel *self)
{
  g_return_val_if_fail (ATHR_IS_STREAM_LIST_MODEL (self), FALSE);

  return self->loading;
}

/**
 * athr_stream_list_model_get_error: (get-property error)
 * @self: a list
 *
 * Gets the error that ended the list.
 *
 * Threads: owner.
 *
 * Returns: (transfer none) (nullable): the error
 *
 * Since: 1.0
 */
const GError *
athr_stream_list_model_get_error (AthrStreamListModel *self)
{
  g_return_val_if_fail (ATHR_IS_STREAM_LIST_MODEL (self), NULL);

  return self->loading ? NULL : self->error;
}
