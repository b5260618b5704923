// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Functions of introspected libraries.

async void several_results () throws Error {
	Value[] args = { "7x", 10 };
	var result = yield AthrInvoke.call_new ("GLib.ascii_strtoll", args).run_async ();
	var values = (AthrInvoke.Values) result;

	result = 0;
	assert_true (values.get_length () == 2 && !values.is_array () && !values.is_table ());
	assert_true ((int64) values[0] == 7);
	assert_cmpstr ((string) values[1], CompareOperator.EQ, "x");
}

async void arguments_of_items () throws Error {
	Value[] first = { "1 a", 10 }, second = { "2 b", 10 };
	Value[] items = {};

	items += new AthrInvoke.Values (first);
	items += new AthrInvoke.Values (second);
	var map = AthrInvoke.map (
		"GLib.ascii_strtoll", new Athr.Stream.for_values (items), 2, Athr.MapFlags.DEFAULT);
	string[] rests = {};
	Value? result;
	while ((result = yield map.next_async ()) != null) {
		unowned var values = (AthrInvoke.Values) result;

		assert_true ((int64) values[0] == rests.length + 1);
		rests += (string) values[1];
	}
	assert_cmpstrv (rests, { " a", " b" });
}

async void what_is_wrong () throws Error {
	try {
		AthrInvoke.call_new ("GLib.sleep_well", {});
		assert_not_reached ();
	} catch (IOError.NOT_FOUND error) {
	}
	try {
		AthrInvoke.check ("GLib.usleep", {});
		assert_not_reached ();
	} catch (IOError.INVALID_ARGUMENT error) {
	}
}

int main (string[] args) {
	Test.init (ref args);
	add ("/athr/vala/invoke/several-results", cb => several_results.begin (cb), r => several_results.end (r));
	add ("/athr/vala/invoke/arguments-of-items", cb => arguments_of_items.begin (cb), r => arguments_of_items.end (r));
	add ("/athr/vala/invoke/what-is-wrong", cb => what_is_wrong.begin (cb), r => what_is_wrong.end (r));
	return Test.run ();
}
