# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The parts of the override Athr.py. Each module imports only modules above it in this list:

c            functions of the C library, called through ctypes
threads      workers as Python knows threads
values       Python values in GValues, and back
errors       Python exceptions as errors of C, and back
checks       exceptions for wrong arguments
owner        the object with which work ends
completions  what has completed in a main context
question     what the method ask() of a call or a yielder does
errand       what a function on a worker has the main thread do
current      what a function on a worker knows about its own call or stream
interpreter  the end of the interpreter, and forks, while workers run Python
function     functions whose first argument is their call or the yielder of their stream
loops        main contexts of event loops, and operations that complete in them
work         functions that workers run
first_value  the first value of a callback
options      options of the decorators
interrupt    the function that interrupts the producer of a stream
source       iterators and blocking functions that workers run for a stream
steps        iterables that workers iterate step by step
map          a function over many items
closing      how a coroutine closes a stream
inbox        values that have come from a stream
owned_inbox  the inbox of a stream that ends with an owner
taking       how methods of a stream take values
generators   generators that workers run, and the methods of their streams
methods      what the methods of calls and streams share
scope        several calls together, of Latest and Group
executor     executors as `concurrent.futures` has them
invoke       introspected functions of C, and their arguments
results      the results of introspected functions
documentation  what help() says about what is introspected
"""
