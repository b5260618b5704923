// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

File new_folder () throws Error {
	var folder = File.new_for_path (DirUtils.make_tmp ("athr-vala-XXXXXX"));
	folder.resolve_relative_path ("a/b").make_directory_with_parents ();
	FileUtils.set_contents (folder.get_child ("top").get_path (), "1");
	FileUtils.set_contents (folder.resolve_relative_path ("a/b/deep").get_path (), "123");
	return folder;
}

void remove_all (File file) throws Error {
	if (file.query_file_type (FileQueryInfoFlags.NOFOLLOW_SYMLINKS) == FileType.DIRECTORY) {
		var children = file.enumerate_children ("standard::name", FileQueryInfoFlags.NOFOLLOW_SYMLINKS);
		File child;
		while (children.iterate (null, out child) && child != null) {
			remove_all (child);
		}
	}
	file.delete ();
}

async void reads_lines () throws Error {
	var input = new MemoryInputStream.from_data ("one\ntwo\r\nthree".data);
	var stream = new Athr.Stream.for_lines (input);
	var lines = new StringBuilder ();
	Value? line;
	while ((line = yield stream.next_async ()) != null) {
		lines.append ((string) line + ";");
	}
	assert_cmpstr (lines.str, CompareOperator.EQ, "one;two;three;");
}

async void enumerates () throws Error {
	var folder = new_folder ();
	var files = folder.enumerate_children ("standard::name", FileQueryInfoFlags.NOFOLLOW_SYMLINKS);
	var stream = new Athr.Stream.for_enumerator (files);
	int n = 0;
	Value? value;
	while ((value = yield stream.next_async ()) != null) {
		assert_true (((FileInfo) value).get_name () in new string[] { "a", "top" });
		n++;
	}
	assert_cmpint (n, CompareOperator.EQ, 2);
	remove_all (folder);
}

async void walks () throws Error {
	var folder = new_folder ();
	var stream = new Athr.Stream.for_directory (folder, "standard::size", FileQueryInfoFlags.NOFOLLOW_SYMLINKS);
	int n = 0;
	Value[] batch;
	while ((batch = yield stream.next_batch_async (64)).length > 0) {
		foreach (var value in batch) {
			var info = (FileInfo) value;
			var file = (File) info.get_attribute_object ("standard::file");
			if (folder.get_relative_path (file) == "a/b/deep") {
				assert_cmpint ((int) info.get_size (), CompareOperator.EQ, 3);
			}
			n++;
		}
	}
	assert_cmpint (n, CompareOperator.EQ, 4);
	remove_all (folder);
}

async void emits_problems () throws Error {
	var folder = new_folder ();
	var stream = new Athr.Stream.for_directory (folder, null, FileQueryInfoFlags.NOFOLLOW_SYMLINKS);
	string? problem = null;
	Value? value;

	stream.problem.connect ((file, message) => {
		assert_null (problem);
		assert_true (message.length > 0);
		problem = folder.get_relative_path (file);
	});
	// In lock-step the worker reads nothing before the test asks for it.
	stream.buffer_size = 0;
	while ((value = yield stream.next_async ()) != null) {
		if (((FileInfo) value).get_name () == "b") {
			remove_all (folder.resolve_relative_path ("a/b"));
		}
	}
	assert_cmpstr (problem, CompareOperator.EQ, "a/b");
	remove_all (folder);
}

async void fails_without_a_folder () throws Error {
	var nothing = File.new_for_path ("/nowhere/at/all");
	var stream = new Athr.Stream.for_directory (nothing, null, FileQueryInfoFlags.NONE);
	try {
		yield stream.next_async ();
		assert_not_reached ();
	} catch (IOError.NOT_FOUND error) {
	}
}

int main (string[] args) {
	Test.init (ref args);
	add ("/athr/vala/gio/lines", cb => reads_lines.begin (cb), r => reads_lines.end (r));
	add ("/athr/vala/gio/enumerator", cb => enumerates.begin (cb), r => enumerates.end (r));
	add ("/athr/vala/gio/directory", cb => walks.begin (cb), r => walks.end (r));
	add ("/athr/vala/gio/problem", cb => emits_problems.begin (cb), r => emits_problems.end (r));
	add ("/athr/vala/gio/missing", cb => fails_without_a_folder.begin (cb), r => fails_without_a_folder.end (r));
	return Test.run ();
}
