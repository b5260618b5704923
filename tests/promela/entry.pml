/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* check: safety
 * check: two-pass; spin -DN_PASS=2
 * check: wait-first; spin -DMUTANT=WAIT_FIRST; fails
 * check: look-before-entering; spin -DMUTANT=LOOK_BEFORE_ENTERING; fails
 * check: no-wake; spin -DMUTANT=NO_WAKE; fails */

/* A model of athr-entry.c as the channel uses it: N_PASS threads pass the entry and use the way behind it, while
 * another thread shuts the way, waits until the entry is empty, and opens the way again. Each access that both
 * sides see is sequentially consistent, as the atomics of the C code are. The thread that waits does not spin. */

#ifndef N_PASS
#define N_PASS 1
#endif
#define N_ROUNDS 3

#define WAIT_FIRST 1
#define LOOK_BEFORE_ENTERING 2
#define NO_WAKE 3
#ifndef MUTANT
#define MUTANT 0
#endif

#define EMPTY 0
#define TAKEN 1
#define AWAITED 2

byte state = EMPTY;
bool is_open = true, is_asleep, is_mutex_held;
byte n_using;  /* threads behind the entry */
bool is_shut;  /* the other thread has shut the way and waited */

active [N_PASS] proctype passes() {
  byte n, old;
  bool may_use;

  do
  :: n < N_ROUNDS ->
     n++;
     may_use = is_open;
     if
     :: atomic { state == EMPTY -> state = TAKEN };
        if
        :: MUTANT == LOOK_BEFORE_ENTERING
        :: else -> may_use = is_open
        fi;
        if
        :: may_use ->
           n_using++;
           assert(!is_shut && n_using == 1);
           n_using--
        :: else
        fi;
        atomic { old = state; state = EMPTY };
        if
        :: old == AWAITED && MUTANT != NO_WAKE -> /* athr_entry_wake() */
           atomic { !is_mutex_held -> is_mutex_held = true };
           is_asleep = false;
           is_mutex_held = false
        :: else
        fi
     :: state != EMPTY
     fi
  :: else -> break
  od
}

inline wait() {
  atomic { !is_mutex_held -> is_mutex_held = true };
  do
  :: state == EMPTY -> break
  :: atomic { state == TAKEN -> state = AWAITED }
  :: atomic { state == AWAITED -> is_asleep = true; is_mutex_held = false };
     atomic { !is_asleep && !is_mutex_held -> is_mutex_held = true }
  od;
  is_mutex_held = false
}

active proctype shuts() {
  byte n;

  do
  :: n < N_ROUNDS ->
     n++;
     if
     :: MUTANT == WAIT_FIRST -> wait(); is_open = false
     :: else -> is_open = false; wait()
     fi;
     is_shut = true;
     assert(n_using == 0);
     is_shut = false;
     is_open = true
  :: else -> break
  od
}
