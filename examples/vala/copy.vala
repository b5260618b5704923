// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// copy FILE... FOLDER: copies files, and asks before it overwrites one.

DataInputStream input;

// In the main loop: a program with a window shows a dialog here.
async void ask (Athr.Question question, string name) {
	string? line = null;

	print ("Overwrite %s?\n", name);
	try {
		line = yield input.read_line_async ();
	} catch (Error error) {
		// No answer is the answer no.
	}
	question.answer (line == "y");
}

// On a worker thread
void copy_file (Athr.Call call, File source, File target) throws Error {
	var cancellable = call.get_cancellable ();
	var name = target.get_basename ();

	if (target.query_exists (cancellable) &&
	    !(bool) call.ask (question => ask.begin (question, name))) {
		return;
	}
	source.copy (target, OVERWRITE, cancellable);
	call.post (() => print ("%s is copied\n", name));
}

async int main (string[] args) {
	int last = args.length - 1;

	if (last < 2) {
		return 2;
	}

	input = new DataInputStream (new UnixInputStream (0, false));
	var folder = File.new_for_commandline_arg (args[last]);
	var call = new Athr.Call (call => {
		foreach (unowned var path in args[1:last]) {
			var source = File.new_for_commandline_arg (path);
			copy_file (call, source, folder.get_child (source.get_basename ()));
		}
	});
	try {
		yield call.run_async ();
	} catch (Error error) {
		printerr ("copy: %s\n", error.message);
		return 1;
	}
	return 0;
}
