// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

async void returns_values () throws Error {
	int factor = 3;
	var call = new Athr.Call (call => call.return_value (factor * 2.5));
	assert_true ((double) (yield call.run_async ()) == 7.5);
	assert_true (call.state == Athr.CallState.SUCCEEDED);

	call = new Athr.Call (call => call.return_value ("text"));
	assert_cmpstr ((string) yield call.run_async (), CompareOperator.EQ, "text");

	var file = File.new_for_path ("/");
	call = new Athr.Call (call => call.return_value (file));
	assert_true ((File) (yield call.run_async ()) == file);
}

async void returns_null () throws Error {
	Value? value = yield new Athr.Call (call => {}).run_async ();
	assert_true (value != null);
	assert_true (value.type () == typeof (void*));
	assert_null (value.get_pointer ());

	value = yield new Athr.Call (call => call.return_value (null)).run_async ();
	assert_null (value.get_pointer ());
}

async void throws_errors () throws Error {
	var call = new Athr.Call (call => {
		throw new IOError.NOT_FOUND ("no such thing");
	});
	try {
		yield call.run_async ();
		assert_not_reached ();
	} catch (IOError.NOT_FOUND error) {
		assert_cmpstr (error.message, CompareOperator.EQ, "no such thing");
	}
	assert_true (call.state == Athr.CallState.FAILED);
	assert_cmpstr (call.error.message, CompareOperator.EQ, "no such thing");

	// The function also throws errors of the functions that it calls, in other domains.
	call = new Athr.Call (call => {
		new KeyFile ().get_string ("group", "key");
	});
	try {
		yield call.run_async ();
		assert_not_reached ();
	} catch (KeyFileError.GROUP_NOT_FOUND error) {
	}
}

async void runs_at_once () throws Error {
	Athr.Call[] calls = {};
	Value[] results = {};
	var both_run = new Gate ();
	var other_runs = new Gate ();

	// Each of the two functions waits until the other one runs.
	calls += new Athr.Call (call => {
		both_run.open ();
		other_runs.pass ();
		call.return_value (1);
	});
	calls += new Athr.Call (call => {
		other_runs.open ();
		both_run.pass ();
		call.return_value (2);
	});
	foreach (var call in calls) {
		call.run_async.begin (null, (source, result) => {
			try {
				results += call.run_async.end (result);
			} catch (Error error) {
				assert_no_error (error);
			}
			if (results.length == calls.length) {
				runs_at_once.callback ();
			}
		});
	}
	yield;
	assert_cmpint ((int) results[0] + (int) results[1], CompareOperator.EQ, 3);
}

async void is_cancelled () throws Error {
	var gate = new Gate ();
	var cancellable = new Cancellable ();
	bool saw_cancel = false;
	var call = new Athr.Call (call => {
		call.report_progress (0.5, "waiting");
		gate.pass ();
		saw_cancel = call.get_cancellable ().is_cancelled ();
		call.return_value (1);
	});

	call.notify["progress"].connect (() => {
		assert_true (call.progress == 0.5);
		assert_cmpstr (call.progress_text, CompareOperator.EQ, "waiting");
		cancellable.cancel ();
		gate.open ();
	});
	try {
		yield call.run_async (cancellable);
		assert_not_reached ();
	} catch (IOError.CANCELLED error) {
	}
	assert_true (saw_cancel);
	assert_true (call.state == Athr.CallState.CANCELLED);
}

async void times_out () throws Error {
	var call = new Athr.Call (call => {
		var cancelled = new Gate ();
		call.get_cancellable ().connect (() => cancelled.open ());
		cancelled.pass ();
	});
	call.timeout = 1;
	try {
		yield call.run_async ();
		assert_not_reached ();
	} catch (IOError.TIMED_OUT error) {
	}
}

async void blocks () throws Error {
	assert_true ((double) new Athr.Call (call => call.return_value (1.5)).run () == 1.5);
	try {
		new Athr.Call (call => {
			throw new IOError.BUSY ("busy");
		}).run ();
		assert_not_reached ();
	} catch (IOError.BUSY error) {
	}

	// A call in a call
	var call = new Athr.Call (call => {
		int inner = (int) new Athr.Call (inner => inner.return_value (20)).run (call.get_cancellable ());
		call.return_value (inner + 1);
	});
	assert_cmpint ((int) yield call.run_async (), CompareOperator.EQ, 21);
}

async void has_properties () throws Error {
	var executor = new Athr.Executor ("own", 2);
	var call = new Athr.Call (call => {});
	assert_null (call.name);
	assert_true (call.error == null);
	call.executor = executor;
	call.name = "named";
	call.priority = -1;
	call.return_on_cancel = true;
	assert_true (call.executor == executor);
	assert_cmpstr (call.name, CompareOperator.EQ, "named");
	assert_cmpint (call.priority, CompareOperator.EQ, -1);
	assert_true (call.return_on_cancel);
	assert_true (call.state == Athr.CallState.INITIAL);
}

async void emits_finished () throws Error {
	var call = new Athr.Call (call => call.return_value (1));
	bool is_finished = false;
	call.finished.connect (() => {
		is_finished = true;
		emits_finished.callback ();
	});
	call.start ();
	yield;
	assert_true (is_finished);
	assert_true (call.state == Athr.CallState.SUCCEEDED);
}

Athr.Call capture (int number) {
	var captured = new Captured (number);
	return new Athr.Call (call => call.return_value (captured.number));
}

async void frees_closures () throws Error {
	var call = capture (4);
	assert_cmpint ((int) yield call.run_async (), CompareOperator.EQ, 4);
	call = null;
	yield leave_callback ();
	Captured.assert_freed_here ();

	// A call that never ran
	call = capture (5);
	assert_true (Captured.is_alive ());
	call = null;
	Captured.assert_freed_here ();

	// A call to which only its running function refers
	call = capture (6);
	call.start ();
	call = null;
	Captured.assert_freed_here ();
}

async void closes_executors () throws Error {
	var executor = new Athr.Executor ("closing", 1);
	var runs = new Gate ();
	var gate = new Gate ();
	var first = new Athr.Call (call => {
		runs.open ();
		gate.pass ();
		call.return_value (1);
	});
	var second = new Athr.Call (call => assert_not_reached ());
	var outcomes = new StringBuilder ();

	foreach (var call in new Athr.Call[] { first, second }) {
		call.executor = executor;
		call.run_async.begin (null, (source, result) => {
			try {
				call.run_async.end (result);
				outcomes.append ("value;");
			} catch (Error error) {
				outcomes.append ((error is IOError.CANCELLED) ? "cancelled;" : error.message);
			}
		});
	}
	runs.pass ();
	executor.close_async.begin (true, null, (source, result) => {
		try {
			executor.close_async.end (result);
		} catch (Error error) {
			assert_no_error (error);
		}
		closes_executors.callback ();
	});
	gate.open ();
	yield;
	assert_cmpstr (outcomes.str, CompareOperator.EQ, "cancelled;value;");
	assert_cmpuint (executor.n_running, CompareOperator.EQ, 0);

	try {
		var late = new Athr.Call (call => {});
		late.executor = executor;
		yield late.run_async ();
		assert_not_reached ();
	} catch (IOError.CLOSED error) {
	}

	// Without arguments close_async() runs the queued calls.
	executor = new Athr.Executor ("drained", 0);
	yield executor.close_async ();
	yield executor.close_with_flags_async ();
	yield executor.close_with_flags_async (Athr.CloseFlags.CANCEL_QUEUED);
	assert_null (Athr.check_version (Athr.MAJOR_VERSION, Athr.MINOR_VERSION, Athr.MICRO_VERSION));
}

async void runs_tasks () throws Error {
	var executor = new Athr.Executor ("tasks", 1);
	unowned Thread<void*> main_thread = Thread.self<void*> ();
	var task = new Task (executor, null, (source, result) => runs_tasks.callback ());
	task.set_task_data (main_thread, null);
	executor.run_task (task, (task, source, main_thread, cancellable) => {
		task.return_boolean (main_thread != Thread.self<void*> ());
	});
	yield;
	assert_true (task.propagate_boolean ());
}

async void waits_while_paused () throws Error {
	var executor = new Athr.Executor ("paused", 2);
	var call = new Athr.Call (call => call.return_value (1));
	call.executor = executor;
	assert_false (executor.paused);
	executor.paused = true;
	assert_true (executor.paused);
	try {
		call.run ();
		assert_not_reached ();
	} catch (IOError.WOULD_BLOCK error) {
	}
	call.start ();
	assert_true (call.state == Athr.CallState.QUEUED);
	assert_cmpuint (executor.n_queued, CompareOperator.EQ, 1);
	executor.paused = false;
	assert_cmpint ((int) yield call.run_async (), CompareOperator.EQ, 1);
}

/** Waits until all producers of the executor have begun and wait for room. */
void await_blocked (Athr.Executor executor) {
	while (executor.n_queued > 0 || executor.n_running > 0) {
		Thread.yield ();
	}
}

async void bounds_blocked_producers () throws Error {
	var executor = new Athr.Executor ("blocked", 2);
	Athr.Stream[] streams = {};
	for (int i = 0; i < 2; i++) {
		streams += new Athr.Stream (yielder => {
			yielder.yield_value (0);
			yielder.yield_value (1);
		});
		streams[i].executor = executor;
		streams[i].buffer_size = 1;
	}
	assert_true (executor.max_blocked == uint.MAX);
	executor.max_blocked = 0;
	assert_cmpuint (executor.max_blocked, CompareOperator.EQ, 0);
	streams[0].start ();
	await_blocked (executor);
	streams[1].start ();
	assert_cmpuint (executor.n_queued, CompareOperator.EQ, 1);
	executor.max_blocked = 1;
	await_blocked (executor);
	foreach (var stream in streams) {
		assert_cmpint ((int) yield stream.next_async (), CompareOperator.EQ, 0);
		assert_cmpint ((int) yield stream.next_async (), CompareOperator.EQ, 1);
		assert_true ((yield stream.next_async ()) == null);
	}
}

Athr.Call failing () {
	return new Athr.Call (call => {
		throw new IOError.BUSY ("busy");
	});
}

async Value returns_result () throws Error {
	return yield failing ().run_async ();
}

async Value assigns_result () throws Error {
	Value value = yield failing ().run_async ();
	return value;
}

async double casts_result () throws Error {
	return (double) yield failing ().run_async ();
}

async string infers_result () throws Error {
	var value = yield failing ().run_async ();
	return value.get_string ();
}

async void throws_from_each_form () throws Error {
	int n_thrown = 0;
	try {
		yield returns_result ();
	} catch (IOError.BUSY error) {
		n_thrown++;
	}
	try {
		yield assigns_result ();
	} catch (IOError.BUSY error) {
		n_thrown++;
	}
	try {
		yield casts_result ();
	} catch (IOError.BUSY error) {
		n_thrown++;
	}
	try {
		yield infers_result ();
	} catch (IOError.BUSY error) {
		n_thrown++;
	}
	try {
		Value value = failing ().run ();
		assert_true (value.holds (typeof (int)));
	} catch (IOError.BUSY error) {
		n_thrown++;
	}
	assert_cmpint (n_thrown, CompareOperator.EQ, 5);
}

// The generated C code uses the same variable in each turn of the loop.
async void assigns_in_a_loop () throws Error {
	for (int i = 0; i < 6; i++) {
		int number = i;
		var call = new Athr.Call (call => {
			if (number % 2 == 1) {
				throw new IOError.BUSY ("busy");
			}
			call.return_value (@"number $number");
		});
		try {
			Value value = yield call.run_async ();
			assert_cmpstr ((string) value, CompareOperator.EQ, @"number $i");
		} catch (IOError.BUSY error) {
			assert_cmpint (i % 2, CompareOperator.EQ, 1);
		}
	}
}

int main (string[] args) {
	Test.init (ref args);
	add ("/athr/vala/call/value", cb => returns_values.begin (cb), r => returns_values.end (r));
	add ("/athr/vala/call/null", cb => returns_null.begin (cb), r => returns_null.end (r));
	add ("/athr/vala/call/error", cb => throws_errors.begin (cb), r => throws_errors.end (r));
	add ("/athr/vala/call/at-once", cb => runs_at_once.begin (cb), r => runs_at_once.end (r));
	add ("/athr/vala/call/cancel", cb => is_cancelled.begin (cb), r => is_cancelled.end (r));
	add ("/athr/vala/call/timeout", cb => times_out.begin (cb), r => times_out.end (r));
	add ("/athr/vala/call/blocking", cb => blocks.begin (cb), r => blocks.end (r));
	add ("/athr/vala/call/properties", cb => has_properties.begin (cb), r => has_properties.end (r));
	add ("/athr/vala/call/finished", cb => emits_finished.begin (cb), r => emits_finished.end (r));
	add ("/athr/vala/call/closure", cb => frees_closures.begin (cb), r => frees_closures.end (r));
	add ("/athr/vala/executor/close", cb => closes_executors.begin (cb), r => closes_executors.end (r));
	add ("/athr/vala/executor/task", cb => runs_tasks.begin (cb), r => runs_tasks.end (r));
	add ("/athr/vala/executor/paused", cb => waits_while_paused.begin (cb), r => waits_while_paused.end (r));
	add ("/athr/vala/executor/max-blocked", cb => bounds_blocked_producers.begin (cb),
	     r => bounds_blocked_producers.end (r));
	add ("/athr/vala/call/error-from-each-form", cb => throws_from_each_form.begin (cb),
	     r => throws_from_each_form.end (r));
	add ("/athr/vala/call/assign-in-a-loop", cb => assigns_in_a_loop.begin (cb), r => assigns_in_a_loop.end (r));
	return Test.run ();
}
