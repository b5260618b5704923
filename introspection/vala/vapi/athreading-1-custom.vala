// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// In C these functions fill a GValue. In Vala they return the value, or null if C leaves the GValue unset. The
// functions athr_vala_*() return no null with an error, because some code of valac uses the value before it looks at
// the error. fill_try_next() is protected, because vapigen leaves private methods out. Programs cannot reach it: the
// class is sealed.

namespace Athr {
	public sealed class Call : GLib.Object {
		public GLib.Value ask (owned Athr.AskFunc func) throws GLib.Error;

		public GLib.Value run (GLib.Cancellable? cancellable = null) throws GLib.Error;

		[CCode (finish_name = "athr_call_run_finish_into")]
		public async GLib.Value run_async (GLib.Cancellable? cancellable = null) throws GLib.Error;
	}

	public sealed class Latest : GLib.Object {
		[CCode (finish_name = "athr_latest_run_finish_into")]
		public async GLib.Value run_async (Athr.Call call, GLib.Cancellable? cancellable = null) throws GLib.Error;
	}

	public sealed class Stream : GLib.Object {
		[CCode (finish_name = "athr_vala_stream_next_finish")]
		public async GLib.Value? next_async (GLib.Cancellable? cancellable = null) throws GLib.Error;

		[CCode (array_length_type = "gsize", finish_name = "athr_stream_next_batch_finish_values")]
		public async GLib.Value[] next_batch_async (uint max_values, GLib.Cancellable? cancellable = null) throws GLib.Error;

		[CCode (cname = "athr_vala_stream_next")]
		public GLib.Value? next (GLib.Cancellable? cancellable = null) throws GLib.Error;

		[CCode (cname = "athr_stream_next_batch_values", array_length_type = "gsize")]
		public GLib.Value[] next_batch (uint max_values, GLib.Cancellable? cancellable = null) throws GLib.Error;

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
		public GLib.Value ask (owned Athr.AskFunc func) throws GLib.Error;

		[CCode (cname = "athr_vala_yielder_exchange_value")]
		public GLib.Value? exchange_value (GLib.Value? value) throws GLib.Error;

		[CCode (cname = "athr_vala_yielder_receive")]
		public GLib.Value? receive () throws GLib.Error;
	}
}
