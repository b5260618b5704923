/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* contact-sheet [FOLDER...]: shows all files below a folder, pictures as thumbnails. */

#include "sheet-application.h"

int
main (int   argc,
      char *argv[])
{
  g_autoptr (SheetApplication) application = sheet_application_new ();

  return sheet_application_run (application, argc, argv);
}
