-- SPDX-FileCopyrightText: 2026 The athreading authors
-- SPDX-License-Identifier: LGPL-2.1-or-later

local lgi = require 'lgi'
local Gio, GLib = lgi.Gio, lgi.GLib
local Athr = lgi.require('Athr', '1')
local AthrExamples = lgi.require('AthrExamples', '1')

local executor = Athr.Executor.new('timestamps', 4)

local function print_stream(id)
   for time in AthrExamples.timestamps_stream_new(3, executor):values() do
      print(('stream: %d time: %s'):format(id, time:format('%F %T.%f')))
   end
end

local function print_seconds(start)
   print(('%.1f s'):format((GLib.get_monotonic_time() - start) / 1e6))
end

print('One after the other:')
local start = GLib.get_monotonic_time()
Gio.Async.call(function()
   for id = 0, 3 do
      print_stream(id)
   end
end)()
print_seconds(start)

print('At once:')
start = GLib.get_monotonic_time()
local loop, running = GLib.MainLoop(), 4
for id = 0, 3 do
   Gio.Async.start(function()
      print_stream(id)
      running = running - 1
      if running == 0 then
         loop:quit()
      end
   end)()
end
loop:run()
print_seconds(start)
