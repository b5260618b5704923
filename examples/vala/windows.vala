// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// windows FILE...: opens windows, and closes all but the last one at once.

int status;

class Window : Object {
	string path;

	public Window (string path) {
		this.path = path;
	}

	// On a worker thread
	static int count_lines (string path) throws Error {
		uint8[] contents;
		int n_lines = 0;

		FileUtils.get_data (path, out contents);
		foreach (var byte in contents) {
			n_lines += byte == '\n' ? 1 : 0;
		}
		return n_lines;
	}

	public async void fill () {
		var path = this.path; // the closure does not hold the window
		var call = new Athr.Call (call => call.return_value (count_lines (path)));

		call.bind (this);
		try {
			Value n_lines = yield call.run_async ();
			print ("%s: %d lines\n", Path.get_basename (path), (int) n_lines);
		} catch (IOError.CANCELLED error) {
			// The window is closed.
		} catch (Error error) {
			printerr ("windows: %s\n", error.message);
			status = 1;
		}
	}

	public void close () {
		print ("%s: closed\n", Path.get_basename (path));
		dispose (); // since fill () holds the window
	}
}

async int main (string[] args) {
	for (int i = 1; i < args.length; i++) {
		var window = new Window (args[i]);

		if (i == args.length - 1) {
			yield window.fill ();
		} else {
			window.fill.begin ();
			window.close ();
		}
	}
	return status;
}
