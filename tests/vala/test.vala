// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// The tests in Vala share these: asynchronous methods as tests, a captured object that notes where it is freed, and a
// gate.

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

/** Leaves the callback of the operation that was awaited last, which holds a reference to the call or stream. */
public async void leave_callback () {
	Idle.add (leave_callback.callback);
	yield;
}

/** An object for closures to capture. The class counts the objects, and notes the thread that frees the last one. */
public class Captured : Object {
	private static int n_alive = 0;
	public static unowned Thread<void*>? freed_by = null;

	public int number { get; construct; }

	public Captured (int number) {
		Object (number: number);
		freed_by = null;
		AtomicInt.inc (ref n_alive);
	}

	~Captured () {
		freed_by = Thread.self<void*> ();
		AtomicInt.dec_and_test (ref n_alive);
	}

	/** Iterates the main context until no object is left, and checks that this thread has freed the last one. */
	public static void assert_freed_here () {
		while (AtomicInt.get (ref n_alive) > 0) {
			MainContext.default ().iteration (true);
		}
		assert_true (freed_by == Thread.self<void*> ());
	}

	public static bool is_alive () {
		return AtomicInt.get (ref n_alive) > 0;
	}
}

/** A gate at which a worker waits until it is opened. */
public class Gate {
	private AsyncQueue<int> queue = new AsyncQueue<int> ();

	public void open () {
		queue.push (1);
	}

	public void pass () {
		queue.pop ();
	}
}
