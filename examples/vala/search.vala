// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// search FILE TEXT...: types texts into a search box. The last one counts.

Athr.Latest latest;

// On a worker thread
int count_lines (string path, string text) throws Error {
	string contents;
	int n_lines = 0;

	FileUtils.get_contents (path, out contents);
	foreach (unowned var line in contents.split ("\n")) {
		if (line.contains (text)) {
			n_lines++;
		}
	}
	return n_lines;
}

async int search (string path, string text) {
	var call = new Athr.Call (call => call.return_value (count_lines (path, text)));

	try {
		Value n_lines = yield latest.run_async (call);
		print ("%s: %d lines\n", text, (int) n_lines);
	} catch (IOError.CANCELLED error) {
		print ("%s: superseded\n", text);
	} catch (Error error) {
		printerr ("search: %s\n", error.message);
		return 1;
	}
	return 0;
}

async int main (string[] args) {
	latest = new Athr.Latest (50);
	for (int i = 2; i < args.length - 1; i++) {
		search.begin (args[1], args[i]);
	}
	return args.length > 2 ? yield search (args[1], args[args.length - 1]) : 0;
}
