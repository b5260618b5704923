# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The parts of the override Athr.py. Each module imports only modules above it in this list:

c            functions of the C library, called through ctypes
values       Python values in GValues, and back
errors       Python exceptions as errors of C, and back
checks       exceptions for wrong arguments
current      what a function on a worker knows about its own call or stream
interpreter  the end of the interpreter, and forks, while workers run Python
loops        main contexts of event loops, and operations that complete in them
work         functions that workers run
options      options of the decorators
interrupt    the function that interrupts the producer of a stream
source       iterators, generators and blocking functions that workers run for a stream
closing      how a coroutine closes a stream
inbox        values that have come from a stream
methods      what the methods of calls and streams share
invoke       introspected functions of C
"""
