/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "athr-lock-private.h"

#ifdef ATHR_DEBUG_LOCKS
_Thread_local const AthrLock *athr_lock_held;
#endif
