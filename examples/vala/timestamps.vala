// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

const int N_STREAMS = 4;

string wait_for_time () {
	Thread.usleep (500000);
	return new DateTime.now_local ().format ("%F %T.%f");
}

async void print_stream (int id, Athr.Executor executor) throws Error {
	var stream = new Athr.Stream (yielder => {
		for (int i = 0; i < 3; i++) {
			yielder.yield_value (wait_for_time ());
		}
	});
	stream.executor = executor;

	Value? time;
	while ((time = yield stream.next_async ()) != null) {
		print ("stream: %d time: %s\n", id, (string) time);
	}
}

async void gather () {
	var executor = new Athr.Executor ("timestamps", N_STREAMS);
	int n_done = 0;

	for (int id = 0; id < N_STREAMS; id++) {
		print_stream.begin (id, executor, (source, result) => {
			try {
				print_stream.end (result);
			} catch (Error error) {
				printerr ("%s\n", error.message);
			}
			if (++n_done == N_STREAMS) {
				gather.callback ();
			}
		});
	}
	yield;
}

void print_seconds (int64 start) {
	print ("%.1f s\n", (get_monotonic_time () - start) / 1e6);
}

async void main () {
	print ("One after the other:\n");
	var start = get_monotonic_time ();
	for (int id = 0; id < N_STREAMS; id++) {
		for (int i = 0; i < 3; i++) {
			print ("stream: %d time: %s\n", id, wait_for_time ());
		}
	}
	print_seconds (start);

	print ("At once:\n");
	start = get_monotonic_time ();
	yield gather ();
	print_seconds (start);
}
