-- Attempts that specs send, from this process or from another, to a scripted server.
require "reel.core"
local fake = require "support.fake"
local journal_core = require "reel.core.journal"
local journals = require "support.journals"
local sender = require "reel.core.sender"

local sends = {}

local ANSWER <const> = "return function(c) c:read() c:answer(200, '{\"taskId\":1}') end"

--- Lua code, for behind `posting`, that posts and prints what came of it.
sends.PRINT = "local result = post() print(result.sent, result.error, result.message)"

--- A server until clean_up; without a script it answers every request.
function sends.serve(script)
  local server = fake.start(script or ANSWER)
  journals.defer(function() server:stop() end)
  return server
end

--- A journal until clean_up; without a path it is in memory.
function sends.open(path)
  local journal = assert(journal_core.open(path or ":memory:"))
  journals.defer(function() journal:close() end)
  return journal
end

function sends.post(server, attempt)
  return sender.post { url = server.url .. "/create", body = "{}", timeout = 10, attempt = attempt }
end

function sends.row(journal, attempt)
  return journals.rows(journal, "SELECT state, answer, http_status, curl_code FROM attempt"
    .. " WHERE attempt_id = ?1", attempt.id)[1]
end

--- Lua code in which post() posts as above, with a journal of its own at a path.
function sends.posting(server, path, attempt, code)
  local fields = {}
  for name, value in pairs(attempt) do
    if name ~= "journal" then fields[#fields + 1] = ("%s = %q"):format(name, value) end
  end
  return ([[
    require "reel.core"
    local job, sender = require "reel.core.job", require "reel.core.sender"
    local journal = assert(require "reel.core.journal".open(%q))
    local function post()
      return sender.post { url = %q, body = "{}",
        attempt = { journal = journal, %s } }
    end
    %s]]):format(path, server.url .. "/create", table.concat(fields, ", "), code)
end

return sends
