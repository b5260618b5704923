// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// largest [FOLDER]: lists all files below a folder, the largest first.

async int main (string[] args) {
	var folder = File.new_for_commandline_arg (args[1] ?? ".");
	var stream = new Athr.Stream.for_directory (
		folder, "standard::size", FileQueryInfoFlags.NOFOLLOW_SYMLINKS);
	var files = new GenericArray<FileInfo> ();
	string[] problems = {};
	int ticks = 0;

	stream.problem.connect ((file, message) => problems += message);
	var spinner = Timeout.add (100, () => {
		stderr.printf ("\r%c", "|/-\\"[ticks++ % 4]);
		return Source.CONTINUE;
	});

	try {
		Value[] batch;
		while ((batch = yield stream.next_batch_async (256)).length > 0) {
			foreach (unowned var value in batch) {
				var info = (FileInfo) value;
				if (info.get_file_type () != FileType.DIRECTORY) {
					files.add (info);
				}
			}
		}
	} catch (Error error) {
		problems += error.message;
	}
	Source.remove (spinner);
	stderr.printf ("\r \r");

	files.sort ((a, b) => {
		var difference = b.get_size () - a.get_size ();
		return difference > 0 ? 1 : difference < 0 ? -1 : 0;
	});
	foreach (unowned var info in files) {
		var file = (File) info.get_attribute_object ("standard::file");
		stdout.printf ("%12lld %s\n", info.get_size (), file.get_parse_name ());
	}
	foreach (unowned var problem in problems) {
		stderr.printf ("%s\n", problem);
	}
	return problems.length > 0 ? 1 : 0;
}
