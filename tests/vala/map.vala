// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// A closure that runs for each item, and one that cleans up after a stream.

Athr.Stream numbers (int n) {
	Value[] values = {};
	for (int i = 0; i < n; i++) {
		values += i;
	}
	return new Athr.Stream.for_values (values);
}

async void maps_in_order () throws Error {
	var map = new Athr.Stream.map (numbers (1000), 4, Athr.MapFlags.DEFAULT, (yielder, item) => {
		yielder.yield_value (2 * (int) item);
	});
	int n = 0;
	Value[] batch;
	while ((batch = yield map.next_batch_async (64)).length > 0) {
		foreach (unowned var value in batch) {
			assert_cmpint ((int) value, CompareOperator.EQ, 2 * n++);
		}
	}
	assert_cmpint (n, CompareOperator.EQ, 1000);
	assert_true (map.progress == 1);
}

async void filters_and_multiplies () throws Error {
	var map = new Athr.Stream.map (numbers (10), 0, Athr.MapFlags.UNORDERED, (yielder, item) => {
		for (int i = 0; i < (int) item; i++) {
			yielder.yield_value (item);
		}
	});
	int n = 0, sum = 0;
	Value? value;
	while ((value = yield map.next_async ()) != null) {
		sum += (int) value;
		n++;
	}
	assert_cmpint (n, CompareOperator.EQ, 45);
	assert_cmpint (sum, CompareOperator.EQ, 285);
}

async void throws_the_error () throws Error {
	var map = new Athr.Stream.map (numbers (10), 2, Athr.MapFlags.DEFAULT, (yielder, item) => {
		if ((int) item == 1) {
			throw new IOError.NO_SPACE ("full");
		}
		yielder.yield_value (item);
	});
	assert_cmpint ((int) yield map.next_async (), CompareOperator.EQ, 0);
	try {
		yield map.next_async ();
		assert_not_reached ();
	} catch (IOError.NO_SPACE error) {
		assert_cmpstr (error.message, CompareOperator.EQ, "full");
	}
}

async void maps_a_list () throws Error {
	var list = new ListStore (typeof (Captured));
	for (int i = 0; i < 10; i++) {
		list.append (new Captured (i));
	}
	var map = new Athr.Stream.map (new Athr.Stream.for_list_model (list), 4, Athr.MapFlags.DEFAULT, (yielder, item) => {
		yielder.yield_value (((Captured) item).number);
	});
	list = null;
	for (int i = 0; i < 10; i++) {
		assert_cmpint ((int) yield map.next_async (), CompareOperator.EQ, i);
	}
	yield leave_callback ();
	map = null;
}

void maps_a_list_and_frees_it () {
	new Case (cb => maps_a_list.begin (cb), r => maps_a_list.end (r)).run ();
	Captured.assert_freed_here ();
}

Athr.Stream new_capturing () {
	var captured = new Captured (3);
	return new Athr.Stream.map (numbers (3), 2, Athr.MapFlags.DEFAULT, (yielder, item) => {
		yielder.yield_value (captured.number * (int) item);
	});
}

void frees_the_closure_here () {
	var map = new_capturing ();
	try {
		assert_cmpint ((int) map.next (), CompareOperator.EQ, 0);
		assert_cmpint ((int) map.next (), CompareOperator.EQ, 3);
	} catch (Error error) {
		assert_not_reached ();
	}
	map = null;
	Captured.assert_freed_here ();
}

async void cleans_up_after_a_close () throws Error {
	var log = new AsyncQueue<string> ();
	var stream = new Athr.Stream (yielder => {
		try {
			while (true) {
				yielder.yield_value (1);
			}
		} finally {
			log.push ("function");
		}
	});
	stream.executor = new Athr.Executor ("one", 1);
	stream.set_cleanup (yielder => {
		log.push ("clean-up");
		throw new IOError.NO_SPACE ("full");
	});
	assert_cmpint ((int) yield stream.next_async (), CompareOperator.EQ, 1);
	try {
		yield stream.close_async ();
		assert_not_reached ();
	} catch (IOError.NO_SPACE error) {
		assert_cmpstr (error.message, CompareOperator.EQ, "full");
	}
	assert_cmpstr (log.pop () + " " + log.pop (), CompareOperator.EQ, "function clean-up");
}

void main (string[] args) {
	Test.init (ref args);
	add ("/athr/vala/map/in-order", cb => maps_in_order.begin (cb), r => maps_in_order.end (r));
	add ("/athr/vala/map/filters-and-multiplies", cb => filters_and_multiplies.begin (cb),
		r => filters_and_multiplies.end (r));
	add ("/athr/vala/map/throws-the-error", cb => throws_the_error.begin (cb), r => throws_the_error.end (r));
	Test.add_func ("/athr/vala/map/maps-a-list", maps_a_list_and_frees_it);
	Test.add_func ("/athr/vala/map/frees-the-closure-here", frees_the_closure_here);
	add ("/athr/vala/map/cleans-up-after-a-close", cb => cleans_up_after_a_close.begin (cb),
		r => cleans_up_after_a_close.end (r));
	Test.run ();
}
