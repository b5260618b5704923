// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// lines FILE...: counts the lines of files, four at once, or fails.

// On a worker thread
int count_lines (string path) throws Error {
	uint8[] contents;
	int n_lines = 0;

	FileUtils.get_data (path, out contents);
	foreach (var byte in contents) {
		n_lines += byte == '\n' ? 1 : 0;
	}
	return n_lines;
}

Athr.Call count (string path) {
	return new Athr.Call (call => call.return_value (count_lines (path)));
}

async int main (string[] args) {
	var group = new Athr.Group (Athr.GroupPolicy.FAIL_FAST) { max_running = 4 };
	Athr.Call[] calls = {};
	int status = 0, total = 0;

	try {
		for (int i = 1; i < args.length; i++) {
			calls += count (args[i]);
			group.add (calls[i - 1]);
		}
		yield group.wait_async ();

		for (int i = 0; i < calls.length; i++) {
			Value n_lines = yield calls[i].run_async ();
			print ("%8d %s\n", (int) n_lines, args[i + 1]);
			total += (int) n_lines;
		}
		print ("%8d total\n", total);
	} catch (Error error) {
		printerr ("lines: %s\n", error.message);
		status = 1;
	}

	try {
		yield group.close_async (); // after an error some functions may still run
	} catch (Error error) {
		assert_not_reached ();
	}
	return status;
}
