/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <gtk/gtk.h>

#include "stream-list-model-test.h"

/* The list inside the list models of GTK. The test does not initialize GTK, since there may
 * be no display. */

#define N_VALUES 5000

/* Gives each number another place, so that the order looks random. */
static guint
shuffled (guint number)
{
  return (number * 2477) % N_VALUES;
}

static gboolean
is_even (gpointer item,
         gpointer user_data)
{
  return athr_thing_number (item) % 2 == 0;
}

static int
compare_shuffled (gconstpointer one,
                  gconstpointer two,
                  gpointer      user_data)
{
  guint a = shuffled (athr_thing_number ((gpointer) one));
  guint b = shuffled (athr_thing_number ((gpointer) two));

  return (a > b) - (a < b);
}

/* A copy of a model that is kept up to date only by items-changed. */
typedef struct
{
  GListModel *model;
  GPtrArray *items;
} Mirror;

static void
mirror_on_items (GListModel *model,
                 guint       position,
                 guint       n_removed,
                 guint       n_added,
                 gpointer    user_data)
{
  Mirror *self = user_data;

  if (n_removed > 0)
    g_ptr_array_remove_range (self->items, position, n_removed);
  for (guint i = 0; i < n_added; i++)
    g_ptr_array_insert (self->items, position + i, g_list_model_get_item (model, position + i));
  g_assert_cmpuint (self->items->len, ==, g_list_model_get_n_items (model));
}

static void
mirror_init (Mirror     *self,
             GListModel *model)
{
  self->model = model;
  self->items = g_ptr_array_new_with_free_func (g_object_unref);
  g_signal_connect (model, "items-changed", G_CALLBACK (mirror_on_items), self);
  mirror_on_items (model, 0, 0, g_list_model_get_n_items (model), self);
}

static void
mirror_clear (Mirror *self)
{
  for (guint i = 0; i < self->items->len; i++)
    {
      g_autoptr (GObject) item = g_list_model_get_item (self->model, i);

      g_assert_true (item == self->items->pdata[i]);
    }
  g_signal_handlers_disconnect_by_data (self->model, self);
  g_ptr_array_unref (self->items);
}

static void
test_filter (void)
{
  g_auto (AthrFilling) filling = { 0, };
  g_autoptr (GtkFilterListModel) filtered = NULL;
  Mirror mirror;

  athr_filling_init (&filling, N_VALUES, 64);
  athr_filling_make_list (&filling, athr_thing_get_type ());
  filtered = gtk_filter_list_model_new (G_LIST_MODEL (g_object_ref (filling.list)),
                                        GTK_FILTER (gtk_custom_filter_new (is_even, NULL, NULL)));
  mirror_init (&mirror, G_LIST_MODEL (filtered));
  athr_filling_await_end (&filling, "items done", N_VALUES);
  g_assert_cmpuint (mirror.items->len, ==, N_VALUES / 2);
  for (guint i = 0; i < mirror.items->len; i++)
    g_assert_cmpuint (athr_thing_number (mirror.items->pdata[i]), ==, 2 * (i + 1));
  mirror_clear (&mirror);
}

static void
test_sort (void)
{
  g_auto (AthrFilling) filling = { 0, };
  g_autoptr (GtkSortListModel) sorted = NULL;
  Mirror mirror;

  athr_filling_init (&filling, N_VALUES, 64);
  athr_filling_make_list (&filling, athr_thing_get_type ());
  sorted = gtk_sort_list_model_new (G_LIST_MODEL (g_object_ref (filling.list)),
                                    GTK_SORTER (gtk_custom_sorter_new (compare_shuffled, NULL, NULL)));
  mirror_init (&mirror, G_LIST_MODEL (sorted));
  athr_filling_await_end (&filling, "items done", N_VALUES);
  g_assert_cmpuint (mirror.items->len, ==, N_VALUES);
  for (guint i = 0; i < mirror.items->len; i++)
    g_assert_cmpuint (shuffled (athr_thing_number (mirror.items->pdata[i])), ==, i);
  mirror_clear (&mirror);
}

static void
test_filter_and_sort (void)
{
  g_auto (AthrFilling) filling = { 0, };
  g_autoptr (GtkFilterListModel) filtered = NULL;
  g_autoptr (GtkSortListModel) sorted = NULL;
  Mirror mirror;

  g_test_summary ("A sort model of a filter model, both incremental, which outlive the list");

  athr_filling_init (&filling, N_VALUES, 64);
  athr_filling_make_list (&filling, athr_thing_get_type ());
  filtered = gtk_filter_list_model_new (G_LIST_MODEL (g_object_ref (filling.list)),
                                        GTK_FILTER (gtk_custom_filter_new (is_even, NULL, NULL)));
  gtk_filter_list_model_set_incremental (filtered, TRUE);
  sorted = gtk_sort_list_model_new (G_LIST_MODEL (g_object_ref (filtered)),
                                    GTK_SORTER (gtk_custom_sorter_new (compare_shuffled, NULL, NULL)));
  mirror_init (&mirror, G_LIST_MODEL (sorted));
  athr_test_iterate_until (NULL, mirror.items->len == N_VALUES / 2);
  athr_filling_await_end (&filling, "items done", N_VALUES);
  for (guint i = 0; i < mirror.items->len; i++)
    {
      g_assert_cmpuint (athr_thing_number (mirror.items->pdata[i]) % 2, ==, 0);
      if (i > 0)
        g_assert_cmpint (compare_shuffled (mirror.items->pdata[i - 1], mirror.items->pdata[i], NULL), <, 0);
    }
  g_clear_object (&filling.list);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (sorted)), ==, N_VALUES / 2);
  mirror_clear (&mirror);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define add(path, test) g_test_add_func ("/athr/stream-list-model/gtk/" path, test)
  add ("filter", test_filter);
  add ("sort", test_sort);
  add ("filter-and-sort", test_filter_and_sort);

  return g_test_run ();
}
