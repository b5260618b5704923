/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bench.h"
#include "costs.h"

/* Measures the rows of the table, and prints a line of JSON for each row as soon as it is measured. bench.py
 * makes the table from these lines. */

static char *only_row;
static char *only_way;
static char *first_call;
static int n_turns = 9;
static int n_units;
static gboolean memory;
static gboolean quick;

static const GOptionEntry options[] = {
  { "row", 0, 0, G_OPTION_ARG_STRING, &only_row, "Measures only the rows whose names match PATTERN", "PATTERN" },
  { "way", 0, 0, G_OPTION_ARG_STRING, &only_way, "Measures only the way NAME", "NAME" },
  { "turns", 0, 0, G_OPTION_ARG_INT, &n_turns, "How many turns each way takes", "N" },
  { "units", 0, 0, G_OPTION_ARG_INT, &n_units, "How many units a turn has", "N" },
  { "quick", 0, 0, G_OPTION_ARG_NONE, &quick, "One turn of a thousandth of the units, and no warming up", NULL },
  { "memory", 0, 0, G_OPTION_ARG_NONE, &memory, "Measures memory instead of time", NULL },
  { "first-call", 0, 0, G_OPTION_ARG_STRING, &first_call, "Prints the microseconds of one call", "WAY" },
  { NULL, },
};

static guint
units_of (const BenchRow *row,
          const BenchWay *way)
{
  guint less = !quick ? 1 : memory ? 10 : 1000;

  if (n_units > 0)
    return n_units;

  return MAX (1, row->n / MAX (1, way->share) / less);
}

static void
print_row (const BenchRow *row)
{
  int turns = quick ? 1 : row->n_turns > 0 ? MIN (n_turns, (int) row->n_turns) : n_turns;
  GString *figures[G_N_ELEMENTS (row->ways)] = { NULL, };
  const char *comma = "";

  for (int turn = 0; turn < turns; turn++)
    for (guint i = 0; row->ways[i].name != NULL; i++)
      {
        const BenchWay *way = &row->ways[i];
        guint n = units_of (row, way);

        if (only_way != NULL && !g_str_equal (way->name, only_way))
          continue;
        if (figures[i] == NULL)
          {
            figures[i] = g_string_new (NULL);
            /* The first turn starts threads and fills caches. */
            if (!quick && n_units == 0 && row->n_turns == 0)
              way->measure (row, way, MAX (1, n / 5));
          }
        g_string_append_printf (figures[i], "%s%.6g", turn > 0 ? ", " : "", way->measure (row, way, n));
      }

  g_print ("{\"name\": \"%s\", \"title\": \"%s\", \"unit\": \"%s\", \"ways\": {", row->name, row->title, row->unit);
  for (guint i = 0; row->ways[i].name != NULL; i++)
    if (figures[i] != NULL)
      {
        g_print ("%s\"%s\": [%s]", comma, row->ways[i].name, figures[i]->str);
        g_string_free (figures[i], TRUE);
        comma = ", ";
      }
  g_print ("}}\n");
}

int
main (int   argc,
      char *argv[])
{
  static const BenchRow *const tables[] = {
    bench_call_rows, bench_value_rows, bench_stream_rows, bench_map_rows, bench_cost_rows, bench_memory_rows,
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("- measures the rows of the table");
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, options, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      g_printerr ("%s\n", error->message);
      return 2;
    }
  if (first_call != NULL)
    return bench_print_first_call (first_call) ? 0 : 2;

  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    for (const BenchRow *row = tables[i]; row->name != NULL; row++)
      if (memory == (tables[i] == bench_memory_rows) &&
          (only_row == NULL || g_pattern_match_simple (only_row, row->name)))
        print_row (row);

  return 0;
}
