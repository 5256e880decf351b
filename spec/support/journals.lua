-- Journals in folders of their own, rows to send, and other processes that use the same file.
require "reel.core"

local journals = {}

local RESERVED <const> = 0x40000001 -- the byte that a writer locks (SQLite's file format, 2.5)

function journals.sql(text, ...)
  return { text, table.pack(...) }
end

--- Runs one statement and returns its rows; raises what went wrong.
function journals.rows(journal, text, ...)
  local results, word, message = journal:run { journals.sql(text, ...) }
  if not results then error(word .. ": " .. message, 2) end
  return results[1]
end

local deferred = {}

--- Has a function called by clean_up, the last one first.
function journals.defer(fn)
  deferred[#deferred + 1] = fn
end

--- For after_each.
function journals.clean_up()
  while #deferred > 0 do table.remove(deferred)() end
end

--- A new folder, 0700, until clean_up.
function journals.make_folder()
  local path = os.tmpname()
  os.remove(path)
  assert(os.execute("mkdir -m 700 " .. path))
  journals.defer(function() os.execute("rm -rf " .. path) end)
  return path
end

function journals.read(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read("a")
end

--- How many commits the file has seen (SQLite's file format, 1.3.7).
function journals.commits(path)
  return (string.unpack(">I4", journals.read(path), 25))
end

-- Rows ------------------------------------------------------------------------------------------

--- One call with an attempt in state intent; returns what sender.post takes as `attempt`.
function journals.intend(journal, changes)
  local n = journals.rows(journal, "SELECT count(*) AS n FROM call")[1].n + 1
  local attempt = {
    journal = journal, id = n, nonce = "nonce" .. n, run = "run1", origin = "https://v:443",
    holder = "here", rate_count = 0, rate_seconds = 10,
  }
  for name, value in pairs(changes or {}) do attempt[name] = value end
  local results, _, message = journal:run {
    journals.sql("INSERT INTO run(run, project, started_ms, holder) VALUES(?1, 'p', 1, ?2)"
      .. " ON CONFLICT DO NOTHING", attempt.run, attempt.holder),
    journals.sql("INSERT INTO call(call_id, project, origin, key_kind, key, take, model,"
      .. " input_sha256, first_run, last_run, created_ms)"
      .. " VALUES(?1, 'p', ?2, 'content', ?3, 1, 'm', 'i', ?4, ?4, 1)", n, attempt.origin,
      "key" .. n, attempt.run),
    journals.sql("INSERT INTO attempt(attempt_id, call_id, n, run, nonce, body_sha256, origin,"
      .. " state, estimate) VALUES(?1, ?1, 1, ?2, ?3, 'b', ?4, 'intent', ?5)", n, attempt.run,
      attempt.nonce, attempt.origin, attempt.estimate),
  }
  assert(results, message)
  return attempt
end

--- Moves an attempt along a row of states, as if it had been sent so many seconds ago.
function journals.move(journal, attempt, states, age_s, task_id)
  for _, state in ipairs(states) do
    journals.rows(journal, "UPDATE attempt SET state = ?2, task_id = coalesce(?4, task_id),"
      .. " latched_ms = CASE ?2 WHEN 'withdrawn' THEN NULL ELSE ?3 END WHERE attempt_id = ?1",
      attempt.id, state, math.floor((os.time() - (age_s or 0)) * 1000), task_id)
  end
  return attempt
end

-- Other processes -------------------------------------------------------------------------------

--- The command that runs Lua code in an interpreter of its own; it is written to `path`.
function journals.command(path, code, build)
  local file <close> = assert(io.open(path, "w"))
  file:write(("package.path = %q\npackage.cpath = %q\n"):format(package.path,
    build and build .. "/lib/?.so" or package.cpath), code)
  return "lua5.4 " .. path
end

--- Runs Lua code to its end and returns what it printed. `before`: shell words in front of it.
function journals.child(folder, code, before, build)
  local command = journals.command(folder .. "/child.lua", code, build)
  local pipe <close> = assert(io.popen((before or "exec") .. " " .. command))
  return pipe:read("a")
end

--- Lets another process hold the file as a writer does, until clean_up or until the function that
--- this returns is called.
function journals.lock(folder, path)
  local token = folder .. "/locked"
  local pipe = assert(io.popen("exec " .. journals.command(folder .. "/lock.lua", ([[
    local lfs, socket = require "lfs", require "socket"
    local file = assert(io.open(%q, "r+"))
    assert(lfs.lock(file, "w", %d, 1))
    assert(io.open(%q, "w")):close()
    print "locked"
    io.stdout:flush()
    local deadline = socket.gettime() + 30
    while lfs.attributes(%q) and socket.gettime() < deadline do socket.sleep(0.002) end
  ]]):format(path, RESERVED, token, token))))
  assert(pipe:read("l") == "locked")
  local function unlock()
    os.remove(token)
    if pipe then pipe:close() end
    pipe = nil
  end
  journals.defer(unlock)
  return unlock
end

return journals
