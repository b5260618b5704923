// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// What functions of C ask the main thread, and JavaScript answers.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import System from 'system';
import Athr from 'gi://Athr?version=1';
import AthrTests from 'gi://AthrTests?version=1';

import {equal, failure, matches, refuses, runTests} from './tap.js';

const {CANCELLED, FAILED, NO_SPACE, WOULD_BLOCK} = Gio.IOErrorEnum;

/** Runs a call that asks, and calls the function with the question. */
function asked(onQuestion, cancellable = null) {
    const asker = AthrTests.Asker.new();
    asker.connect('question', (_asker, question) => onQuestion(question));
    return asker.ask().run_async(cancellable);
}

await runTests({
    async 'is answered at once'() {
        for (const value of [true, false, 0, -1, 1.5, 2 ** 40, '', '\u00e4\u{1f600}', null])
            equal(await asked(question => question.answer(value)), value);
        equal(await asked(question => question.answer()), null);
        const file = Gio.File.new_for_path('/');
        equal(await asked(question => question.answer(file)) === file, true);
        equal((await asked(question => question.answer(new GLib.Variant('as', ['a'])))).deepUnpack(), ['a']);
    },

    async 'is answered later'() {
        equal(await asked(question => setTimeout(() => question.answer('later'), 1)), 'later');
        equal(await asked(async question => question.answer(await AthrTests.echo_call_new('call').run_async())), 'call');
    },

    async 'survives collections until it is answered'() {
        equal(await asked(question => setTimeout(() => {
            System.gc();
            setTimeout(() => question.answer('kept'), 1);
        }, 1)), 'kept');
    },

    async 'fails with a GLib.Error'() {
        const error = new Gio.IOErrorEnum({code: NO_SPACE, message: 'full'});
        const failed = await failure(asked(question => question.fail(error)));
        matches(failed, Gio.IOErrorEnum, NO_SPACE);
        equal(failed.message, 'full');
    },

    async 'fails with an error of JavaScript'() {
        const failed = await failure(asked(question => question.fail(new RangeError('too much'))));
        matches(failed, Gio.IOErrorEnum, FAILED);
        equal(failed.message, 'RangeError: too much');
    },

    async 'fails when it is dropped without an answer'() {
        const failed = failure(asked(() => setTimeout(System.gc, 1)));
        matches(await failed, Gio.IOErrorEnum, FAILED);
        equal((await failed).message, 'The question was dropped without an answer');
    },

    async 'fails when nothing listens'() {
        matches(await failure(AthrTests.Asker.new().ask().run_async()), Gio.IOErrorEnum, FAILED);
    },

    async 'is cancelled, and a later answer is dropped'() {
        const cancellable = new Gio.Cancellable();
        let kept = null;
        const failed = failure(asked(question => {
            kept = question;
            cancellable.cancel();
        }, cancellable));
        matches(await failed, Gio.IOErrorEnum, CANCELLED);
        kept.answer('late');
    },

    async 'cannot be asked while the program is blocked'() {
        const asker = AthrTests.Asker.new();
        asker.connect('question', (_asker, question) => question.answer(1));
        matches(await failure((async () => asker.ask().run())()), Gio.IOErrorEnum, WOULD_BLOCK);
    },

    async 'takes no answer that a thread must not have'() {
        const message = what => new RegExp(`^${what} cannot be given to a thread: answer with a string`);
        await asked(question => {
            refuses(() => question.answer({a: 1}), message('an object of Object'));
            refuses(() => question.answer([1]), message('an object of Array'));
            refuses(() => question.answer(() => 1), message('a function'));
            refuses(() => question.answer(Symbol('x')), message('Symbol\\(x\\)'));
            refuses(() => question.answer('a\0b'), /^The answer has a text with a null character$/);
            refuses(() => question.answer('a\ud800'), /^The answer has a text with a lone surrogate$/);
            const value = new GObject.Value();
            value.init(GObject.TYPE_STRING);
            value.set_string('boxed');
            question.answer(value);
        }).then(value => equal(value, 'boxed'));
    },

    async 'is asked while garbage is collected'() {
        const questions = Array.from({length: 20}, (_, i) => asked(question => {
            System.gc();
            setTimeout(() => question.answer(i), 1);
        }));
        System.gc();
        equal(await Promise.all(questions), questions.map((_, i) => i));
    },
});
