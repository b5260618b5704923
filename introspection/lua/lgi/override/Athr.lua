-- SPDX-FileCopyrightText: 2026 The athreading authors
-- SPDX-License-Identifier: LGPL-2.1-or-later

-- This override makes athreading safe in Lua and adds a loop over a stream. lgi loads it with the namespace.

local lgi = require 'lgi'
local core = require 'lgi.core'
local GLib, GObject, Athr = lgi.GLib, lgi.GObject, lgi.Athr

-- The loop takes values in batches of at most half the buffer. The producer fills the room that a batch leaves,
-- so it can be ahead of the loop by the buffer and half a buffer more. With a buffer below MIN_BATCHED_BUFFER the
-- loop takes single values, so that the producer is ahead by the buffer and no more.
local MAX_BATCH = 256
local MIN_BATCHED_BUFFER = 16

-- LuaJIT can yield in a for loop, although its _VERSION is Lua 5.1.
local can_yield_in_for = _VERSION ~= 'Lua 5.1' or rawget(_G, 'jit') ~= nil

local REFUSAL = 'a Lua function cannot run on a thread: use a call or a stream that a library in C or Vala ' ..
   'makes, or an asynchronous function of Gio'

-- lgi lets threads run Lua functions, and crashes when several threads do.
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
Athr.Stream.new_map = refuse
Athr.Stream.set_cleanup = refuse
Athr.Executor.run_task = refuse

-- Raises an error if the class of the object implements virtual methods in Lua, which a thread would call. lgi keeps them
-- in _guard as Class:method, beside what it needs itself.
local function check_methods(object, level)
   local class = type(object) == 'userdata' and core.object.query(object, 'repo') or nil
   while class do
      for key in pairs(rawget(class, '_guard') or {}) do
         local method = key:match(':(.*)')
         if method then
            error(('%s has do_%s(): Lua functions cannot run on a thread'):format(class._name, method), level + 1)
         end
      end
      class = rawget(class, '_parent')
   end
end

for _, name in ipairs { 'new_for_lines', 'new_for_enumerator', 'new_for_directory' } do
   local new = Athr.Stream[name]
   Athr.Stream[name] = function(object, ...)
      check_methods(object, 2)
      return new(object, ...)
   end
end

-- A loop yields this for a null, because nil would end the loop.
Athr.null = GObject.Value(GObject.Type.POINTER).value

-- A boxed object that lgi reads from a value points into the value, so the value must live as long as the object.
local owners = setmetatable({}, { __mode = 'k' })

-- lgi crashes on an array of values. So the library puts them into a GValueArray, and Lua copies each of them. The array
-- belongs to the box, which Lua must not collect meanwhile.
local function copy_values(box)
   local array, values = box.value, {}
   owners[values] = box
   for i = 1, array.n_values do
      local from, to = array:get_nth(i - 1), GObject.Value()
      to.gtype = from.gtype
      GObject.Value.copy(from, to)
      values[i] = to
   end
   owners[values] = nil
   return values
end

local unpack_value

-- The results of an introspected function become a table, in which a null is Athr.null.
local function unpack_values(box)
   local values = copy_values(box)
   for i, value in ipairs(values) do
      values[i] = unpack_value(value)
   end
   return values
end

function unpack_value(value)
   if value.gtype == 'AthrInvokeValues' then
      local box = GObject.Value()
      value.value:to_array_into(box)
      return unpack_values(box)
   elseif value.gtype == 'GValueArray' then
      return unpack_values(value)
   end

   local content = value.value
   if content == nil then
      return Athr.null
   end
   if type(content) == 'userdata' and content ~= Athr.null then
      owners[content] = value
   end
   return content
end

-- A batch of no values is a critical in the library, which never calls the callback. lgi also makes 0 of a fraction.
local function check_max(max, level)
   if type(max) == 'number' and not (max >= 1) then
      error(('the number of values must be at least 1, not %s'):format(max), level + 1)
   end
end

-- lgi reads the parameters of the function when it makes a method that waits in a coroutine.
local next_batch_async = Athr.Stream.next_batch_async
Athr.Stream.next_batch_async = setmetatable({ params = next_batch_async.params }, {
   __call = function(_, stream, max, ...)
      check_max(max, 2)
      return next_batch_async(stream, max, ...)
   end,
})

function Athr.Stream:next_batch_finish(result)
   local box = GObject.Value()
   local ok, err = self:next_batch_finish_into(result, box)
   if not ok then
      return nil, err
   end
   return copy_values(box)
end

function Athr.Stream:next_batch(max, cancellable)
   check_max(max, 2)
   local box = GObject.Value()
   local ok, err = self:next_batch_into(max, cancellable, box)
   if not ok then
      return nil, err
   end
   return copy_values(box)
end

-- lgi aborts if a function has an error as an argument.
local function parts_of(err)
   local ok, is_error = pcall(GLib.Error.is_type_of, GLib.Error, err)
   if not (ok and is_error) then
      error(('a GLib.Error expected, got %s'):format(type(err)), 3)
   end
   local fields = GLib.Error._field
   return core.record.field(err, fields.domain), core.record.field(err, fields.code), err.message
end

function Athr.Stream:throw(err)
   self:throw_literal(parts_of(err))
end

function Athr.Question:fail(err)
   self:fail_literal(parts_of(err))
end

local new_list_model = Athr.StreamListModel.new
function Athr.StreamListModel.new(stream, item_type)
   if not GObject.Type.is_a(item_type, 'GObject') then
      error('the item type of a list model must be a class of objects', 2)
   end
   return new_list_model(stream, item_type)
end

-- The objects that know whether the owners of a stream are gone, and do not keep the owners alive
local owners_of = setmetatable({}, { __mode = 'k' })

local bind = Athr.Stream.bind
function Athr.Stream:bind(owner)
   bind(self, owner)
   local group = GObject.SignalGroup.new(GObject.Object)
   group:set_target(owner)
   owners_of[self] = owners_of[self] or {}
   table.insert(owners_of[self], group)
end

local function has_lost_owner(stream)
   for _, group in ipairs(owners_of[stream] or {}) do
      if not group:dup_target() then
         return true
      end
   end
   return false
end

-- `for value in stream:values()` works in a coroutine of Gio.Async. The loop raises the error of the stream.
function Athr.Stream:values()
   if not can_yield_in_for then
      error('Lua 5.1 cannot wait in a for loop: use async_next()', 2)
   end

   local values, position = {}, 0
   local buffer_size = self.buffer_size
   local max = buffer_size < MIN_BATCHED_BUFFER and 1 or math.min(math.floor(buffer_size / 2), MAX_BATCH)

   return function()
      if position == #values or has_lost_owner(self) then
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
