// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Work that ends with an object.

async void gives_the_result () throws Error {
	var owner = new Object ();
	var call = new Athr.Call (call => call.return_value (3));
	call.bind (owner);
	assert_cmpint ((int) yield call.run_async (), CompareOperator.EQ, 3);
}

async void call_ends_with_its_owner () throws Error {
	var owner = new Object ();
	var gate = new Gate ();
	var call = new Athr.Call (call => gate.pass ());

	call.bind (owner);
	Idle.add (() => {
		owner = null;
		return Source.REMOVE;
	});
	try {
		yield call.run_async ();
		assert_not_reached ();
	} catch (IOError.CANCELLED error) {
	}
	gate.open ();
}

async void stream_ends_with_its_owner () throws Error {
	var owner = new Object ();
	var stream = new Athr.Stream (yielder => {
		for (int i = 0;; i++) {
			yielder.yield_value (i);
		}
	});

	stream.bind (owner);
	assert_cmpint ((int) yield stream.next_async (), CompareOperator.EQ, 0);
	owner = null;
	try {
		yield stream.next_async ();
		assert_not_reached ();
	} catch (IOError.CANCELLED error) {
	}
}

void main (string[] args) {
	Test.init (ref args);
	add ("/athr/vala/owner/gives-the-result", cb => gives_the_result.begin (cb), r => gives_the_result.end (r));
	add ("/athr/vala/owner/call-ends", cb => call_ends_with_its_owner.begin (cb),
		r => call_ends_with_its_owner.end (r));
	add ("/athr/vala/owner/stream-ends", cb => stream_ends_with_its_owner.begin (cb),
		r => stream_ends_with_its_owner.end (r));
	Test.run ();
}
