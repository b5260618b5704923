// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// In C these functions fill a GValue. In Vala they return the value, or null if C leaves the GValue unset. The methods
// that fill a value are protected, because vapigen leaves private methods out. Programs cannot reach them: the
// classes are sealed.

namespace Athr {
	public sealed class Call : GLib.Object {
		public GLib.Value run (GLib.Cancellable? cancellable = null) throws GLib.Error;
	}

	public sealed class Stream : GLib.Object {
		[CCode (array_length_type = "gsize", finish_name = "athr_stream_next_batch_finish_values")]
		public async GLib.Value[] next_batch_async (uint max_values, GLib.Cancellable? cancellable = null) throws GLib.Error;

		[CCode (cname = "athr_stream_next")]
		protected GLib.Value fill_next (GLib.Cancellable? cancellable) throws GLib.Error;

		[CCode (cname = "_vala_athr_stream_next")]
		public GLib.Value? next (GLib.Cancellable? cancellable = null) throws GLib.Error {
			GLib.Value value = fill_next (cancellable);
			if (value.type () == GLib.Type.INVALID) {
				return null;
			}
			return value;
		}

		[CCode (cname = "athr_stream_try_next")]
		protected GLib.Value fill_try_next ();

		[CCode (cname = "_vala_athr_stream_try_next")]
		public GLib.Value? try_next () {
			GLib.Value value = fill_try_next ();
			if (value.type () == GLib.Type.INVALID) {
				return null;
			}
			return value;
		}
	}

	public sealed class Yielder : GLib.Object {
		[CCode (cname = "athr_yielder_exchange_value")]
		protected GLib.Value fill_exchange_value (GLib.Value? value) throws GLib.Error;

		[CCode (cname = "_vala_athr_yielder_exchange_value")]
		public GLib.Value? exchange_value (GLib.Value? value) throws GLib.Error {
			GLib.Value sent = fill_exchange_value (value);
			if (sent.type () == GLib.Type.INVALID) {
				return null;
			}
			return sent;
		}

		[CCode (cname = "athr_yielder_receive")]
		protected GLib.Value fill_receive () throws GLib.Error;

		[CCode (cname = "_vala_athr_yielder_receive")]
		public GLib.Value? receive () throws GLib.Error {
			GLib.Value sent = fill_receive ();
			if (sent.type () == GLib.Type.INVALID) {
				return null;
			}
			return sent;
		}
	}
}
