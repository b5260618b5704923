/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define SHEET_TYPE_APPLICATION (sheet_application_get_type ())
G_DECLARE_FINAL_TYPE (SheetApplication, sheet_application, SHEET, APPLICATION, AdwApplication)

SheetApplication *sheet_application_new (void);
int               sheet_application_run (SheetApplication *self,
                                         int               argc,
                                         char             *argv[]);

G_END_DECLS
