/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "sheet-window.h"

G_BEGIN_DECLS

/* What happened on the screen while a job ran */
typedef struct
{
  guint n_items;
  double seconds;
  guint n_frames;
  guint n_wanted;
  gint64 worst;        /* us: the longest time between two frames */
  gint64 worst_work;   /* us: how long the main thread has computed of that, at most */
} SheetMeasurement;

typedef void (*SheetSelfTestFunc) (SheetWindow *window,
                                   gboolean     passed,
                                   gpointer     data);

void     sheet_self_test_start     (SheetWindow            *window,
                                    guint                   n_files,
                                    SheetSelfTestFunc       func,
                                    gpointer                data);
gboolean sheet_measurement_compare (const SheetMeasurement *stream,
                                    const SheetMeasurement *idle);

G_END_DECLS
