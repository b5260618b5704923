/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* check: grants; spin -DN_VALUES=3 -DN_NEXTS=4 -DN_CANCELS=2
 * check: quick-puts; spin -DSIZE=3 -DN_VALUES=5 -DN_NEXTS=3 -DN_CANCELS=1 -DN_TRIES=1
 * check: quick-puts-yielders; spin -DSIZE=3 -DN_YIELDERS=2 -DN_NEXTS=2 -DCLOSES=1
 * check: quick-puts-send; spin -DSIZE=3 -DN_VALUES=4 -DN_NEXTS=2 -DN_SENDS=1 -DTHROWS=1 -DN_FLOWS=1
 * check: quick-takes; spin -DSIZE=4 -DN_VALUES=6 -DIN_SLICE=1 -DN_NEXTS=1 -DN_FLOWS=2 -DN_TRIES=1
 * check: quick-takes-send; spin -DSIZE=2 -DN_VALUES=4 -DIN_SLICE=1 -DN_NEXTS=1 -DN_FLOWS=1 -DN_SENDS=1
 * check: quick-takes-steps; spin -DHAS_STEPS=1 -DSIZE=4 -DN_VALUES=5 -DIN_SLICE=1 -DN_NEXTS=1 -DN_FLOWS=1
 * check: quick-takes-drop-oldest; spin -DOVERFLOW=DROP_OLDEST -DSIZE=3 -DN_VALUES=4 -DN_NEXTS=1 -DN_FLOWS=2
 * check: close; spin -DN_NEXTS=2 -DN_CANCELS=1 -DCLOSES=1 -DDIES=1
 * check: lock-step; spin -DSIZE=0 -DN_NEXTS=3 -DN_CANCELS=2
 * check: lock-step-close; spin -DSIZE=0 -DN_NEXTS=3 -DN_CANCELS=1 -DCLOSES=1 -DDIES=1
 * check: yielders; spin -DN_YIELDERS=2 -DN_NEXTS=3 -DN_CANCELS=1
 * check: yielders-close; spin -DN_YIELDERS=2 -DN_NEXTS=2 -DCLOSES=1
 * check: yielders-left; spin -DN_YIELDERS=2 -DJOINS=0 -DN_NEXTS=2 -DCLOSES=1
 * check: yielders-lock-step; spin -DSIZE=0 -DN_YIELDERS=2 -DN_NEXTS=5
 * check: yielders-lock-step-left; spin -DSIZE=0 -DN_YIELDERS=2 -DJOINS=0 -DN_NEXTS=3 -DCLOSES=1
 * check: yielders-exchange; spin -DN_YIELDERS=2 -DEXCHANGES=1 -DN_NEXTS=4 -DN_SENDS=2
 * check: send; spin -DSIZE=0 -DEXCHANGES=1 -DN_VALUES=3 -DN_NEXTS=4 -DN_SENDS=2 -DN_CANCELS=2
 * check: send-receive; spin -DN_VALUES=3 -DN_NEXTS=3 -DN_SENDS=2 -DN_CANCELS=1 -DCLOSES=1
 * check: replies; spin -DSIZE=0 -DEXCHANGES=1 -DN_VALUES=3 -DN_NEXTS=4 -DN_SENDS=4 -DREPLIES=1 -DN_CANCELS=2
 * check: throw; spin -DEXCHANGES=1 -DN_VALUES=3 -DN_SENDS=3 -DTHROWS=1 -DN_CANCELS=1
 * check: throw-yield; spin -DN_VALUES=3 -DN_SENDS=2 -DTHROWS=2 -DN_CANCELS=1 -DJOINS=0
 * check: throw-close; spin -DSIZE=0 -DEXCHANGES=1 -DN_SENDS=2 -DTHROWS=1 -DN_NEXTS=2 -DCLOSES=1
 * check: steps; spin -DHAS_STEPS=1 -DN_VALUES=3 -DN_NEXTS=4 -DN_CANCELS=2
 * check: steps-lock-step; spin -DHAS_STEPS=1 -DSIZE=0 -DN_VALUES=3 -DN_NEXTS=3 -DN_CANCELS=2
 * check: steps-send; spin -DHAS_STEPS=1 -DN_CANCELS=1 -DN_SENDS=2 -DTHROWS=1 -DJOINS=0
 * check: steps-close; spin -DHAS_STEPS=1 -DN_NEXTS=2 -DN_CANCELS=1 -DCLOSES=1 -DDIES=1
 * check: steps-refused; spin -DHAS_STEPS=1 -DN_CANCELS=1 -DCLOSES=1 -DREFUSES=1
 * check: slices; spin -DSIZE=4 -DN_VALUES=6 -DIN_SLICE=1 -DN_CANCELS=1 -DN_TRIES=1
 * check: slices-steps; spin -DHAS_STEPS=1 -DSIZE=4 -DN_VALUES=6 -DIN_SLICE=1 -DN_CANCELS=1
 * check: batch; spin -DSIZE=2 -DN_VALUES=4 -DBATCH=2 -DN_CANCELS=1 -DCLOSES=1
 * check: consumers; spin -DN_VALUES=3 -DN_NEXTS=2 -DN_TAKERS=1 -DN_FLOWS=1 -DN_TRIES=1 -DN_CANCELS=1
 * check: takers; spin -DSIZE=0 -DN_NEXTS=1 -DN_TAKERS=2 -DN_CANCELS=1 -DCLOSES=1
 * check: flow; spin -DN_VALUES=3 -DN_NEXTS=2 -DN_FLOWS=2 -DN_CANCELS=1
 * check: flow-close; spin -DN_YIELDERS=2 -DN_VALUES=1 -DN_NEXTS=1 -DN_FLOWS=2 -DN_CANCELS=1 -DCLOSES=1
 * check: flow-slices; spin -DSIZE=4 -DN_VALUES=6 -DIN_SLICE=1 -DN_NEXTS=1 -DN_FLOWS=2
 * check: fail; spin -DOVERFLOW=FAIL -DN_VALUES=3 -DN_CANCELS=1 -DCLOSES=1
 * check: fail-steps; spin -DOVERFLOW=FAIL -DHAS_STEPS=1 -DN_VALUES=3 -DN_SENDS=2 -DTHROWS=1
 * check: drop-oldest; spin -DOVERFLOW=DROP_OLDEST -DN_VALUES=3 -DN_CANCELS=1 -DN_SENDS=2 -DTHROWS=1
 * check: drop-newest; spin -DOVERFLOW=DROP_NEWEST -DSIZE=0 -DN_VALUES=3 -DN_CANCELS=1 -DN_FLOWS=1
 *
 * check: no-wake-after-next-grant; spin -DMUTANT=NO_WAKE_AFTER_NEXT_GRANT -DSIZE=0 -DN_YIELDERS=2 -DN_NEXTS=5; fails
 * check: no-active-check; spin -DMUTANT=NO_ACTIVE_CHECK -DHAS_STEPS=1; fails
 * check: no-revoked; spin -DMUTANT=NO_REVOKED -DN_CANCELS=1; fails
 * check: notify-before-put; spin -DMUTANT=NOTIFY_BEFORE_PUT -DSIZE=0 -DN_NEXTS=1; fails
 * check: linked-flow; spin -DMUTANT=LINKED_FLOW -DN_NEXTS=1 -DN_FLOWS=2; fails
 * check: keep-quick-puts; spin -DMUTANT=KEEP_QUICK_PUTS -DSIZE=2 -DN_VALUES=3 -DN_NEXTS=2; fails
 * check: keep-quick-puts-cancel; spin -DMUTANT=KEEP_QUICK_PUTS -DSIZE=2 -DN_VALUES=4 -DN_NEXTS=2 -DN_CANCELS=1; fails
 * check: keep-quick-takes; spin -DMUTANT=KEEP_QUICK_TAKES -DSIZE=3 -DN_VALUES=5 -DN_NEXTS=1 -DN_FLOWS=2; fails
 * check: keep-quick-takes-send; spin -DMUTANT=KEEP_QUICK_TAKES -DIN_SLICE=1 -DSIZE=3 -DN_VALUES=4 -DN_NEXTS=0 -DN_FLOWS=1 -DN_SENDS=1; fails
 * check: take-all-quickly; spin -DMUTANT=TAKE_ALL_QUICKLY -DSIZE=4 -DN_VALUES=6 -DIN_SLICE=1 -DN_NEXTS=1 -DN_FLOWS=1; fails
 * check: no-offer-after-answer; spin -DMUTANT=NO_OFFER_AFTER_ANSWER -DSIZE=4 -DN_VALUES=6 -DIN_SLICE=1 -DN_NEXTS=1; fails */

/* A model of a stream's channel, athr-channel*.c, with the parts of athr-producer.c and
 * athr-stream-home.c that use it. The head of athr-channel.c explains grants and messages. The
 * names are those of the C code, without athr_channel_. A d_step is a critical section of
 * AthrChannel.lock or of the pool's lock. What threads do unlocked, between d_steps, are separate
 * steps.
 *
 * SIZE, OVERFLOW, HAS_STEPS  AthrChannelOptions
 * N_YIELDERS, N_VALUES       threads that yield, of which the first runs the function; values of each
 * EXCHANGES                  the threads exchange instead of yielding
 * JOINS                      the function waits for the other threads before it returns
 * N_NEXTS, N_TAKERS, BATCH   nexts at home; blocking nexts; how many values a next at home takes
 * N_TRIES                    athr_stream_try_next()
 * N_SENDS, THROWS            messages; with THROWS 1 every other message is thrown, with 2 all
 * REPLIES                    each message is the answer to the value that was taken last
 * N_CANCELS                  nexts that another thread may cancel at any time
 * N_FLOWS                    how often home starts the flow, and may stop it
 * IN_SLICE                   home may ask in a slice
 * CLOSES, DIES               home closes the stream; another thread does, as the context dies
 * REFUSES                    the executor is closed at any time
 */
#ifndef SIZE
#define SIZE 1
#endif
#define BLOCK 0
#define DROP_OLDEST 1
#define DROP_NEWEST 2
#define FAIL 3
#ifndef OVERFLOW
#define OVERFLOW BLOCK
#endif
#ifndef HAS_STEPS
#define HAS_STEPS 0
#endif
#ifndef N_YIELDERS
#define N_YIELDERS 1
#endif
#ifndef N_VALUES
#define N_VALUES 2
#endif
#ifndef EXCHANGES
#define EXCHANGES 0
#endif
#ifndef JOINS
#define JOINS 1
#endif
#ifndef N_NEXTS
#define N_NEXTS 3
#endif
#ifndef N_TAKERS
#define N_TAKERS 0
#endif
#ifndef BATCH
#define BATCH 1
#endif
#ifndef N_TRIES
#define N_TRIES 0
#endif
#ifndef N_SENDS
#define N_SENDS 0
#endif
#ifndef THROWS
#define THROWS 0
#endif
#ifndef REPLIES
#define REPLIES 0
#endif
#ifndef N_CANCELS
#define N_CANCELS 0
#endif
#ifndef N_FLOWS
#define N_FLOWS 0
#endif
#ifndef IN_SLICE
#define IN_SLICE 0
#endif
#ifndef CLOSES
#define CLOSES 0
#endif
#ifndef DIES
#define DIES 0
#endif
#ifndef REFUSES
#define REFUSES 0
#endif

#define WHEN(condition, ...) if :: condition -> __VA_ARGS__ :: else fi

/* Each mutant is wrong on purpose, so the search must find an error. */
#define NO_WAKE_AFTER_NEXT_GRANT 1
#define NO_ACTIVE_CHECK 2
#define NO_REVOKED 3
#define NOTIFY_BEFORE_PUT 4
#define LINKED_FLOW 5
#define KEEP_QUICK_PUTS 6
#define KEEP_QUICK_TAKES 7
#define TAKE_ALL_QUICKLY 8
#define NO_OFFER_AFTER_ANSWER 9
#ifndef MUTANT
#define MUTANT 0
#endif

#include "channel-state.inc"
#include "channel-take.inc"
#include "channel-put.inc"

/* The pool's thread, athr_producer_work() */
active proctype worker() {
  STACK;
  byte turn;
  bool fails;

end_idle:
  do
  :: d_step {
       job == QUEUED ->
       lock();
       job = RUNNING;
       turn = RUN;
       /* athr_channel_begin() */
       if
       :: state != OPEN -> turn = OVER
       :: state == OPEN && !has_room -> is_job_active = false; turn = PARK; job = IDLE
       :: else ->
          if
          :: HAS_STEPS -> n_taken = (n_taken > n_put + 1 -> n_taken : n_put + 1); has_yielded = false
          :: !HAS_STEPS && has_grants -> take_grant_locked()
          :: else
          fi
       fi;
       check_locked()
     }
     if
     :: turn == RUN ->
        n_yielding = N_YIELDERS - 1;
        do
        :: N_SENDS > 0 && tries == 0 -> receive(); tries = 2
        :: n_yielded[0] < N_VALUES ->
           put_any(0);
           if
           :: goes_on
           :: !goes_on && thrown != 0 /* the function handles the error */
           :: !goes_on && thrown != 0 && !JOINS -> fails = true; break
           :: !goes_on && thrown == 0 -> break
           fi
        :: HAS_STEPS || n_yielded[0] == N_VALUES -> break
        od;
        tries = 0;
end_join:
        !JOINS || n_yielding == 0;
        d_step {
          lock();
          WHEN(HAS_STEPS && n_yielded[0] == N_VALUES, is_finished = true; wake_locked()) /* no thread sleeps */
        }
        d_step {
          lock();
          turn = OVER;
          if
          :: HAS_STEPS && !fails -> /* athr_channel_end_step() */
             WHEN(!has_yielded && current == 0, find_message_locked(true); current = found);
             if
             :: state != OPEN || is_finished || current != 0
             :: else ->
                turn = RUN;
                WHEN(!has_room, is_job_active = false; turn = PARK; job = IDLE)
             fi
          :: else
          fi;
          check_locked()
        }
     :: else
     fi;
     WHEN(turn == RUN,
        if /* athr_pool_requeue() */
        :: atomic { !pool_is_closed -> assert(job == RUNNING); job = QUEUED }
        :: pool_is_closed -> fails = true; turn = OVER
        fi);
     WHEN(turn == OVER, job = IDLE; producer_end(fails))
  od
}

#if N_YIELDERS > 1
/* The other threads that yield */
active [N_YIELDERS - 1] proctype yielder() {
  STACK;
  byte me = _pid; /* the worker is 0 */

end_begin:
  n_yielding > 0;
  do
  :: n_yielded[me] < N_VALUES ->
     put_any(me);
     if
     :: goes_on || thrown != 0
     :: else -> break
     fi
  :: else -> break
  od;
  n_yielding--
}
#endif

/* The owner's thread */
active proctype home() {
  STACK;
  byte n_asked, n_tried, n_sent, n_flows;
  byte waiter;
  bool has_closed, has_stopped, is_queued, flow_ended;

  if
  :: d_step { /* athr_channel_open(), and athr_channel_wake() */
       lock();
       set_state_locked(OPEN);
       n_granted = n_granted + SIZE;
       begin_locked()
     }
     unlock_and_notify()
  :: CLOSES
  fi;

end_home:
  do
  :: state != INITIAL && n_asked < N_NEXTS &&
     (!REPLIES || (len(readers) == 0 && n_sent == n_got_all)) ->
     if
     :: IN_SLICE -> in_slice = true
     :: in_slice = false
     fi;
     n_asked++;
     add_reader(n_asked - 1, in_slice)
  :: items?waiter ->
     answer_any(waiter, BATCH, true);
     waiter = 0
  :: flow_queued -> /* athr_stream_flow() */
     flow_queued = false;
     is_queued = false;
     do
     :: flow && !flow_ended ->
        flow_quickly();
        WHEN(answer == NOTHING, flow_once(!is_queued));
        if
        :: answer == NOTHING && is_queued -> flow_queued = false; is_queued = false
        :: answer == NOTHING && !is_queued -> break
        :: answer == VALUE ->
           flow_queued = true;
           /* the handler */
           if
           :: is_queued = true
           :: is_queued = false; flow_queued = false /* the handler has run a nested main loop */
           :: N_FLOWS > 0 && IN_SLICE -> flow_queued = true; goto slice_over
           fi
        :: answer == END -> flow_ended = true
        fi
     :: else -> break
     od;
     WHEN(is_queued, flow_queued = false);
slice_over:
     is_queued = false;
     answer = 0
  :: wake_queued -> wake_queued = false; end_slice()
  :: state != INITIAL && n_tried < N_TRIES ->
     n_tried++;
     try_take(IN_SLICE)
  :: state != INITIAL && n_sent < N_SENDS && (!REPLIES || (len(readers) == 0 && n_got_all > n_sent)) ->
     n_sent++;
     send(n_sent)
  :: state != INITIAL && n_flows < N_FLOWS && !flow && !flow_ended && !has_closed ->
     n_flows++;
     flow_start(IN_SLICE)
  :: flow && !has_stopped && N_FLOWS > 1 -> has_stopped = true; flow_stop()
  :: CLOSES && !has_closed -> /* athr_stream_close_async() */
     has_closed = true;
     WHEN(flow, flow_stop());
     add_close_waiter();
     producer_close()
  od
}

#if N_TAKERS > 0
/* A thread in a blocking next */
active [N_TAKERS] proctype taker() {
  STACK;
  byte waiter = N_NEXTS + _pid - N_YIELDERS - 1;

end_begin:
  state != INITIAL;
  add_reader(waiter, false);
end_sleep:
  do
  :: must_come[waiter] ->
     answer_any(waiter, 1, false);
     WHEN(waiter_state[waiter] == ANSWERED, break)
  od
}
#endif

#if N_CANCELS > 0
/* Cancels one of the first nexts, at any time */
active [N_CANCELS] proctype canceller() {
  STACK;
  byte waiter = _pid - N_YIELDERS - 1 - N_TAKERS;

  cancel(waiter)
}
#endif

#if DIES
active proctype dying() {
  STACK;

end_dying:
  state != INITIAL;
  producer_close()
}
#endif

#if REFUSES
active proctype closing_pool() {
  STACK;

  d_step {
    pool_is_closed = true;
    is_added = job == QUEUED;
    job = (is_added -> IDLE : job)
  }
  WHEN(is_added, producer_end(true))
}
#endif

/* When no process can go on, checks that nothing is left undone. */
active proctype monitor() {
  byte k;

  timeout;
  d_step {
    k = 0;
    do
    :: k < N_WAITERS ->
       assert(waiter_state[k] == NEW || waiter_state[k] == ANSWERED || k == FLOW ||
              (waiter_state[k] == CANCELLED && state == INITIAL));
       assert(!is_linked[k] && !must_come[k]);
       k++
    :: else -> break
    od;
    assert(!flow || (waiter_state[FLOW] == NEW && state > OPEN) ||
           (waiter_state[FLOW] == WAITING && len(buffer) == 0 && state == OPEN));
    k = 0;
    do
    :: k < N_YIELDERS ->
       assert(asleep[k] == 0 || (asleep[k] == TO_PUT && must_wait_to_put) ||
              (asleep[k] == FOR_NEXT_GRANT && must_wait_for_next_grant));
       k++
    :: else -> break
    od;
    assert(state != OPEN || is_job_active || !has_room);
    assert(state >= ENDED || !is_job_active || job == RUNNING);
    assert(!was_closed || state >= ENDED);
    k = 1;
    do
    :: k <= N_SENDS ->
       assert(was_received[k] + was_undelivered[k] + (pending??[eval(k)] -> 1 : 0) + (attached??[eval(k)] -> 1 : 0) + (current == k) <= 1);
       k++
    :: else -> break
    od
  }
}
