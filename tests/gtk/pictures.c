/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sheet-test.h"

#include <math.h>

/* Thumbnails, and pictures of the application itself, which show landscapes that the test paints. */

typedef struct
{
  double hue;    /* of the sky */
  guint seed;    /* of the hills */
} Landscape;

static void
set_color (cairo_pattern_t *pattern,
           double           offset,
           double           hue,
           double           saturation,
           double           value)
{
  float red, green, blue;

  gtk_hsv_to_rgb ((float) (hue - floor (hue)), (float) saturation, (float) value, &red, &green, &blue);
  cairo_pattern_add_color_stop_rgb (pattern, offset, red, green, blue);
}

static void
paint_sky (cairo_t         *cr,
           const Landscape *self,
           int              width,
           int              height)
{
  cairo_pattern_t *sky = cairo_pattern_create_linear (0, 0, 0, height);
  double x = width * (0.2 + 0.6 * fmod (self->seed * 0.37, 1.0));
  double y = height * (0.2 + 0.25 * fmod (self->seed * 0.61, 1.0));

  set_color (sky, 0, self->hue, 0.65, 0.75);
  set_color (sky, 0.7, self->hue + 0.08, 0.35, 1);
  cairo_set_source (cr, sky);
  cairo_paint (cr);
  cairo_pattern_destroy (sky);

  cairo_arc (cr, x, y, MIN (width, height) * 0.08, 0, 2 * G_PI);
  cairo_set_source_rgba (cr, 1, 1, 0.9, 0.9);
  cairo_fill (cr);
}

static void
paint_hills (cairo_t         *cr,
             const Landscape *self,
             int              width,
             int              height)
{
  for (int range = 0; range < 4; range++)
    {
      cairo_pattern_t *hill = cairo_pattern_create_linear (0, height * 0.4, 0, height);

      cairo_move_to (cr, 0, height);
      for (int x = 0; x <= width; x += 4)
        {
          double phase = (double) x / width * (3 + range) + self->seed * 1.7 + range * 2.1;
          double rise = 0.06 * sin (phase * 2) + 0.03 * sin (phase * 5.3 + self->seed);

          cairo_line_to (cr, x, height * (0.5 + 0.13 * range - rise));
        }
      cairo_line_to (cr, width, height);
      set_color (hill, 0, self->hue + 0.45 + 0.03 * range, 0.45, 0.7 - 0.13 * range);
      set_color (hill, 1, self->hue + 0.5, 0.6, 0.3);
      cairo_set_source (cr, hill);
      cairo_fill (cr);
      cairo_pattern_destroy (hill);
    }
}

static void
write_landscape (SheetFixture *fixture,
                 const char   *name,
                 guint         number,
                 int           width,
                 int           height)
{
  const Landscape self = { number * 0.381966, number };
  g_autofree char *path = g_build_filename (fixture->path, name, NULL);
  g_autofree char *folder = g_path_get_dirname (path);
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, width, height);
  cairo_t *cr = cairo_create (surface);

  g_mkdir_with_parents (folder, 0700);
  paint_sky (cr, &self, width, height);
  paint_hills (cr, &self, width, height);
  cairo_destroy (cr);
  g_assert_cmpint (cairo_surface_write_to_png (surface, path), ==, CAIRO_STATUS_SUCCESS);
  cairo_surface_destroy (surface);
}

/* Writes a folder as somebody may have it. */
static void
write_holidays (SheetFixture *fixture)
{
  static const char *const places[] = { "Aurora", "Bay", "Cliffs", "Dunes", "Estuary", "Fjord" };

  for (guint i = 0; i < 36; i++)
    {
      g_autofree char *name = g_strdup_printf ("Holidays/%s %u.png", places[i / 6], i % 6 + 1);
      gboolean is_upright = i % 5 == 3;

      write_landscape (fixture, name, i, is_upright ? 320 : 480, is_upright ? 440 : 320);
    }
  sheet_test_write (fixture, "Holidays/Diary.txt", "The sun shone.", -1);
  sheet_test_write (fixture, "Holidays/Route.pdf", "%PDF-1.4", -1);
}

static void
open_holidays (SheetFixture *fixture)
{
  g_autofree char *path = g_build_filename (fixture->path, "Holidays", NULL);

  sheet_test_open_folder (fixture, path);
}

static SheetItem *
find_item (SheetFixture *fixture,
           const char   *name)
{
  for (guint i = 0; i < sheet_test_n_rows (fixture); i++)
    if (g_str_equal (sheet_item_get_name (sheet_test_row (fixture, i)), name))
      return sheet_test_row (fixture, i);

  g_assert_not_reached ();
}

static void
assert_thumbnail (SheetFixture *fixture,
                  const char   *name,
                  int           width,
                  int           height,
                  const char   *summary)
{
  SheetItem *item = find_item (fixture, name);

  g_assert_nonnull (sheet_item_get_thumbnail (item));
  g_assert_cmpint (gdk_texture_get_width (sheet_item_get_thumbnail (item)), ==, width);
  g_assert_cmpint (gdk_texture_get_height (sheet_item_get_thumbnail (item)), ==, height);
  g_assert_cmpstr (sheet_item_get_summary (item), ==, summary);
}

static void
test_thumbnails (SheetFixture  *fixture,
                 gconstpointer  data)
{
  write_landscape (fixture, "wide.png", 1, 640, 320);
  write_landscape (fixture, "high.png", 2, 200, 400);
  write_landscape (fixture, "small.png", 3, 30, 20);
  sheet_test_open (fixture);
  sheet_test_await_end (fixture);
  g_assert_cmpuint (sheet_test_n_rows (fixture), ==, 3);
  assert_thumbnail (fixture, "wide.png", 160, 80, "640 × 320");
  assert_thumbnail (fixture, "high.png", 80, 160, "200 × 400");
  assert_thumbnail (fixture, "small.png", 30, 20, "30 × 20");
}

static void
test_broken (SheetFixture  *fixture,
             gconstpointer  data)
{
  g_autofree char *sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, "no picture", -1);
  SheetItem *item;

  g_test_summary ("A picture that cannot be drawn is a file like any other");

  sheet_test_write (fixture, "broken.png", "no picture", -1);
  sheet_test_open (fixture);
  sheet_test_await_end (fixture);
  item = find_item (fixture, "broken.png");
  g_assert_null (sheet_item_get_thumbnail (item));
  g_assert_true (g_str_has_prefix (sum, sheet_item_get_summary (item)));
}

static void
set_dark (gboolean dark)
{
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (),
                                      dark ? ADW_COLOR_SCHEME_FORCE_DARK : ADW_COLOR_SCHEME_FORCE_LIGHT);
}

static void
test_look (SheetFixture  *fixture,
           gconstpointer  data)
{
  write_holidays (fixture);
  open_holidays (fixture);
  sheet_test_await_end (fixture);
  g_assert_cmpuint (sheet_test_n_rows (fixture), ==, 38);
  sheet_test_save (fixture, "grid", NULL);
  set_dark (TRUE);
  sheet_test_save (fixture, "grid-dark", NULL);
  set_dark (FALSE);
  sheet_test_search (fixture, "fjord");
  athr_test_iterate_until (NULL, sheet_test_n_rows (fixture) == 6);
  sheet_test_save (fixture, "grid-search", NULL);
  sheet_test_search (fixture, "");
  sheet_test_set_state (fixture, "search", FALSE);
  sheet_test_set_state (fixture, "show-list", TRUE);
  sheet_test_save (fixture, "list", NULL);
}

/* Waits until the graph shows some frames after the end of the job. */
static void
await_calm (SheetFixture *fixture)
{
  sheet_test_await_end (fixture);
  sheet_test_await_frames (GTK_WIDGET (fixture->window), 60);
}

/* Both ways, with the graph */
static void
test_look_frames (SheetFixture  *fixture,
                  gconstpointer  data)
{
  write_holidays (fixture);
  sheet_test_write_files (fixture, 10000);
  sheet_test_open (fixture);
  sheet_test_set_state (fixture, "show-frames", TRUE);
  athr_test_iterate_until (NULL, sheet_test_n_rows (fixture) > 2000 || !sheet_test_is_running (fixture));
  sheet_test_save (fixture, "working", NULL);
  await_calm (fixture);
  sheet_test_activate (fixture, "restart");
  await_calm (fixture);
  sheet_test_save (fixture, "frames", NULL);

  set_dark (TRUE);
  sheet_test_set_state (fixture, "idle-way", TRUE);
  await_calm (fixture);
  sheet_test_save (fixture, "frames-idle", NULL);
  set_dark (FALSE);
}

int
main (int    argc,
      char **argv)
{
  int status;

  sheet_test_init (&argc, &argv);
  sheet_test_add ("pictures/thumbnails", test_thumbnails);
  sheet_test_add ("pictures/broken", test_broken);
  sheet_test_add ("pictures/look", test_look);
  sheet_test_add ("pictures/look/frames", test_look_frames);
  status = g_test_run ();
  g_object_unref (application);

  return status;
}
