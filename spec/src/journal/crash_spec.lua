-- What is found of an attempt whose process is killed. Needs a build of its own, with the points
-- where a process can be made to kill itself: cmake -B build-crash -S . -DREEL_CRASH_POINTS=ON
local job = require "reel.core" and require "reel.core.job"
local journals = require "support.journals"
local lfs = require "lfs"
local sends = require "support.sends"

local CRASH_BUILD <const> = "build-crash"

describe("an attempt", function()
  after_each(function()
    journals.clean_up()
    assert.same({}, job.failures())
  end)

  describe("killed", function()
    -- point -> the state found afterwards, POSTs that arrived, whether the answer is there
    for _, entry in ipairs {
      { "T2-before", { "intent", 0, false } },
      { "T2-within", { "intent", 0, false } },
      { "T2", { "latched", 0, false } },
      { "T3-before", { "latched", 1, false } },
      { "T3-within", { "latched", 1, false } },
      { "T3", { "latched", 1, true } },
    } do
      local point, expected = table.unpack(entry)
      it("at " .. point .. " is found " .. expected[1], function()
        if not lfs.attributes(CRASH_BUILD .. "/lib/reel/core.so") then
          pending "needs build-crash"
          return
        end
        local folder = journals.make_folder()
        local path = folder .. "/journal.db"
        local journal, server = sends.open(path), sends.serve()
        local attempt = journals.intend(journal)
        local code = sends.posting(server, path, attempt, sends.PRINT)
        local output = journals.child(folder, code,
          "REEL_CRASH_AT=" .. point .. " exec", CRASH_BUILD)
        assert.equal("", output)
        local found = sends.row(journal, attempt)
        assert.same(expected, { found.state, #server:lines(), found.answer ~= nil })
        if found.state == "intent" then assert.is_true(sends.post(server, attempt).sent) end
      end)
    end
  end)
end)
