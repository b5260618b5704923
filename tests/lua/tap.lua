-- SPDX-FileCopyrightText: 2026 The athreading authors
-- SPDX-License-Identifier: LGPL-2.1-or-later

local tap = {}

function tap.equal(actual, expected)
   if actual ~= expected then
      error(('%s instead of %s'):format(tostring(actual), tostring(expected)), 2)
   end
end

-- Fails unless the function raises an error that matches the pattern.
function tap.raises(func, pattern)
   local ok, message = pcall(func)
   if ok or not tostring(message):find(pattern) then
      error(('no such error: %s'):format(tostring(message)), 2)
   end
   return message
end

-- Runs tests, which are pairs of a name and a function, and ends the program. A test that returns a text is skipped,
-- and the text is the reason.
function tap.run(tests)
   local failed = false
   print(('1..%d'):format(#tests))
   for number, test in ipairs(tests) do
      local ok, result = xpcall(test[2], debug.traceback)
      if not ok then
         failed = true
         print('# ' .. tostring(result):gsub('\n', '\n# '))
      end
      print(('%s %d - %s%s'):format(ok and 'ok' or 'not ok', number, test[1],
                                    ok and result and ' # SKIP ' .. result or ''))
      io.stdout:flush()
   end
   os.exit(failed and 1 or 0, true)
end

return tap
