/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* check: safety
 * check: two-jobs; spin -DN_JOBS=2 -DN_PUSHERS=1
 * check: no-close; spin -DCLOSES=0
 * check: no-second-look; spin -DMUTANT=NO_SECOND_LOOK; fails
 * check: no-settle; spin -DMUTANT=NO_SETTLE; fails
 * check: close-without-collect; spin -DMUTANT=CLOSE_WITHOUT_COLLECT; fails
 * check: late-jobs-lost; spin -DMUTANT=LATE_JOBS_LOST; fails */

/* A model of the submissions of athr-pool.c: N_PUSHERS threads push N_JOBS jobs each, one thread runs short jobs,
 * another one stands by and may leave at any time, and a thread may close the pool. All jobs are alike, so the list
 * and the queue are numbers. Each access without the lock is sequentially consistent, as the atomics of the C code
 * are. A thread that has found no job goes idle at once: the C code spins before that. */

#ifndef N_PUSHERS
#define N_PUSHERS 2
#endif
#ifndef N_JOBS
#define N_JOBS 1
#endif
#ifndef CLOSES
#define CLOSES 1
#endif

#define NO_SECOND_LOOK 1
#define NO_SETTLE 2
#define CLOSE_WITHOUT_COLLECT 3
#define LATE_JOBS_LOST 4
#ifndef MUTANT
#define MUTANT 0
#endif

bool is_locked;
bool takes;             /* takes_submissions */
bool is_quick = true, is_open = true;
byte n_submitted, n_queued;
byte n_searching = 1;   /* the thread that runs jobs begins by looking at the queue */
byte n_running, n_idle, n_wake_ups;
byte n_standing_by = 1;
byte n_accepted, n_ended;

inline lock() { atomic { !is_locked -> is_locked = true } }
inline unlock() { is_locked = false }

/* The list is emptied by one exchange; what follows is under the lock. */
inline collect() {
  if
  :: is_open -> atomic { n_queued = n_queued + n_submitted; n_submitted = 0 }
  :: else
  fi
}

inline settle() {
  if
  :: takes && (!is_quick || n_standing_by == 0 || n_searching + n_running == 0) && MUTANT != NO_SETTLE ->
     takes = false;
     collect()
  :: else
  fi
}

/* athr_pool_request_thread_locked(): there are threads enough. An idle thread has been counted as searching. */
inline request_thread() {
  if
  :: n_queued > n_searching && !(is_quick && (n_searching > 0 || (n_running > 0 && n_standing_by > 0))) && n_idle > 0 ->
     n_searching++;
     n_idle--;
     n_wake_ups++
  :: else
  fi
}

/* The loop of a thread that counts as searching, under the lock. It ends when the queue is empty. */
inline run_jobs() {
  n_searching--;
  collect();
  do
  :: n_queued > 0 ->
     n_queued--;
     n_running++;
     request_thread();
     if
     :: is_quick && n_standing_by > 0 && is_open -> takes = true
     :: else
     fi;
     unlock();
     n_ended++;
     lock();
     n_running--;
     collect()
  :: else -> break
  od
}

/* A thread that has found no job, under the lock: settles, and waits until it is woken. */
inline go_idle() {
  settle();
  if
  :: n_queued > 0 -> n_searching++
  :: else ->
     n_idle++;
     unlock();
end_idle:
     atomic { !is_locked && n_wake_ups > 0 -> is_locked = true; n_wake_ups-- }
  fi
}

active proctype worker() {
  lock();
  do
  :: run_jobs(); go_idle()
  od
}

active proctype stands_by() {
  lock();
  collect(); /* athr_pool_watch_jobs_locked() */
  n_standing_by--;
  is_quick = false; /* athr_pool_slow_down_locked() */
  go_idle();
  do
  :: run_jobs(); go_idle()
  od
}

/* athr_pool_push() */
inline push() {
  if
  :: takes ->
     atomic { n_submitted++; n_accepted++ };
     if
     :: MUTANT != NO_SECOND_LOOK && !takes ->
        lock();
        collect();
        if
        :: !is_open && MUTANT != LATE_JOBS_LOST ->
           atomic { late = n_submitted; n_submitted = 0 };
           n_ended = n_ended + late /* fails them; the C code does so after unlocking */
        :: else
        fi;
        request_thread();
        unlock()
     :: else
     fi
  :: else ->
     lock();
     collect();
     if
     :: is_open -> n_queued++; n_accepted++; request_thread()
     :: else
     fi;
     unlock()
  fi
}

active [N_PUSHERS] proctype pushes() {
  byte n, late;

  do
  :: n < N_JOBS -> n++; push()
  :: else -> break
  od
}

active proctype closes() {
  if
  :: CLOSES ->
     lock();
     takes = false;
     if
     :: MUTANT != CLOSE_WITHOUT_COLLECT -> collect()
     :: else
     fi;
     is_open = false;
     request_thread();
     unlock()
  :: true
  fi
}

/* When no thread can go on, all jobs have run or failed. */
active proctype checks() {
end_checks:
  timeout -> assert(n_ended == n_accepted && n_submitted == 0 && n_queued == 0 && !is_locked)
}
