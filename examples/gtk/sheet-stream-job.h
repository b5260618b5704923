/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "sheet-job.h"

G_BEGIN_DECLS

#define SHEET_TYPE_STREAM_JOB (sheet_stream_job_get_type ())
G_DECLARE_FINAL_TYPE (SheetStreamJob, sheet_stream_job, SHEET, STREAM_JOB, SheetJob)

SheetJob *sheet_stream_job_new         (GFile   *folder,
                                        GObject *owner);
SheetJob *sheet_stream_job_new_made_up (guint    n_files,
                                        GObject *owner);

G_END_DECLS
