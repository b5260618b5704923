-- SPDX-FileCopyrightText: 2026 The athreading authors
-- SPDX-License-Identifier: LGPL-2.1-or-later

-- Functions of introspected libraries, for one or many items.

package.path = arg[0]:gsub('[^/]*$', '?.lua;') .. package.path

local lgi = require 'lgi'
local tap = require 'tap'
local Gio, GLib, GObject = lgi.Gio, lgi.GLib, lgi.GObject
local Athr = lgi.require('Athr', '1')
local AthrInvoke = lgi.require('AthrInvoke', '1')
local AthrTests = lgi.require('AthrTests', '1')
local equal = tap.equal

local IS_LUA51 = _VERSION == 'Lua 5.1' and not rawget(_G, 'jit')
if IS_LUA51 then
   print('1..0 # SKIP Lua 5.1 cannot wait in a for loop')
   os.exit(0, true)
end

local function waits(test)
   return function()
      local ok, result = true, nil
      Gio.Async.call(function() ok, result = xpcall(test, debug.traceback) end)()
      if not ok then
         error(result, 0)
      end
   end
end

local function text(value)
   return GObject.Value('gchararray', value)
end

local function arguments(...)
   return GObject.Value(AthrInvoke.Values, AthrInvoke.Values.new { ... })
end

local function take_all(stream)
   local taken = {}
   for value in stream:values() do
      taken[#taken + 1] = value
   end
   return taken
end

local tests = {
   { 'a call', waits(function()
      equal(AthrInvoke.call_new('GLib.path_get_basename', { text '/a/b' }):async_run().value, 'b')
   end) },

   { 'values while Lua collects garbage all the time', waits(function()
      local pause = collectgarbage('setpause', 0)
      local step = collectgarbage('setstepmul', 10000)
      for _ = 1, 2 do
         equal(#take_all(AthrInvoke.map('Gio.File.get_path', AthrTests.file_stream_new(100), 4, {})), 100)
      end
      collectgarbage('setpause', pause)
      collectgarbage('setstepmul', step)
   end) },

   { 'a function for each value of a stream', waits(function()
      local paths = take_all(AthrInvoke.map('Gio.File.get_path', AthrTests.file_stream_new(100), 4, {}))
      equal(#paths, 100)
      for i, path in ipairs(paths) do
         equal(path, '/' .. i - 1)
      end
   end) },

   { 'a function for each of some values', waits(function()
      local items = Athr.Stream.new_for_values { text '/a/b', text '/a/c' }
      equal(table.concat(take_all(AthrInvoke.map('GLib.path_get_basename', items, 4, {})), ' '), 'b c')
   end) },

   { 'several arguments', waits(function()
      local items = Athr.Stream.new_for_values {
         arguments(text 'md5', text 'a', GObject.Value('gint', -1)),
         arguments(text 'md5', text 'b', GObject.Value('gint', -1)),
      }
      local sums = take_all(AthrInvoke.map('GLib.compute_checksum_for_string', items, 4, {}))
      equal(table.concat(sums, ' '), '0cc175b9c0f1b6a831c399e269772661 92eb5ffee6ae2fec3ad71c777531578f')
   end) },

   { 'several results', waits(function()
      local items = Athr.Stream.new_for_values { text 'file:///a', text 'file://host/b' }
      local results = take_all(AthrInvoke.map('GLib.filename_from_uri', items, 4, {}))
      equal(#results, 2)
      equal(results[1][1], '/a')
      equal(results[1][2], Athr.null)
      equal(table.concat(results[2], ' '), '/b host')
   end) },

   { 'results in results', waits(function()
      local keys = GLib.KeyFile.new()
      keys:set_string('g', 'k', '1;2')
      local args = arguments(GObject.Value(GLib.KeyFile, keys), text 'g', text 'k')
      local results = take_all(AthrInvoke.map('GLib.KeyFile.get_integer_list', Athr.Stream.new_for_values { args }, 1, {}))
      equal(#results[1], 2)
      equal(results[1][1], 1)
      equal(results[1][2], 2)
   end) },

   { 'the objects of a list', waits(function()
      local list = Gio.ListStore.new(Gio.File)
      list:append(Gio.File.new_for_path('/a/b'))
      local names = take_all(AthrInvoke.map('Gio.File.get_basename', Athr.Stream.new_for_list_model(list), 4, {}))
      equal(table.concat(names, ' '), 'b')
   end) },

   { 'errors', waits(function()
      local items = Athr.Stream.new_for_values { text '/a/b', GObject.Value('gint', 1) }
      local map, err = AthrInvoke.map('GLib.no_such', items, 4, {})
      equal(map, nil)
      equal(err:matches(Gio.IOErrorEnum, 'NOT_FOUND'), true)
      local taken = {}
      local ok, problem = pcall(function()
         for name in AthrInvoke.map('GLib.path_get_basename', items, 4, {}):values() do
            taken[#taken + 1] = name
         end
      end)
      equal(ok, false)
      equal(problem:matches(Gio.IOErrorEnum, 'INVALID_ARGUMENT'), true)
      equal(table.concat(taken, ' '), 'b')
   end) },

   { 'a break', waits(function()
      local map = AthrInvoke.map('Gio.File.get_path', AthrTests.file_stream_new(1000), 4, { 'UNORDERED' })
      for _ in map:values() do
         break
      end
      equal(map:async_close(), true)
   end) },
}

tap.run(tests)
