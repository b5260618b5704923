// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

Athr.Stream new_doubler () {
	var stream = new Athr.Stream (yielder => {
		Value? number = yielder.receive ();
		while (number != null) {
			try {
				number = yielder.exchange_value (2 * (int) number);
			} catch (IOError.INVALID_ARGUMENT error) {
				number = yielder.exchange_value (error.message);
			}
		}
	});
	stream.buffer_size = 0;
	return stream;
}

async void answers () throws Error {
	var stream = new_doubler ();
	for (int i = 0; i < 100; i++) {
		stream.send (i);
		assert_cmpint ((int) yield stream.next_async (), CompareOperator.EQ, 2 * i);
	}
	// If a value is asked for and nothing was sent, the producer ends.
	assert_true ((yield stream.next_async ()) == null);
}

async void is_thrown_errors () throws Error {
	var stream = new_doubler ();
	stream.send (1);
	assert_cmpint ((int) yield stream.next_async (), CompareOperator.EQ, 2);
	stream.throw (new IOError.INVALID_ARGUMENT ("odd"));
	assert_cmpstr ((string) yield stream.next_async (), CompareOperator.EQ, "odd");
	stream.send (2);
	assert_cmpint ((int) yield stream.next_async (), CompareOperator.EQ, 4);
	// The producer does not catch this error, so the stream fails with it.
	stream.throw (new IOError.BUSY ("busy"));
	try {
		yield stream.next_async ();
		assert_not_reached ();
	} catch (IOError.BUSY error) {
		assert_cmpstr (error.message, CompareOperator.EQ, "busy");
	}
	assert_true ((yield stream.next_async ()) == null);
}

async void is_sent_null () throws Error {
	var stream = new Athr.Stream (yielder => {
		Value? sent = yielder.receive ();
		yielder.yield_value (sent != null && sent.get_pointer () == null);
	});
	stream.buffer_size = 0;
	stream.send (null);
	assert_true ((bool) yield stream.next_async ());
}

async void receives_in_steps () throws Error {
	var stream = new Athr.Stream.steps (yielder => {
		Value? sent = yielder.receive ();
		if (sent != null) {
			yielder.yield_value (-(int) sent);
		} else {
			yielder.end ();
		}
	});
	stream.buffer_size = 0;
	stream.send (1);
	stream.send (2);
	assert_cmpint ((int) yield stream.next_async (), CompareOperator.EQ, -1);
	assert_cmpint ((int) yield stream.next_async (), CompareOperator.EQ, -2);
	assert_true ((yield stream.next_async ()) == null);
}

async void frees_received_values () throws Error {
	var stream = new Athr.Stream (yielder => {
		Value? sent = yielder.receive ();
		int number = ((Captured) sent).number;
		sent = yielder.exchange_value (number);
	});
	stream.buffer_size = 0;
	stream.send (new Captured (7));
	assert_cmpint ((int) yield stream.next_async (), CompareOperator.EQ, 7);
	assert_true ((yield stream.next_async ()) == null);
	assert_false (Captured.is_alive ());
}

async void is_closed_while_exchanging () throws Error {
	var is_closed = new Gate ();
	bool has_returned = false;
	var stream = new Athr.Stream (yielder => {
		try {
			Value first = yielder.receive ();
			Value second = yielder.exchange_value (first);
			has_returned = second.holds (typeof (int));
		} catch (Error error) {
			assert_true (error is IOError.CLOSED);
			is_closed.open ();
			throw error;
		}
	});
	stream.buffer_size = 0;
	stream.send (1);
	assert_cmpint ((int) yield stream.next_async (), CompareOperator.EQ, 1);
	yield stream.close_async ();
	is_closed.pass ();
	assert_false (has_returned);
}

async void receives_a_thrown_error () throws Error {
	var stream = new Athr.Stream (yielder => {
		try {
			Value sent = yielder.receive ();
			yielder.yield_value (sent);
		} catch (IOError.BUSY error) {
			yielder.yield_value (error.message);
		}
	});
	stream.buffer_size = 0;
	stream.throw (new IOError.BUSY ("busy"));
	assert_cmpstr ((string) yield stream.next_async (), CompareOperator.EQ, "busy");
}

int main (string[] args) {
	Test.init (ref args);
	add ("/athr/vala/two-way/send", cb => answers.begin (cb), r => answers.end (r));
	add ("/athr/vala/two-way/throw", cb => is_thrown_errors.begin (cb), r => is_thrown_errors.end (r));
	add ("/athr/vala/two-way/null", cb => is_sent_null.begin (cb), r => is_sent_null.end (r));
	add ("/athr/vala/two-way/steps", cb => receives_in_steps.begin (cb), r => receives_in_steps.end (r));
	add ("/athr/vala/two-way/objects", cb => frees_received_values.begin (cb), r => frees_received_values.end (r));
	add ("/athr/vala/two-way/close", cb => is_closed_while_exchanging.begin (cb),
	     r => is_closed_while_exchanging.end (r));
	add ("/athr/vala/two-way/receive-error", cb => receives_a_thrown_error.begin (cb),
	     r => receives_a_thrown_error.end (r));
	return Test.run ();
}
