-- SPDX-FileCopyrightText: 2026 The athreading authors
-- SPDX-License-Identifier: LGPL-2.1-or-later

-- What makes athreading safe in Lua, and a loop over a stream. lgi loads it with the namespace.

local lgi = require 'lgi'
local core = require 'lgi.core'
local GLib, GObject, Athr = lgi.GLib, lgi.GObject, lgi.Athr

-- Values are taken in batches, each of which makes room for as many more. So a bounded producer may be
-- ahead by half a buffer more than its buffer, and by not one more where each value seems to count.
local MAX_BATCH = 256
local MIN_BATCHED_BUFFER = 16

-- LuaJIT can, and calls itself 5.1, too.
local can_yield_in_for = _VERSION ~= 'Lua 5.1' or rawget(_G, 'jit') ~= nil

local REFUSAL = 'a Lua function cannot run on a thread: use a call or a stream that a library in C or Vala ' ..
   'makes, or what Gio does asynchronously'

-- lgi lets Lua functions run on threads, and crashes when several do.
local function refuse()
   error(REFUSAL, 2)
end

for _, class in ipairs { Athr.Call, Athr.Stream } do
   local new = class._new
   class.new = refuse
   function class:_new(arguments, ...)
      if type(arguments) == 'function' then
         error(REFUSAL, 2)
      end
      return new(self, arguments, ...)
   end
end
Athr.Stream.new_steps = refuse
Athr.Executor.run_task = refuse

-- What the value of a null is, which is no nil: that would end a loop.
Athr.null = GObject.Value(GObject.Type.POINTER).value

-- lgi lends boxed things from the value they are in, which has to live as long as they do.
local owners = setmetatable({}, { __mode = 'k' })

local function unpack_value(value)
   local content = value.value
   if content == nil then
      return Athr.null
   end
   if type(content) == 'userdata' and content ~= Athr.null then
      owners[content] = value
   end
   return content
end

-- lgi crashes on an array of values, so these come in a box of which each is copied.
function Athr.Stream:next_batch_finish(result)
   local box = GObject.Value()
   local ok, err = self:next_batch_finish_into(result, box)
   if not ok then
      return nil, err
   end

   local values, array = {}, box.value
   for i = 1, array.n_values do
      local from, to = array:get_nth(i - 1), GObject.Value()
      to.gtype = from.gtype
      GObject.Value.copy(from, to)
      values[i] = to
   end
   return values
end

-- lgi aborts on an error as an argument.
function Athr.Stream:throw(err)
   local fields = GLib.Error._field
   self:throw_literal(core.record.field(err, fields.domain), core.record.field(err, fields.code), err.message)
end

-- `for value in stream:values()`, in a coroutine of Gio.Async: an error is raised.
function Athr.Stream:values()
   if not can_yield_in_for then
      error('Lua 5.1 cannot wait in a for loop: use async_next()', 2)
   end

   local values, position = {}, 0
   local room = self.buffer_size
   local max = room < MIN_BATCHED_BUFFER and 1 or math.min(math.floor(room / 2), MAX_BATCH)

   return function()
      if position == #values then
         local err
         values, err = self:async_next_batch(max)
         if not values then
            values, position = {}, 0
            error(err, 0)
         end
         position = 0
      end
      if #values == 0 then
         return nil
      end
      position = position + 1
      return unpack_value(values[position])
   end
end
