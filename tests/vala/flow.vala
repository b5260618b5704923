// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

Athr.Stream count (int n) {
	return new Athr.Stream (yielder => {
		for (int i = 0; i < n; i++) {
			yielder.yield_value (i);
		}
	});
}

async void flows () throws Error {
	var stream = count (1000);
	unowned Thread<void*> main_thread = Thread.self<void*> ();
	int n = 0;

	stream.value.connect (value => {
		assert_true (Thread.self<void*> () == main_thread);
		assert_cmpint ((int) value, CompareOperator.EQ, n++);
	});
	stream.finished.connect (() => flows.callback ());
	stream.flowing = true;
	yield;
	assert_cmpint (n, CompareOperator.EQ, 1000);
	assert_true (stream.state == Athr.StreamState.ENDED);
}

async void pauses () throws Error {
	var stream = count (10);
	int n = 0;

	stream.value.connect (value => {
		if (++n == 4) {
			stream.flowing = false;
			Idle.add (pauses.callback);
		}
	});
	stream.flowing = true;
	yield;
	assert_cmpint (n, CompareOperator.EQ, 4);
	assert_cmpint ((int) yield stream.next_async (), CompareOperator.EQ, 4);
	stream.finished.connect (() => pauses.callback ());
	stream.flowing = true;
	yield;
	assert_cmpint (n, CompareOperator.EQ, 9);
}

async void fills_lists () throws Error {
	var stream = new Athr.Stream (yielder => {
		for (int i = 0; i < 100; i++) {
			yielder.yield_value (new Captured (i));
		}
	});
	var model = new Athr.StreamListModel (stream, typeof (Captured));
	uint n_added = 0;

	assert_true (model.loading);
	assert_true (model.stream == stream);
	assert_true (model.error == null);
	model.items_changed.connect ((position, removed, added) => n_added += added);
	model.notify["loading"].connect (() => Idle.add (fills_lists.callback));
	yield;
	assert_false (model.loading);
	assert_cmpuint (model.n_items, CompareOperator.EQ, 100);
	assert_cmpuint (((ListModel) model).get_n_items (), CompareOperator.EQ, 100);
	assert_cmpuint (n_added, CompareOperator.EQ, 100);
	assert_true (model.item_type == typeof (Captured));
	assert_cmpint (((Captured) model.get_item (42)).number, CompareOperator.EQ, 42);

	model = null;
	stream = null;
	Captured.assert_freed_here ();
}

async void shows_errors_of_lists () throws Error {
	var stream = new Athr.Stream (yielder => {
		throw new IOError.FAILED ("broken");
	});
	var model = new Athr.StreamListModel (stream, typeof (Object));
	model.notify["loading"].connect (() => shows_errors_of_lists.callback ());
	yield;
	assert_cmpstr (model.error.message, CompareOperator.EQ, "broken");
}

int main (string[] args) {
	Test.init (ref args);
	add ("/athr/vala/flow/value", cb => flows.begin (cb), r => flows.end (r));
	add ("/athr/vala/flow/pause", cb => pauses.begin (cb), r => pauses.end (r));
	add ("/athr/vala/list-model/items", cb => fills_lists.begin (cb), r => fills_lists.end (r));
	add ("/athr/vala/list-model/error", cb => shows_errors_of_lists.begin (cb), r => shows_errors_of_lists.end (r));
	return Test.run ();
}
