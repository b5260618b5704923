// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// What closures on workers ask the main thread, and have it do.

async void is_answered () throws Error {
	unowned var main_thread = Thread.self<void*> ();
	var call = new Athr.Call (call => {
		assert_true (Thread.self<void*> () != main_thread);
		Value number = call.ask (question => {
			assert_true (Thread.self<void*> () == main_thread);
			question.answer (20);
		});
		Value text = call.ask (question => question.answer ("two"));
		call.return_value ("%d %s".printf ((int) number, (string) text));
	});
	Value result = yield call.run_async ();
	assert_cmpstr ((string) result, CompareOperator.EQ, "20 two");
}

async void answer_later (Athr.Question question) {
	yield leave_callback ();
	question.answer (true);
}

async void is_answered_later () throws Error {
	var call = new Athr.Call (call => {
		bool answer = (bool) call.ask (question => answer_later.begin (question));
		call.return_value (answer);
	});
	assert_true ((bool) yield call.run_async ());
}

async void throws_what_fails () throws Error {
	var call = new Athr.Call (call => {
		try {
			call.ask (question => question.fail (new IOError.BUSY ("busy")));
			assert_not_reached ();
		} catch (IOError.BUSY error) {
			assert_cmpstr (error.message, CompareOperator.EQ, "busy");
		}
		call.ask (question => {});
		assert_not_reached ();
	});
	try {
		yield call.run_async ();
		assert_not_reached ();
	} catch (IOError.FAILED error) {
		assert_cmpstr (error.message, CompareOperator.EQ, "The question was dropped without an answer");
	}
}

async void frees_closures_here () throws Error {
	var call = new Athr.Call (call => {
		var asked = new Captured (1);
		var posted = new Captured (2);
		Value answer = call.ask (question => question.answer (asked.number));
		assert_cmpint ((int) answer, CompareOperator.EQ, 1);
		call.post (() => assert_cmpint (posted.number, CompareOperator.EQ, 2));
	});
	yield call.run_async ();
	yield leave_callback ();
	call = null;
	while (Captured.is_alive ()) {
		yield leave_callback ();
	}
}

async void posts_in_order () throws Error {
	string log = "";
	var call = new Athr.Call (call => {
		for (int i = 0; i < 5; i++) {
			int number = i;
			call.post (() => log += "%d ".printf (number));
		}
	});
	yield call.run_async ();
	assert_cmpstr (log, CompareOperator.EQ, "0 1 2 3 4 ");
}

async void stream_asks_and_posts () throws Error {
	string log = "";
	var stream = new Athr.Stream (yielder => {
		yielder.post (() => log += "posted ");
		yielder.yield_value (1 + (int) yielder.ask (question => question.answer (1)));
	});
	assert_cmpint ((int) yield stream.next_async (), CompareOperator.EQ, 2);
	assert_cmpstr (log, CompareOperator.EQ, "posted ");
	assert_true ((yield stream.next_async ()) == null);
}

void main (string[] args) {
	Test.init (ref args);
	add ("/athr/vala/ask/is-answered", cb => is_answered.begin (cb), r => is_answered.end (r));
	add ("/athr/vala/ask/is-answered-later", cb => is_answered_later.begin (cb), r => is_answered_later.end (r));
	add ("/athr/vala/ask/throws-what-fails", cb => throws_what_fails.begin (cb), r => throws_what_fails.end (r));
	add ("/athr/vala/ask/frees-closures-here", cb => frees_closures_here.begin (cb), r => frees_closures_here.end (r));
	add ("/athr/vala/ask/posts-in-order", cb => posts_in_order.begin (cb), r => posts_in_order.end (r));
	add ("/athr/vala/ask/stream-asks-and-posts", cb => stream_asks_and_posts.begin (cb),
		r => stream_asks_and_posts.end (r));
	Test.run ();
}
