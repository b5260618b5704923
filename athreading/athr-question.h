/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#if !defined (ATHREADING_INSIDE) && !defined (ATHREADING_COMPILATION)
# error "Only <athreading/athreading.h> can be included directly."
#endif

#include <athreading/athr-types.h>

G_BEGIN_DECLS

#define ATHR_TYPE_QUESTION (athr_question_get_type ())

ATHR_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (AthrQuestion, athr_question, ATHR, QUESTION, GObject)

/**
 * AthrAskFunc:
 * @question: the question
 * @user_data: (closure): the data given to [method@Athr.Call.ask] or [method@Athr.Yielder.ask]
 *
 * Asks the user, for a function that waits on a worker.
 *
 * The function answers with [method@Athr.Question.answer] or [method@Athr.Question.fail]: at once,
 * or later, if it keeps a reference to @question. @user_data is destroyed when the function has returned.
 *
 * Threads: owner.
 *
 * Since: 1.0
 */
typedef void (*AthrAskFunc) (AthrQuestion *question,
                             gpointer      user_data);

/**
 * AthrPostFunc:
 * @user_data: (closure): the data given to [method@Athr.Call.post] or [method@Athr.Yielder.post]
 *
 * What a function on a worker has the owner's thread do.
 *
 * Threads: owner.
 *
 * Since: 1.0
 */
typedef void (*AthrPostFunc) (gpointer user_data);

ATHR_AVAILABLE_IN_1_0
void athr_question_answer       (AthrQuestion *self,
                                 const GValue *value);
ATHR_AVAILABLE_IN_1_0
void athr_question_fail         (AthrQuestion *self,
                                 const GError *error);
ATHR_AVAILABLE_IN_1_0
void athr_question_fail_literal (AthrQuestion *self,
                                 GQuark        domain,
                                 int           code,
                                 const char   *message);

G_END_DECLS
