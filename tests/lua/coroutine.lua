-- SPDX-FileCopyrightText: 2026 The athreading authors
-- SPDX-License-Identifier: LGPL-2.1-or-later

-- Calls and streams in coroutines of lgi.

package.path = arg[0]:gsub('[^/]*$', '?.lua;') .. package.path

local lgi = require 'lgi'
local tap = require 'tap'
local Gio, GLib, GObject = lgi.Gio, lgi.GLib, lgi.GObject
local Athr = lgi.require('Athr', '1')
local AthrTests = lgi.require('AthrTests', '1')
local AthrExamples = lgi.require('AthrExamples', '1')
local equal, raises = tap.equal, tap.raises

local IS_LUA51 = _VERSION == 'Lua 5.1' and not rawget(_G, 'jit')

-- In Lua 5.1 the error of a constructor does not name the calling file.
local REFUSAL = 'a Lua function cannot run on a thread.* a library'
local BLAMED = 'coroutine.lua:%d+: ' .. REFUSAL

-- Returns a test that runs in a coroutine. After an error in a coroutine lgi would wait for ever, so the test catches
-- the error. Lua 5.1 cannot catch an error around a coroutine that yields.
local function waits(test)
   return function()
      local ok, result = true, nil
      Gio.Async.call(function()
         if IS_LUA51 then
            result = test()
         else
            ok, result = xpcall(test, debug.traceback)
         end
      end)()
      if not ok then
         error(result, 0)
      end
      return result
   end
end

local function collect()
   collectgarbage()
   collectgarbage()
end

-- Iterates the main context until all producers of an executor have begun and wait for room.
local function until_blocked(executor)
   while executor.n_queued > 0 or executor.n_running > 0 do
      GLib.MainContext.default():iteration(false)
   end
end

local tests = {
   { 'a call is awaited', waits(function()
      for _, value in ipairs { 'x', '', 'ä' } do
         equal(AthrTests.echo_call_new(GObject.Value('gchararray', value)):async_run().value, value)
      end
      local value, err = AthrExamples.sqrt_call_new(4):async_run()
      equal(value.value, 2)
      equal(err, nil)
   end) },

   { 'an error of a call comes second', waits(function()
      local value, err = AthrTests.fail_call_new():async_run()
      equal(value, nil)
      equal(err:matches(Gio.IOErrorEnum, 'NOT_FOUND'), true)
   end) },

   { 'the cancellable of the coroutine cancels', function()
      local cancellable = Gio.Cancellable()
      GLib.idle_add(GLib.PRIORITY_DEFAULT_IDLE, function() cancellable:cancel() end)
      local value, err = Gio.Async.call(function()
         return AthrTests.wait_call_new():async_run()
      end, cancellable)()
      equal(value, nil)
      equal(err:matches(Gio.IOErrorEnum, 'CANCELLED'), true)
   end },

   { 'only the newest call counts', waits(function()
      local latest, outcomes = Athr.Latest.new(0), {}
      Gio.Async.start(function()
         local value, err = latest:async_run(AthrTests.wait_call_new())
         outcomes[1] = value == nil and err:matches(Gio.IOErrorEnum, 'CANCELLED')
      end)()
      equal(latest.busy, true)
      equal(latest:async_run(AthrExamples.sqrt_call_new(4)).value, 2)
      equal(outcomes[1], true)
   end) },

   { 'a group waits for its calls', waits(function()
      local group = Athr.Group.new('COLLECT')
      local calls = { AthrExamples.sqrt_call_new(4), AthrExamples.sqrt_call_new(9) }
      for _, call in ipairs(calls) do
         equal(group:add(call), true)
      end
      equal(group:async_wait(), true)
      equal(calls[1]:async_run().value + calls[2]:async_run().value, 5)
      equal(group.n_done, 2)
   end) },

   { 'a group fails and is closed', waits(function()
      local group = Athr.Group.new('FAIL_FAST')
      local rest = AthrTests.wait_call_new()
      group:add(rest)
      group:add(AthrTests.fail_call_new())
      local ok, err = group:async_wait()
      equal(ok, false)
      equal(err:matches(Gio.IOErrorEnum, 'NOT_FOUND'), true)
      equal(group:async_close(), true)
      equal(rest.state, 'CANCELLED')
      ok, err = group:add(AthrExamples.sqrt_call_new(4))
      equal(ok, false)
      equal(err:matches(Gio.IOErrorEnum, 'CANCELLED') or err:matches(Gio.IOErrorEnum, 'CLOSED'), true)
   end) },

   { 'a call waits while its executor is paused', waits(function()
      local executor, call = Athr.Executor.new('paused', 2), AthrExamples.sqrt_call_new(4)
      call.executor = executor
      equal(executor.paused, false)
      executor.paused = true
      equal(executor.paused, true)
      call:start()
      equal(AthrExamples.sqrt_call_new(9):async_run().value, 3)
      equal(call.state, 'QUEUED')
      equal(executor.n_queued, 1)
      executor.paused = false
      equal(call:async_run().value, 2)
   end) },

   { 'a stream waits while too many producers are blocked', waits(function()
      local executor, streams = Athr.Executor.new('blocked', 2), {}
      for i = 1, 2 do
         streams[i] = AthrTests.count_stream_new(3)
         streams[i].executor = executor
         streams[i].buffer_size = 1
      end
      equal(executor.max_blocked, 0xffffffff)
      executor.max_blocked = 0
      equal(executor.max_blocked, 0)
      streams[1]:start()
      until_blocked(executor)
      streams[2]:start()
      equal(executor.n_queued, 1)
      executor.max_blocked = 1
      until_blocked(executor)
      for _, stream in ipairs(streams) do
         for expected = 0, 2 do
            equal(stream:async_next().value, expected)
         end
         equal(stream:async_next(), nil)
      end
   end) },

   { 'values are awaited one by one', waits(function()
      local stream = AthrTests.count_stream_new(3)
      for expected = 0, 2 do
         equal(stream:async_next().value, expected)
         equal(stream:is_done(), false)
      end
      local value, err = stream:async_next()
      equal(value, nil)
      equal(err, nil)
      equal(stream:is_done(), true)
   end) },

   { 'an error comes once, then the end', waits(function()
      local stream = AthrTests.fail_stream_new(1)
      equal(stream:async_next().value, 0)
      local value, err = stream:async_next()
      equal(value, nil)
      equal(err:matches(Gio.IOErrorEnum, 'NOT_FOUND'), true)
      value, err = stream:async_next()
      equal(value, nil)
      equal(err, nil)
   end) },

   { 'batches are lists of values that stay valid', waits(function()
      local stream = AthrTests.count_stream_new(3)
      local all = {}
      repeat
         local batch, err = stream:async_next_batch(2)
         equal(err, nil)
         equal(#batch <= 2, true)
         collect()
         for _, value in ipairs(batch) do
            all[#all + 1] = value.value
         end
      until #batch == 0
      equal(table.concat(all, ' ', 1, 3):gsub('%.0', ''), '0 1 2')
      equal(#all, 3)
   end) },

   { 'a blocking batch is a list of values', function()
      local stream = AthrTests.count_stream_new(3)
      local all = {}
      repeat
         local batch, err = stream:next_batch(2, nil)
         equal(err, nil)
         for _, value in ipairs(batch) do
            all[#all + 1] = value.value
         end
      until #batch == 0
      equal(#all, 3)
      equal(all[3], 2)
      local batch, err = AthrTests.fail_stream_new(0):next_batch(2)
      equal(batch, nil)
      equal(err:matches(Gio.IOErrorEnum, 'NOT_FOUND'), true)
   end },

   { 'an error of a batch comes second', waits(function()
      local stream = AthrTests.fail_stream_new(0)
      local batch, err = stream:async_next_batch(2)
      equal(batch, nil)
      equal(err:matches(Gio.IOErrorEnum, 'NOT_FOUND'), true)
      equal(#stream:async_next_batch(2), 0)
   end) },

   { 'a batch of no values is refused', waits(function()
      local stream = AthrTests.count_stream_new(3)
      for _, max in ipairs { 0, 0.5, -1, 0 / 0 } do
         local message = 'coroutine.lua:%d+: the number of values must be at least 1, not '
         raises(function() stream:next_batch(max) end, message)
         raises(function() stream:next_batch_async(max, nil, function() end) end, message)
         raises(function() stream:async_next_batch(max) end, 'the number of values must be at least 1')
      end
      raises(function() stream:next_batch() end, 'number expected')
      raises(function() stream:async_next_batch() end, 'number expected')
      equal(stream.state, 'INITIAL')
      equal(#stream:async_next_batch(3), 3)
   end) },

   { 'a list model of no objects is refused', function()
      for _, item_type in ipairs { GObject.Type.STRING, 'gchararray', 'no type', GObject.ParamSpec } do
         local list
         raises(function() list = Athr.StreamListModel.new(AthrTests.count_stream_new(1), item_type) end,
                'coroutine.lua:%d+: the item type of a list model must be a class of objects')
         equal(list, nil)
      end
      raises(function() Athr.StreamListModel.new(nil, nil) end, 'the item type')
      for _, item_type in ipairs { Gio.File, GObject.Object, 'GFile', Gio.File._gtype } do
         equal(Athr.StreamListModel.new(nil, item_type):get_n_items(), 0)
      end
   end },

   { 'a loop takes all values', function()
      if IS_LUA51 then
         raises(function() AthrTests.count_stream_new(1):values() end, 'coroutine.lua:.*async_next')
         return 'Lua 5.1 cannot wait in a for loop'
      end
      return waits(function()
         for _, room in ipairs { 0, 1, 16, 64, 0xffffffff } do
            local stream = AthrTests.count_stream_new(1000)
            stream.buffer_size = room
            local n = 0
            for value in stream:values() do
               equal(value, n)
               n = n + 1
            end
            equal(n, 1000)
         end
      end)()
   end },

   { 'the function of a loop can be called after the end', waits(function()
      if IS_LUA51 then
         return 'Lua 5.1 cannot wait in a for loop'
      end
      local next_value = AthrTests.count_stream_new(1):values()
      equal(next_value(), 0)
      equal(next_value(), nil)
      equal(next_value(), nil)
   end) },

   { 'a loop raises the error', waits(function()
      if IS_LUA51 then
         return 'Lua 5.1 cannot wait in a for loop'
      end
      local n = 0
      local ok, err = pcall(function()
         for _ in AthrTests.fail_stream_new(3):values() do
            n = n + 1
         end
      end)
      equal(ok, false)
      equal(err:matches(Gio.IOErrorEnum, 'NOT_FOUND'), true)
      equal(n, 3)
   end) },

   { 'a loop is not ended by a null', waits(function()
      if IS_LUA51 then
         return 'Lua 5.1 cannot wait in a for loop'
      end
      local n = 0
      for value in AthrTests.null_stream_new():values() do
         equal(value, Athr.null)
         n = n + 1
      end
      equal(n, 1)

      local stream = AthrTests.echo_stream_new()
      local next_value = stream:values()
      stream:send(GObject.Value('gchararray', nil))
      equal(next_value(), Athr.null)
      equal(stream:async_close(), true)
   end) },

   { 'values of a loop stay valid', waits(function()
      if IS_LUA51 then
         return 'Lua 5.1 cannot wait in a for loop'
      end
      local times, texts = {}, {}
      for time in AthrExamples.timestamps_stream_new(2):values() do
         times[#times + 1], texts[#texts + 1] = time, time:format('%F %T.%f')
      end
      collect()
      for i, time in ipairs(times) do
         equal(time:format('%F %T.%f'), texts[i])
      end
      equal(#times, 2)
   end) },

   { 'values and errors are sent', waits(function()
      local stream = AthrTests.double_stream_new()
      equal(stream:async_next().value, 0)
      stream:send(GObject.Value('gint', 5))
      equal(stream:async_next().value, 5)
      equal(stream:async_next().value, 10)
      stream:throw(GLib.Error(Gio.IOErrorEnum, 'FAILED', 'wrong'))
      equal(stream:async_next().value, -1)
      stream:throw(GLib.Error(Gio.IOErrorEnum, 'CLOSED', 'enough'))
      equal(stream:async_next(), nil)
      equal(stream:is_done(), true)
   end) },

   { 'only an error is thrown', waits(function()
      local stream = AthrTests.echo_stream_new()
      for _, wrong in ipairs { 'wrong', 5, {}, GObject.Value('gint', 5), stream } do
         local message = 'coroutine.lua:%d+: a GLib.Error expected, got ' .. type(wrong)
         raises(function() stream:throw(wrong) end, message)
         local asker = AthrTests.Asker.new()
         asker.on_question = function(_, question)
            raises(function() question:fail(wrong) end, message)
            raises(function() question:fail() end, 'coroutine.lua:%d+: a GLib.Error expected, got nil')
            question:answer()
         end
         equal(asker:ask():async_run().value, Athr.null)
      end
      raises(function() stream:throw() end, 'coroutine.lua:%d+: a GLib.Error expected, got nil')
      equal(stream:async_close(), true)
   end) },

   { 'what has methods in Lua is refused', function()
      local package = lgi.package 'AthrMethods'
      package:class('Reader', Gio.InputStream)
      function package.Reader.do_read_fn()
         return 0
      end
      package:class('Child', package.Reader)
      package:class('Plain', Gio.MemoryInputStream)
      local message = 'coroutine.lua:%d+: AthrMethods.Reader has do_read_fn%(%): Lua functions cannot run on a thread'
      raises(function() Athr.Stream.new_for_lines(package.Reader()) end, message)
      raises(function() Athr.Stream.new_for_lines(package.Child()) end, message)
      equal(Athr.Stream.new_for_lines(package.Plain()).state, 'INITIAL')

      package:class('Lister', Gio.FileEnumerator)
      function package.Lister.do_next_file() end
      function package.Lister.do_close_fn()
         return true
      end
      local lister = package.Lister { container = Gio.File.new_for_path('/') }
      raises(function() Athr.Stream.new_for_enumerator(lister) end, 'AthrMethods.Lister has do_')
      lister:close()
      raises(function() Athr.Stream.new_for_directory(nil, '', {}) end, 'Gio.File expected, got nil')
   end },

   { 'a stream is closed', waits(function()
      local stream = AthrTests.count_stream_new(1000)
      stream:start()
      equal(stream:async_close(), true)
      local ok, err = AthrTests.count_stream_new(1):async_close()
      equal(ok, true)
      equal(err, nil)
   end) },

   { 'a call ends with its owner', waits(function()
      local owner, call = Gio.SimpleAction { name = 'owner' }, AthrTests.wait_call_new()
      call:bind(owner)
      call.on_notify['progress'] = function() owner:run_dispose() end
      local value, err = call:async_run()
      equal(value, nil)
      equal(err:matches(Gio.IOErrorEnum, 'CANCELLED'), true)
      raises(function() AthrTests.wait_call_new():bind(nil) end, 'GObject.Object expected, got nil')
   end) },

   { 'a loop gets no value after its owner is gone', waits(function()
      if IS_LUA51 then
         return 'Lua 5.1 cannot wait in a for loop'
      end
      local owner, stream, n = Gio.SimpleAction { name = 'owner' }, AthrTests.count_stream_new(1000), 0
      stream:bind(owner)
      local ok, err = pcall(function()
         for value in stream:values() do
            n = n + 1
            if value == 3 then
               owner:run_dispose()
            end
         end
      end)
      equal(ok, false)
      equal(err:matches(Gio.IOErrorEnum, 'CANCELLED'), true)
      equal(n, 4)
   end) },

   { 'a stream does not keep its owner', waits(function()
      local stream = AthrTests.wait_stream_new()
      stream:bind(Gio.SimpleAction { name = 'owner' })
      collect()
      local value, err = stream:async_next()
      equal(value, nil)
      equal(err:matches(Gio.IOErrorEnum, 'CANCELLED'), true)
      raises(function() stream:bind(nil) end, 'GObject.Object expected, got nil')
   end) },

   { 'a question is answered', waits(function()
      local asker = AthrTests.Asker.new()
      asker.on_question = function(_, question) question:answer(GObject.Value('gchararray', 'yes')) end
      equal(asker:ask():async_run().value, 'yes')
   end) },

   { 'a question is answered later', waits(function()
      local asker, kept = AthrTests.Asker.new(), nil
      asker.on_question = function(_, question)
         kept = question
         GLib.idle_add(GLib.PRIORITY_LOW, function()
            collect()
            kept:answer(GObject.Value('gint', 5))
            return GLib.SOURCE_REMOVE
         end)
      end
      equal(asker:ask():async_run().value, 5)
   end) },

   { 'a question fails', waits(function()
      local asker = AthrTests.Asker.new()
      asker.on_question = function(_, question) question:fail(GLib.Error(Gio.IOErrorEnum, 'NO_SPACE', 'full')) end
      local value, err = asker:ask():async_run()
      equal(value, nil)
      equal(err:matches(Gio.IOErrorEnum, 'NO_SPACE'), true)
      equal(err.message, 'full')
   end) },

   { 'a question that is dropped fails', waits(function()
      local asker = AthrTests.Asker.new()
      asker.on_question = function()
         GLib.idle_add(GLib.PRIORITY_LOW, function()
            collect()
            return GLib.SOURCE_REMOVE
         end)
      end
      local value, err = asker:ask():async_run()
      equal(value, nil)
      equal(err.message, 'The question was dropped without an answer')
   end) },

   { 'several coroutines wait at once', waits(function()
      local running, this, sum = 4, coroutine.running(), 0
      for _ = 1, running do
         Gio.Async.start(function()
            local root = AthrExamples.sqrt_call_new(9):async_run().value
            sum = sum + root
            running = running - 1
            if running == 0 then
               coroutine.resume(this)
            end
         end)()
      end
      coroutine.yield()
      equal(sum, 12)
   end) },

   { 'a stream emits signals', function()
      local stream, loop, sum = AthrTests.count_stream_new(4), GLib.MainLoop(), 0
      stream.on_value = function(_, value) sum = sum + value.value end
      stream.on_finished = function() loop:quit() end
      stream.flowing = true
      loop:run()
      equal(sum, 6)
   end },

   { 'functions of Lua are refused', function()
      local work = function() end
      local executor = Athr.Executor.get_default()
      local call, stream, steps, task, map
      raises(function() call = Athr.Call.new(work) end, BLAMED)
      raises(function() call = Athr.Call(work) end, IS_LUA51 and REFUSAL or BLAMED)
      raises(function() stream = Athr.Stream.new(work) end, BLAMED)
      raises(function() stream = Athr.Stream(work) end, IS_LUA51 and REFUSAL or BLAMED)
      raises(function() steps = Athr.Stream.new_steps(work) end, BLAMED)
      raises(function() task = executor:run_task(Gio.Task.new(nil, nil, nil), work) end, BLAMED)
      raises(function() map = Athr.Stream.new_map(AthrTests.count_stream_new(1), 1, {}, work) end, BLAMED)
      raises(function() AthrTests.count_stream_new(1):set_cleanup(work) end, BLAMED)
      equal(call or stream or steps or task or map, nil)
      equal(Athr.Call { name = 'x' }.name, 'x')
      equal(Athr.Stream().name, nil)
   end },
}

tap.run(tests)
