/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sheet-filter.h"

#include <string.h>

#include <athreading/athreading.h>

#include "sheet-item.h"

/* The search. A worker compares the keys of all items that are there with the text, and answers with the numbers of
 * the items that match. While the user types, only the newest answer counts. The filter compares the items that come
 * after the search has begun itself, because they come a few at a time. */

#define DEBOUNCE 60 /* ms */

struct _SheetFilter
{
  GtkFilter parent_instance;

  GObject *owner;        /* not owned: a window, with which the search ends */
  GListModel *items;     /* (nullable): numbered in their order */
  GPtrArray *keys;       /* of the items, GRefStrings */
  AthrLatest *latest;
  char *text;            /* that was searched for last */

  char *key;             /* (nullable): what the items are compared with; NULL if all match */
  GtkBitset *matches;    /* the numbers below n_searched that match */
  guint n_searched;
};

G_DEFINE_FINAL_TYPE (SheetFilter, sheet_filter, GTK_TYPE_FILTER)

/* What the worker needs. It has references to all keys, so the filter may go on without waiting. */
typedef struct
{
  GPtrArray *keys;
  char *key;
} Search;

static gpointer
copy_key (gconstpointer key,
          gpointer      data)
{
  return g_ref_string_acquire ((char *) key);
}

static Search *
search_new (GPtrArray  *keys,
            const char *text)
{
  Search *self = g_new0 (Search, 1);

  self->keys = g_ptr_array_copy (keys, copy_key, NULL);
  self->key = sheet_key_for_text (text);

  return self;
}

static void
search_free (gpointer data)
{
  Search *self = data;

  g_ptr_array_unref (self->keys);
  g_ref_string_release (self->key);
  g_free (self);
}

/* On a worker */
static void
find_matches (AthrCall  *call,
              gpointer   data,
              GError   **error)
{
  Search *search = data;
  GCancellable *cancellable = athr_call_get_cancellable (call);
  g_autoptr (GtkBitset) matches = gtk_bitset_new_empty ();

  for (guint i = 0; i < search->keys->len; i++)
    {
      if (i % 1024 == 0 && g_cancellable_set_error_if_cancelled (cancellable, error))
        return;
      if (strstr (search->keys->pdata[i], search->key) != NULL)
        gtk_bitset_add (matches, i);
    }

  athr_call_return (call, GTK_TYPE_BITSET, matches);
}

static void
sheet_filter_set_matches (SheetFilter *self,
                          const char  *key,
                          GtkBitset   *matches,
                          guint        n_searched)
{
  g_clear_pointer (&self->key, g_ref_string_release);
  self->key = key != NULL ? g_ref_string_acquire ((char *) key) : NULL;
  g_clear_pointer (&self->matches, gtk_bitset_unref);
  self->matches = matches != NULL ? gtk_bitset_ref (matches) : gtk_bitset_new_empty ();
  self->n_searched = n_searched;
  gtk_filter_changed (GTK_FILTER (self), GTK_FILTER_CHANGE_DIFFERENT);
}

/* The latest of the filter keeps what the answer belongs to. */
typedef struct
{
  SheetFilter *filter;
  char *key;
  guint n_searched;
} Answer;

static void
found (GObject      *source,
       GAsyncResult *result,
       gpointer      data)
{
  Answer *answer = data;
  g_auto (GValue) matches = G_VALUE_INIT;

  /* If the user has gone on typing, the run was cancelled. */
  if (athr_latest_run_finish_into (ATHR_LATEST (source), result, &matches, NULL))
    sheet_filter_set_matches (answer->filter, *answer->key != '\0' ? answer->key : NULL,
                              g_value_get_boxed (&matches), answer->n_searched);

  g_object_unref (answer->filter);
  g_ref_string_release (answer->key);
  g_free (answer);
}

void
sheet_filter_set_text (SheetFilter *self,
                       const char  *text)
{
  g_autoptr (AthrCall) call = NULL;
  Search *search;
  Answer *answer;

  if (g_str_equal (text, self->text))
    return;

  g_free (self->text);
  self->text = g_strdup (text);
  search = search_new (self->keys, text);
  answer = g_new0 (Answer, 1);
  answer->filter = g_object_ref (self);
  answer->key = g_ref_string_acquire (search->key);
  answer->n_searched = search->keys->len;

  call = athr_call_new (find_matches, search, search_free);
  athr_call_set_name (call, "search");
  athr_call_bind (call, self->owner);
  athr_latest_run_async (self->latest, call, NULL, found, answer);
}

/* Numbers new items, and keeps their keys for the next search. */
static void
items_changed (SheetFilter *self,
               guint        position,
               guint        n_removed,
               guint        n_added,
               GListModel  *items)
{
  g_assert (n_removed == 0 && position == self->keys->len);

  for (guint i = position; i < position + n_added; i++)
    {
      g_autoptr (SheetItem) item = g_list_model_get_item (items, i);

      sheet_item_set_number (item, i);
      g_ptr_array_add (self->keys, g_ref_string_acquire (sheet_item_get_key (item)));
    }
}

/* Sets the list whose items the filter will see. Items are only appended to the list. */
void
sheet_filter_set_items (SheetFilter *self,
                        GListModel  *items)
{
  char *key = *self->text != '\0' ? sheet_key_for_text (self->text) : NULL;

  if (self->items != NULL)
    g_signal_handlers_disconnect_by_data (self->items, self);
  g_set_object (&self->items, items);
  g_ptr_array_set_size (self->keys, 0);
  athr_latest_cancel (self->latest);
  sheet_filter_set_matches (self, key, NULL, 0);
  g_clear_pointer (&key, g_ref_string_release);
  if (items == NULL)
    return;

  g_signal_connect_swapped (items, "items-changed", G_CALLBACK (items_changed), self);
  items_changed (self, 0, 0, g_list_model_get_n_items (items), items);
}

static gboolean
sheet_filter_match (GtkFilter *filter,
                    gpointer   item)
{
  SheetFilter *self = SHEET_FILTER (filter);
  guint number = sheet_item_get_number (item);

  if (self->key == NULL)
    return TRUE;
  if (number < self->n_searched)
    return gtk_bitset_contains (self->matches, number);

  return strstr (sheet_item_get_key (item), self->key) != NULL;
}

static GtkFilterMatch
sheet_filter_get_strictness (GtkFilter *filter)
{
  return SHEET_FILTER (filter)->key == NULL ? GTK_FILTER_MATCH_ALL : GTK_FILTER_MATCH_SOME;
}

static void
sheet_filter_dispose (GObject *object)
{
  SheetFilter *self = SHEET_FILTER (object);

  if (self->items != NULL)
    g_signal_handlers_disconnect_by_data (self->items, self);
  g_clear_object (&self->items);
  g_clear_object (&self->latest);
  g_clear_pointer (&self->keys, g_ptr_array_unref);
  g_clear_pointer (&self->text, g_free);
  g_clear_pointer (&self->key, g_ref_string_release);
  g_clear_pointer (&self->matches, gtk_bitset_unref);

  G_OBJECT_CLASS (sheet_filter_parent_class)->dispose (object);
}

static void
sheet_filter_class_init (SheetFilterClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = sheet_filter_dispose;
  GTK_FILTER_CLASS (klass)->match = sheet_filter_match;
  GTK_FILTER_CLASS (klass)->get_strictness = sheet_filter_get_strictness;
}

static void
sheet_filter_init (SheetFilter *self)
{
  self->keys = g_ptr_array_new_with_free_func ((GDestroyNotify) g_ref_string_release);
  self->matches = gtk_bitset_new_empty ();
  self->text = g_strdup ("");
  self->latest = athr_latest_new (DEBOUNCE);
}

/* The search ends with @owner, which lives as long as the filter. */
SheetFilter *
sheet_filter_new (GObject *owner)
{
  SheetFilter *self = g_object_new (SHEET_TYPE_FILTER, NULL);

  self->owner = owner;

  return self;
}
