/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "base/athr-thread-private.h"
#include "base/athr-weak-private.h"
#include "athr-test.h"

/* An object that the owner's thread borrows, and whose last reference any thread may drop. */

typedef struct
{
  GObject parent_instance;
  AthrWeak *weak;
  guint64 *died_on;
  guint *n_disposed;
  guint64 *notified_on;
} Thing;

typedef GObjectClass ThingClass;

static GType thing_get_type (void);

G_DEFINE_TYPE (Thing, thing, G_TYPE_OBJECT)

static void
thing_dispose (GObject *object)
{
  Thing *self = (Thing *) object;

  athr_weak_drop (self->weak);
  ++*self->n_disposed;
  G_OBJECT_CLASS (thing_parent_class)->dispose (object);
}

static void
thing_finalize (GObject *object)
{
  *((Thing *) object)->died_on = athr_thread_id ();
  G_OBJECT_CLASS (thing_parent_class)->finalize (object);
}

static void
thing_get_property (GObject    *object,
                    guint       prop_id,
                    GValue     *value,
                    GParamSpec *pspec)
{
  g_value_set_int (value, 0);
}

static void
thing_dispatch_properties_changed (GObject     *object,
                                   guint        n_pspecs,
                                   GParamSpec **pspecs)
{
  *((Thing *) object)->notified_on = athr_thread_id ();
}

static void
thing_class_init (ThingClass *klass)
{
  klass->dispose = thing_dispose;
  klass->finalize = thing_finalize;
  klass->get_property = thing_get_property;
  klass->dispatch_properties_changed = thing_dispatch_properties_changed;
  g_object_class_install_property (klass, 1,
                                   g_param_spec_int ("prop", NULL, NULL, 0, 1, 0, G_PARAM_READABLE));
}

static void
thing_init (Thing *self)
{
}

typedef struct
{
  Thing *thing;
  AthrWeak weak;
  guint64 died_on;
  guint64 notified_on;
  guint n_disposed;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  fixture->thing = g_object_new (thing_get_type (), NULL);
  fixture->thing->weak = &fixture->weak;
  fixture->thing->died_on = &fixture->died_on;
  fixture->thing->n_disposed = &fixture->n_disposed;
  fixture->thing->notified_on = &fixture->notified_on;
  athr_weak_init (&fixture->weak, fixture->thing);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_assert_cmpuint (fixture->died_on, ==, athr_thread_id ());
  g_assert_true (athr_weak_is_gone (&fixture->weak));
  g_assert_null (athr_weak_borrow (&fixture->weak));
  g_assert_true (athr_weak_is_gone (&fixture->weak));
  athr_weak_clear (&fixture->weak);
}

static gpointer
unref_elsewhere (gpointer data)
{
  g_object_unref (data);
  return NULL;
}

static void
drop_elsewhere (Fixture *fixture)
{
  g_thread_join (g_thread_new ("drop", unref_elsewhere, fixture->thing));
}

static void
test_drop (Fixture       *fixture,
           gconstpointer  data)
{
  g_assert_true (athr_weak_borrow (&fixture->weak) == fixture->thing);
  athr_weak_release (&fixture->weak);
  g_assert_false (athr_weak_is_gone (&fixture->weak));

  g_object_unref (fixture->thing);
  g_assert_cmpuint (fixture->n_disposed, ==, 1);
}

static void
test_drop_borrowed (Fixture       *fixture,
                    gconstpointer  data)
{
  g_test_summary ("A dropped object lives until the owner's thread has released both of its "
                  "borrows");

  g_assert_nonnull (athr_weak_borrow (&fixture->weak));
  g_assert_nonnull (athr_weak_borrow (&fixture->weak));
  g_assert_false (athr_weak_is_dropped (&fixture->weak));
  if (GPOINTER_TO_INT (data))
    drop_elsewhere (fixture);
  else
    g_object_unref (fixture->thing);
  g_assert_true (athr_weak_is_dropped (&fixture->weak));
  g_assert_false (athr_weak_is_gone (&fixture->weak));
  /* The other reference was not the last one, so its drop has not begun dispose(). The owner's
   * thread still notifies what it changes. */
  g_assert_cmpuint (fixture->n_disposed, ==, 0);
  g_object_notify (G_OBJECT (fixture->thing), "prop");
  g_assert_cmpuint (fixture->notified_on, ==, athr_thread_id ());

  athr_weak_release (&fixture->weak);
  g_assert_true (athr_weak_is_dropped (&fixture->weak));
  g_assert_nonnull (athr_weak_borrow (&fixture->weak));
  athr_weak_release (&fixture->weak);
  g_assert_cmpuint (fixture->died_on, ==, 0);

  athr_weak_release (&fixture->weak);
  g_assert_cmpuint (fixture->n_disposed, ==, 1);
}

static void
test_revive (Fixture       *fixture,
             gconstpointer  data)
{
  g_test_summary ("A new reference, taken during a borrow, keeps the object alive");

  g_assert_nonnull (athr_weak_borrow (&fixture->weak));
  drop_elsewhere (fixture);
  g_object_ref (fixture->thing);
  g_assert_false (athr_weak_is_dropped (&fixture->weak));
  athr_weak_release (&fixture->weak);

  g_assert_false (athr_weak_is_gone (&fixture->weak));
  g_assert_nonnull (athr_weak_borrow (&fixture->weak));
  athr_weak_release (&fixture->weak);
  g_object_unref (fixture->thing);
}

static void
test_run_dispose (Fixture       *fixture,
                  gconstpointer  data)
{
  g_test_summary ("g_object_run_dispose() disposes the object at once, and does not drop it");

  g_assert_nonnull (athr_weak_borrow (&fixture->weak));
  g_object_run_dispose (G_OBJECT (fixture->thing));
  g_assert_cmpuint (fixture->n_disposed, ==, 1);
  athr_weak_release (&fixture->weak);
  g_object_run_dispose (G_OBJECT (fixture->thing));
  g_assert_cmpuint (fixture->n_disposed, ==, 2);
  g_assert_false (athr_weak_is_gone (&fixture->weak));

  g_object_unref (fixture->thing);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add ("/athr/weak/drop", Fixture, NULL, set_up, test_drop, tear_down);
  g_test_add ("/athr/weak/drop-borrowed", Fixture, GINT_TO_POINTER (FALSE), set_up, test_drop_borrowed, tear_down);
  g_test_add ("/athr/weak/drop-borrowed-elsewhere", Fixture, GINT_TO_POINTER (TRUE), set_up, test_drop_borrowed,
              tear_down);
  g_test_add ("/athr/weak/revive", Fixture, NULL, set_up, test_revive, tear_down);
  g_test_add ("/athr/weak/run-dispose", Fixture, NULL, set_up, test_run_dispose, tear_down);

  return g_test_run ();
}
