/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "athr-invoke-type-private.h"

G_BEGIN_DECLS

/* These make values of pointers. They take over or copy what the pointer points to, and @value is unset before.
 * Threads: worker. */
void athr_invoke_text_to_value     (const AthrInvokeType *type,
                                    char                 *text,
                                    GITransfer            transfer,
                                    GValue               *value);
void athr_invoke_instance_to_value (const AthrInvokeType *type,
                                    gpointer              instance,
                                    GITransfer            transfer,
                                    GValue               *value);
/* Takes over @texts. @tag says whether they are file names. */
void athr_invoke_texts_to_value    (GITypeTag             tag,
                                    GStrv                 texts,
                                    GValue               *value);

G_END_DECLS
