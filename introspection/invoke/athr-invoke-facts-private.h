/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What the GIR files of GLib, GdkPixbuf and Pango say about a function, and typelibs do not. In each number, bit N
 * stands for argument N of the C function. read-girs.py makes the table. */
typedef struct
{
  const char *symbol;
  guint constant;     /* C declares the argument as const */
  guint written;      /* the function writes into the argument, which the typelib calls an input */
  guint deeper;       /* the argument of C has a pointer more than a text or a GError */
  guint flatter;      /* the argument of C has a pointer less than an array of texts, or than a text that comes out */
  guint inside;       /* the argument points into a text of the caller's, so a copy is of no use */
  gboolean is_answer; /* the function can fail, and its boolean is not only its failure */
} AthrInvokeFacts;

/* Of a function that is not in the table no fact is known. */
const AthrInvokeFacts *athr_invoke_facts_get (const char *symbol);
/* Whether the table covers all functions of the namespace. */
gboolean               athr_invoke_facts_cover (const char *namespace);

static inline gboolean
athr_invoke_facts_has (guint facts,
                       guint argument)
{
  return argument < 32 && (facts >> argument & 1) != 0;
}

G_END_DECLS
