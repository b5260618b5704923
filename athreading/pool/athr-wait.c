/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "context/athr-binding-private.h"
#include "context/athr-question-private.h"
#include "pool/athr-pool-private.h"
#include "pool/athr-wait-private.h"

void
athr_wait (AthrEvent        *event,
           AthrContextQueue *home)
{
  gboolean may_own;

  if (athr_event_reset (event))
    return;

  may_own = athr_home_block_begin (home, event);
  athr_pool_block_begin ();
  do
    {
      if (may_own)
        athr_bindings_attend ();
    }
  while (!athr_event_wait (event));
  athr_pool_block_end ();
  if (may_own)
    athr_event_delist (event);
}
