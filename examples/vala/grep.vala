// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// grep TEXT FILE...: prints the lines with a text, four files at once.

// On a worker thread: yields no, one or many values for one file.
void find_lines (Athr.Yielder yielder, string path, string text) throws Error {
	string contents;

	FileUtils.get_contents (path, out contents);
	foreach (unowned var line in contents.split ("\n")) {
		if (text in line) {
			yielder.yield_value (@"$path:$line");
		}
	}
}

async int main (string[] args) {
	Value[] paths = {};
	Value? line;

	if (args.length < 2) {
		return 2;
	}
	foreach (unowned var path in args[2:args.length]) {
		paths += path;
	}

	var source = new Athr.Stream.for_values (paths);
	var lines = new Athr.Stream.map (source, 4, DEFAULT, (yielder, path) =>
		find_lines (yielder, (string) path, args[1]));
	try {
		while ((line = yield lines.next_async ()) != null) {
			print ("%s\n", (string) line);
		}
	} catch (Error error) {
		printerr ("grep: %s\n", error.message);
		return 1;
	}
	return 0;
}
