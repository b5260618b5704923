/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "sheet-job.h"

G_BEGIN_DECLS

#define SHEET_TYPE_IDLE_JOB (sheet_idle_job_get_type ())
G_DECLARE_FINAL_TYPE (SheetIdleJob, sheet_idle_job, SHEET, IDLE_JOB, SheetJob)

SheetJob *sheet_idle_job_new         (GFile *folder);
SheetJob *sheet_idle_job_new_made_up (guint  n_files);

G_END_DECLS
