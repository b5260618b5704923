// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

async void yields_one_by_one () throws Error {
	var stream = new Athr.Stream (yielder => {
		for (int i = 0; i < 1000; i++) {
			yielder.yield_value (i);
		}
	});
	int n = 0;
	Value? value;
	while ((value = yield stream.next_async ()) != null) {
		assert_cmpint ((int) value, CompareOperator.EQ, n++);
	}
	assert_cmpint (n, CompareOperator.EQ, 1000);
	assert_true (stream.is_done ());
	assert_true (stream.state == Athr.StreamState.ENDED);
	assert_true ((yield stream.next_async ()) == null);
}

async void yields_batches () throws Error {
	var stream = new Athr.Stream (yielder => {
		for (int i = 0; i < 1000; i++) {
			yielder.yield_value (@"number $i");
		}
	});
	int n = 0;
	Value[] batch;
	while ((batch = yield stream.next_batch_async (64)).length > 0) {
		assert_cmpint (batch.length, CompareOperator.LE, 64);
		foreach (var value in batch) {
			assert_cmpstr ((string) value, CompareOperator.EQ, @"number $(n++)");
		}
	}
	assert_cmpint (n, CompareOperator.EQ, 1000);
	assert_true (stream.is_done ());
}

async void tells_null_from_the_end () throws Error {
	var stream = new Athr.Stream (yielder => {
		yielder.yield_value (null);
		yielder.yield_value ("");
	});
	Value? value = yield stream.next_async ();
	assert_true (value != null && value.get_pointer () == null);
	assert_false (stream.is_done ());
	value = yield stream.next_async ();
	assert_cmpstr ((string) value, CompareOperator.EQ, "");
	assert_true ((yield stream.next_async ()) == null);
}

async void throws_after_values () throws Error {
	var stream = new Athr.Stream (yielder => {
		yielder.yield_value (1);
		throw new IOError.FAILED ("broken");
	});
	assert_cmpint ((int) yield stream.next_async (), CompareOperator.EQ, 1);
	try {
		yield stream.next_batch_async (64);
		assert_not_reached ();
	} catch (IOError.FAILED error) {
		assert_cmpstr (error.message, CompareOperator.EQ, "broken");
	}
	assert_true ((yield stream.next_async ()) == null);
	assert_cmpstr (stream.error.message, CompareOperator.EQ, "broken");
}

async void loses_nothing_when_cancelled () throws Error {
	var gate = new Gate ();
	var cancellable = new Cancellable ();
	var stream = new Athr.Stream (yielder => {
		gate.pass ();
		yielder.yield_value (1);
	});
	cancellable.cancel ();
	try {
		yield stream.next_async (cancellable);
		assert_not_reached ();
	} catch (IOError.CANCELLED error) {
	}
	gate.open ();
	assert_cmpint ((int) yield stream.next_async (), CompareOperator.EQ, 1);
	assert_true ((yield stream.next_async ()) == null);
}

async void runs_steps () throws Error {
	int i = 0;
	var stream = new Athr.Stream.steps (yielder => {
		yielder.yield_value (i);
		if (++i == 5) {
			yielder.end ();
		}
	});
	Value? value;
	int n = 0;
	while ((value = yield stream.next_async ()) != null) {
		assert_cmpint ((int) value, CompareOperator.EQ, n++);
	}
	assert_cmpint (n, CompareOperator.EQ, 5);
}

async void closes () throws Error {
	bool saw_close = false;
	var stream = new Athr.Stream (yielder => {
		try {
			while (true) {
				yielder.yield_value (1);
			}
		} catch (IOError.CLOSED error) {
			saw_close = yielder.is_closed ();
			throw error;
		}
	});
	stream.buffer_size = 4;
	yield stream.next_async ();
	yield stream.close_async ();
	assert_true (saw_close);
	assert_true (stream.state == Athr.StreamState.CLOSED);

	// The values that the producer yielded before the close can still be taken.
	int n = 0;
	Value? value;
	while ((value = stream.try_next ()) != null) {
		n++;
	}
	assert_cmpint (n, CompareOperator.LE, 4);
	assert_true ((yield stream.next_async ()) == null);
}

async void blocks_for_batches () throws Error {
	var stream = new Athr.Stream (yielder => {
		for (int i = 0; i < 5; i++) {
			yielder.yield_value (i);
		}
		yielder.report_problem (null, "no file");
	});
	string? seen = null;
	stream.problem.connect ((file, message) => {
		assert_null (file);
		seen = message;
	});
	int n = 0;
	Value[] batch;
	while ((batch = stream.next_batch (2)).length > 0) {
		assert_cmpint (batch.length, CompareOperator.LE, 2);
		foreach (var value in batch) {
			assert_cmpint ((int) value, CompareOperator.EQ, n++);
		}
	}
	assert_cmpint (n, CompareOperator.EQ, 5);
	assert_true (stream.is_done ());
	assert_true ((yield stream.next_async ()) == null);
	assert_cmpstr (seen, CompareOperator.EQ, "no file");

	try {
		failing ().next_batch (2);
		assert_not_reached ();
	} catch (IOError.BUSY error) {
	}
}

async void blocks () throws Error {
	var stream = new Athr.Stream (yielder => {
		yielder.yield_value ("a");
		yielder.yield_value (null);
		throw new IOError.FAILED ("broken");
	});
	assert_cmpstr ((string) stream.next (), CompareOperator.EQ, "a");
	assert_null (stream.next ().get_pointer ());
	try {
		stream.next ();
		assert_not_reached ();
	} catch (IOError.FAILED error) {
	}
	assert_true (stream.next () == null);

	// A producer that reads another stream on its worker
	stream = new Athr.Stream (yielder => {
		var inner = new Athr.Stream (yielder => {
			yielder.yield_value (1);
			yielder.yield_value (2);
		});
		Value? value;
		while ((value = inner.next (yielder.get_cancellable ())) != null) {
			yielder.yield_value (10 * (int) value);
		}
	});
	assert_cmpint ((int) yield stream.next_async (), CompareOperator.EQ, 10);
	assert_cmpint ((int) yield stream.next_async (), CompareOperator.EQ, 20);
	assert_true ((yield stream.next_async ()) == null);
}

async void tries () throws Error {
	var stream = new Athr.Stream (yielder => {
		yielder.yield_value (1);
		yielder.yield_value (2);
	});
	assert_true (stream.try_next () == null);
	assert_cmpint ((int) yield stream.next_async (), CompareOperator.EQ, 1);
	Value? value;
	while ((value = stream.try_next ()) == null) {
		Thread.yield ();
	}
	assert_cmpint ((int) value, CompareOperator.EQ, 2);
	assert_true (stream.try_next () == null);
}

async void has_properties () throws Error {
	var executor = new Athr.Executor ("own", 2);
	var stream = new Athr.Stream (yielder => yielder.report_progress (1, "done"));
	assert_cmpuint (stream.buffer_size, CompareOperator.EQ, 64);
	stream.executor = executor;
	stream.name = "named";
	stream.buffer_size = uint.MAX;
	stream.overflow = Athr.Overflow.DROP_OLDEST;
	assert_true (stream.executor == executor);
	assert_cmpstr (stream.name, CompareOperator.EQ, "named");
	assert_true (stream.buffer_size == uint.MAX);
	assert_true (stream.overflow == Athr.Overflow.DROP_OLDEST);
	assert_true (stream.error == null);
	assert_null (stream.progress_text);
	stream.notify["progress-text"].connect (() => has_properties.callback ());
	stream.start ();
	yield;
	assert_true (stream.progress == 1);
	assert_cmpstr (stream.progress_text, CompareOperator.EQ, "done");
}

Athr.Stream capture (int number) {
	var captured = new Captured (number);
	return new Athr.Stream (yielder => {
		while (true) {
			yielder.yield_value (captured.number);
		}
	});
}

async void frees_closures () throws Error {
	var stream = capture (4);
	assert_cmpint ((int) yield stream.next_async (), CompareOperator.EQ, 4);
	assert_true (Captured.is_alive ());
	yield stream.close_async ();
	yield leave_callback ();
	Captured.assert_freed_here ();

	// A stream that is dropped while its producer runs
	stream = capture (5);
	assert_cmpint ((int) yield stream.next_async (), CompareOperator.EQ, 5);
	stream = null;
	yield leave_callback ();
	Captured.assert_freed_here ();

	// A stream that never ran
	stream = capture (6);
	stream = null;
	Captured.assert_freed_here ();
}

async void frees_values () throws Error {
	var stream = new Athr.Stream (yielder => {
		for (int i = 0; i < 10; i++) {
			yielder.yield_value (new Captured (i));
		}
	});
	Value[] batch = {};
	var value = yield stream.next_async ();
	assert_cmpint (((Captured) value).number, CompareOperator.EQ, 0);
	batch = yield stream.next_batch_async (4);
	assert_cmpint (((Captured) batch[0]).number, CompareOperator.EQ, 1);
	yield stream.close_async ();
	stream = null;
	value = null;
	yield leave_callback ();
	assert_true (Captured.is_alive ());
	batch = {};
	Captured.assert_freed_here ();
}

Athr.Stream failing () {
	return new Athr.Stream (yielder => {
		throw new IOError.BUSY ("busy");
	});
}

async Value assigns_next () throws Error {
	Value value = yield failing ().next_async ();
	return value;
}

async double casts_next () throws Error {
	return (double) yield failing ().next_async ();
}

async Value? returns_next () throws Error {
	return yield failing ().next_async ();
}

Value assigns_blocking_next () throws Error {
	Value value = failing ().next ();
	return value;
}

// valac frees the result of a call that fails in some of these forms only. So each form comes after each other one.
async void throws_from_each_form () throws Error {
	int n_thrown = 0;
	for (int i = 0; i < 16; i++) {
		foreach (int form in new int[] { i % 4, i / 4 }) {
			try {
				switch (form) {
				case 0:
					yield assigns_next ();
					break;
				case 1:
					yield casts_next ();
					break;
				case 2:
					yield returns_next ();
					break;
				case 3:
					assigns_blocking_next ();
					break;
				}
			} catch (IOError.BUSY error) {
				n_thrown++;
			}
		}
	}
	assert_cmpint (n_thrown, CompareOperator.EQ, 32);
}

int main (string[] args) {
	Test.init (ref args);
	add ("/athr/vala/stream/one-by-one", cb => yields_one_by_one.begin (cb), r => yields_one_by_one.end (r));
	add ("/athr/vala/stream/batches", cb => yields_batches.begin (cb), r => yields_batches.end (r));
	add ("/athr/vala/stream/null", cb => tells_null_from_the_end.begin (cb), r => tells_null_from_the_end.end (r));
	add ("/athr/vala/stream/error", cb => throws_after_values.begin (cb), r => throws_after_values.end (r));
	add ("/athr/vala/stream/cancel", cb => loses_nothing_when_cancelled.begin (cb),
	     r => loses_nothing_when_cancelled.end (r));
	add ("/athr/vala/stream/steps", cb => runs_steps.begin (cb), r => runs_steps.end (r));
	add ("/athr/vala/stream/close", cb => closes.begin (cb), r => closes.end (r));
	add ("/athr/vala/stream/blocking", cb => blocks.begin (cb), r => blocks.end (r));
	add ("/athr/vala/stream/blocking-batches", cb => blocks_for_batches.begin (cb),
	     r => blocks_for_batches.end (r));
	add ("/athr/vala/stream/try-next", cb => tries.begin (cb), r => tries.end (r));
	add ("/athr/vala/stream/properties", cb => has_properties.begin (cb), r => has_properties.end (r));
	add ("/athr/vala/stream/closure", cb => frees_closures.begin (cb), r => frees_closures.end (r));
	add ("/athr/vala/stream/values", cb => frees_values.begin (cb), r => frees_values.end (r));
	add ("/athr/vala/stream/error-from-each-form", cb => throws_from_each_form.begin (cb),
	     r => throws_from_each_form.end (r));
	return Test.run ();
}
