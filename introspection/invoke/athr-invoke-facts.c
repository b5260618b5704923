/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <stdlib.h>

#include "athr-invoke-facts-private.h"

static const AthrInvokeFacts table[] = {
#include "athr-invoke-facts-table.h"
};

static const char * const namespaces[] = {
  "GLib", "GLibUnix", "GObject", "Gio", "GioUnix", "GdkPixbuf", "Pango", "Graphene", NULL,
};

static int
athr_invoke_facts_compare (const void *a,
                           const void *b)
{
  return strcmp (((const AthrInvokeFacts *) a)->symbol, ((const AthrInvokeFacts *) b)->symbol);
}

const AthrInvokeFacts *
athr_invoke_facts_get (const char *symbol)
{
  static const AthrInvokeFacts none;
  const AthrInvokeFacts key = { .symbol = symbol };
  const AthrInvokeFacts *found = bsearch (&key, table, G_N_ELEMENTS (table), sizeof table[0],
                                          athr_invoke_facts_compare);

  return found != NULL ? found : &none;
}

gboolean
athr_invoke_facts_cover (const char *namespace)
{
  return g_strv_contains (namespaces, namespace);
}
