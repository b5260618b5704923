/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "base/athr-weak-private.h"
#include "stress-test.h"

/* The owner's thread borrows an object again and again and notifies a property of the object,
 * while another thread drops the last reference. Only the owner's thread may emit
 * notifications. Each borrow gives either an object that is not disposed, or NULL. */

#define N_ROUNDS 5000

typedef struct
{
  GObject parent_instance;
  AthrWeak *weak;
  GThread *home;
  int *n_ended; /* atomic */
  gboolean is_disposed;
} Thing;

typedef GObjectClass ThingClass;

static GType thing_get_type (void);

G_DEFINE_TYPE (Thing, thing, G_TYPE_OBJECT)

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
  g_assert_true (((Thing *) object)->home == g_thread_self ());
}

static void
thing_dispose (GObject *object)
{
  Thing *self = (Thing *) object;

  athr_weak_drop (self->weak);
  g_assert_false (self->is_disposed);
  self->is_disposed = TRUE;
  G_OBJECT_CLASS (thing_parent_class)->dispose (object);
}

static void
thing_finalize (GObject *object)
{
  Thing *self = (Thing *) object;

  g_assert_true (self->is_disposed);
  g_atomic_int_inc (self->n_ended);
  G_OBJECT_CLASS (thing_parent_class)->finalize (object);
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

/* Borrows the object once, as a handler may do, and sometimes keeps a reference for a while.
 * FALSE: the object is gone. */
static gboolean
use (AthrWeak  *weak,
     AthrRival *rival,
     GRand     *rand)
{
  Thing *thing = athr_weak_borrow (weak);
  gboolean keeps = athr_one_in (rand, 4);

  if (thing == NULL)
    return FALSE;

  g_assert_false (thing->is_disposed);
  if (keeps)
    g_object_ref (thing);
  athr_random_pause (rand);
  g_object_notify (G_OBJECT (thing), "prop");
  athr_weak_release (weak);
  if (keeps)
    athr_drop_somewhere (thing, rival, rand);

  return TRUE;
}

static void
test_drop (AthrStress *stress)
{
  GRand *rand = stress->rand;
  AthrRival rival;

  athr_rival_start (&rival);
  while (athr_stress_more (stress, N_ROUNDS))
    {
      Thing *thing = g_object_new (thing_get_type (), NULL);
      int n_ended = 0;
      AthrWeak weak;

      athr_weak_init (&weak, thing);
      thing->weak = &weak;
      thing->home = g_thread_self ();
      thing->n_ended = &n_ended;
      athr_rival_give (&rival, rand, athr_rival_unref, thing);
      while (use (&weak, &rival, rand))
        ;
      athr_rival_await (&rival);
      g_assert_true (athr_weak_is_gone (&weak));
      g_assert_cmpint (g_atomic_int_get (&n_ended), ==, 1);
      athr_weak_clear (&weak);
    }
  athr_rival_stop (&rival);
}

int
main (int   argc,
      char *argv[])
{
  athr_stress_init (&argc, &argv);

  athr_stress_add ("/athr/stress/weak/drop", test_drop);

  return g_test_run ();
}
