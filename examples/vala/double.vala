// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// double NUMBER...: sends each number to a worker, which answers with twice the number.

// On a worker thread. The first number comes with the first demand, before any value.
void double_numbers (Athr.Yielder yielder) throws Error {
	Value? number = yielder.receive ();
	while (number != null) {
		number = yielder.exchange_value (2 * (double) number);
	}
}

async int main (string[] args) {
	var stream = new Athr.Stream (double_numbers);
	stream.buffer_size = 0;

	if (args.length < 2) {
		printerr ("Usage: %s NUMBER...\n", args[0]);
		return 2;
	}

	try {
		foreach (unowned var text in args[1:]) {
			double number;
			if (double.try_parse (text, out number)) {
				stream.send (number);
			} else {
				stream.throw (new IOError.INVALID_ARGUMENT ("'%s' is no number", text));
			}
			print ("%g\n", (double) yield stream.next_async ());
		}
	} catch (Error error) {
		printerr ("double: %s\n", error.message);
		return 1;
	}
	return 0;
}
