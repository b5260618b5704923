// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

async void newest_counts () throws Error {
	var latest = new Athr.Latest (0);
	var gate = new Gate ();
	string answers = "";

	latest.run_async.begin (new Athr.Call (call => gate.pass ()), null, (source, result) => {
		try {
			latest.run_async.end (result);
			assert_not_reached ();
		} catch (IOError.CANCELLED error) {
			answers += "cancelled";
		} catch (Error error) {
			assert_not_reached ();
		}
	});
	assert_true (latest.busy);
	Value value = yield latest.run_async (new Athr.Call (call => call.return_value ("new")));
	assert_cmpstr ((string) value, CompareOperator.EQ, "new");
	assert_cmpstr (answers, CompareOperator.EQ, "cancelled");
	assert_false (latest.busy);
	gate.open ();
}

async void run_throws () throws Error {
	var latest = new Athr.Latest (1) { max_wait = 5, serial = true };

	try {
		yield latest.run_async (new Athr.Call (call => {
			throw new IOError.NOT_FOUND ("no such thing");
		}));
		assert_not_reached ();
	} catch (IOError.NOT_FOUND error) {
		assert_cmpstr (error.message, CompareOperator.EQ, "no such thing");
	}
}

async void group_waits () throws Error {
	var group = new Athr.Group (Athr.GroupPolicy.FAIL_FAST) { max_running = 2, name = "sums" };
	var calls = new GenericArray<Athr.Call> ();

	for (int i = 0; i < 5; i++) {
		int number = i;
		calls.add (new Athr.Call (call => call.return_value (number * number)));
		group.add (calls[i]);
	}
	assert_true (yield group.wait_async ());
	int sum = 0;
	foreach (unowned var call in calls) {
		sum += (int) yield call.run_async ();
	}
	assert_true (sum == 30);
	assert_true (group.n_done == 5 && group.progress == 1);
}

async void group_throws () throws Error {
	var group = new Athr.Group (Athr.GroupPolicy.FAIL_FAST);
	var gate = new Gate ();

	group.add (new Athr.Call (call => {
		throw new IOError.NOT_FOUND ("no such thing");
	}));
	var rest = new Athr.Call (call => gate.pass ());
	try {
		group.add (rest);
		yield group.wait_async ();
		assert_not_reached ();
	} catch (IOError.NOT_FOUND error) {
		assert_cmpstr (error.message, CompareOperator.EQ, "no such thing");
	}
	gate.open ();
	yield group.close_async ();
	assert_true (rest.state == Athr.CallState.CANCELLED);
	try {
		group.add (new Athr.Call (call => {}));
		assert_not_reached ();
	} catch (IOError.CLOSED error) {
	}
}

async void group_gives_results () throws Error {
	var group = new Athr.Group (Athr.GroupPolicy.COLLECT);
	unowned var results = group.get_results ();
	var gate = new Gate ();
	var slow = new Athr.Call (call => gate.pass ());
	var fast = new Athr.Call (call => {});

	group.add (slow);
	group.add (fast);
	var first = (Athr.Call) yield results.next_async ();
	assert_true (first == fast);
	gate.open ();
	yield group.wait_async ();
	var second = (Athr.Call) yield results.next_async ();
	assert_true (second == slow);
	Value? end = yield results.next_async ();
	assert_true (end == null);
}

void main (string[] args) {
	Test.init (ref args);
	add ("/athr/vala/scope/newest-counts", cb => newest_counts.begin (cb), r => newest_counts.end (r));
	add ("/athr/vala/scope/run-throws", cb => run_throws.begin (cb), r => run_throws.end (r));
	add ("/athr/vala/scope/group-waits", cb => group_waits.begin (cb), r => group_waits.end (r));
	add ("/athr/vala/scope/group-throws", cb => group_throws.begin (cb), r => group_throws.end (r));
	add ("/athr/vala/scope/group-gives-results", cb => group_gives_results.begin (cb),
		r => group_gives_results.end (r));
	Test.run ();
}
