/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <athreading/athreading.h>
#include <adwaita.h>

G_BEGIN_DECLS

/* The questions of a job, which dialogs over a window show one after the other. Several workers may ask at once. */

#define SHEET_TYPE_QUESTIONS (sheet_questions_get_type ())
G_DECLARE_FINAL_TYPE (SheetQuestions, sheet_questions, SHEET, QUESTIONS, GObject)

SheetQuestions   *sheet_questions_new        (GtkWindow      *window);
void              sheet_questions_add        (SheetQuestions *self,
                                              AthrQuestion   *question,
                                              const char     *name,
                                              const char     *message);
void              sheet_questions_clear      (SheetQuestions *self);
GtkMessageDialog *sheet_questions_get_dialog (SheetQuestions *self);

G_END_DECLS
