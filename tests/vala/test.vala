// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// What the tests in Vala share: asynchronous methods as tests, and things that say where they end.

[CCode (has_target = false)]
public delegate void Begin (AsyncReadyCallback callback);

[CCode (has_target = false)]
public delegate void End (AsyncResult result) throws Error;

class Case {
	private Begin begin;
	private End end;

	public Case (Begin begin, End end) {
		this.begin = begin;
		this.end = end;
	}

	public void run () {
		var loop = new MainLoop ();
		AsyncResult? result = null;

		begin ((source, r) => {
			result = r;
			loop.quit ();
		});
		loop.run ();
		try {
			end (result);
		} catch (Error error) {
			Test.message ("%s", error.message);
			Test.fail ();
		}
	}
}

GenericArray<Case> cases;

/** Adds an asynchronous method as a test: add ("/path", cb => method.begin (cb), r => method.end (r)) */
public void add (string path, Begin begin, End end) {
	if (cases == null) {
		cases = new GenericArray<Case> ();
	}
	cases.add (new Case (begin, end));
	Test.add_data_func (path, cases[cases.length - 1].run);
}

/** Leaves the callback of the operation that was awaited last, which holds what it is an operation of. */
public async void leave_callback () {
	Idle.add (leave_callback.callback);
	yield;
}

/** Something to be captured. It counts how many there are, and who ended the last one. */
public class Captured : Object {
	private static int n_alive = 0;
	public static unowned Thread<void*>? ended_by = null;

	public int number { get; construct; }

	public Captured (int number) {
		Object (number: number);
		ended_by = null;
		AtomicInt.inc (ref n_alive);
	}

	~Captured () {
		ended_by = Thread.self<void*> ();
		AtomicInt.dec_and_test (ref n_alive);
	}

	/** Iterates the main context until none is left, and sees that they ended here. */
	public static void assert_ended_at_home () {
		while (AtomicInt.get (ref n_alive) > 0) {
			MainContext.default ().iteration (true);
		}
		assert_true (ended_by == Thread.self<void*> ());
	}

	public static bool is_alive () {
		return AtomicInt.get (ref n_alive) > 0;
	}
}

/** A door that a worker waits at until it is opened. */
public class Gate {
	private AsyncQueue<int> queue = new AsyncQueue<int> ();

	public void open () {
		queue.push (1);
	}

	public void pass () {
		queue.pop ();
	}
}
