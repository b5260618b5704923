// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

double print_sqrt (double x) {
	Thread.usleep (500000);
	print ("%s %f\n", new DateTime.now_local ().format ("%F %T.%f"), Math.sqrt (x));
	return Math.sqrt (x);
}

async double[] gather (double[] numbers) throws Error {
	Athr.Call[] calls = {};
	foreach (var x in numbers) {
		var call = new Athr.Call (call => call.return_value (print_sqrt (x)));
		call.start ();
		calls += call;
	}

	double[] roots = {};
	foreach (var call in calls) {
		roots += (double) yield call.run_async ();
	}
	return roots;
}

void print_roots (double[] roots, int64 start) {
	print ("(%f %f %f)\n", roots[0], roots[1], roots[2]);
	print ("%.1f s\n", (get_monotonic_time () - start) / 1e6);
}

async void main () {
	print ("One after the other:\n");
	var start = get_monotonic_time ();
	print_roots ({ print_sqrt (2), print_sqrt (3), print_sqrt (4) }, start);

	print ("At once:\n");
	start = get_monotonic_time ();
	try {
		print_roots (yield gather ({ 2, 3, 4 }), start);
	} catch (Error error) {
		printerr ("%s\n", error.message);
	}
}
