-- What the journal says while an attempt is sent: before its first byte, and once it is answered.
local job = require "reel.core" and require "reel.core.job"
local clock = require "support.clock"
local fake = require "support.fake"
local journals = require "support.journals"
local sender = require "reel.core.sender"
local sends = require "support.sends"
local wait_until = require "support.wait_until"

local intend, move, rows = journals.intend, journals.move, journals.rows
local open, post, row, serve = sends.open, sends.post, sends.row, sends.serve
local posting, PRINT <const> = sends.posting, sends.PRINT

describe("an attempt that is sent", function()
  after_each(function()
    journals.clean_up()
    assert.same({}, job.failures())
  end)

  describe("before its first byte", function()
    it("is latched on the disk", function()
      local path = journals.make_folder() .. "/journal.db"
      local journal = open(path)
      local attempt = intend(journal)
      -- Another process, which looks when it has the head of the request.
      local server = serve(([[
        package.cpath = %q
        require "reel.core"
        local journals = require "reel.core.journal"
        return function(c)
          c:read()
          local journal = assert(journals.open(%q))
          local row = assert(journal:run {
            { "SELECT state || ' by ' || latched_by AS words FROM attempt", { n = 0 } } })[1][1]
          c:note(row.words)
          c:answer(200, "{}")
        end]]):format(package.cpath, path))
      local result = post(server, attempt)
      assert.same({ true, 1, 200, nil },
        { result.sent, result.sends, result.status, result.error })
      assert.equal("latched by here", server:notes()[1].note)
      assert.same({ "POST /create" }, server:lines())
    end)

    it("is still an intent when no connection was made", function()
      local journal = open()
      local attempt = intend(journal)
      local result = sender.post { url = fake.refusing_url(), body = "{}", attempt = attempt }
      assert.same({ false, "unreachable" }, { result.sent, result.error })
      assert.same({ state = "intent" }, row(journal, attempt))
      assert.is_true(post(serve(), attempt).sent)
    end)

    it("is taken by one send only", function()
      local path = journals.make_folder() .. "/journal.db"
      local journal, server = open(path), serve()
      local attempt = intend(journal)
      local jobs, sent, refused = {}, 0, 0
      for i = 1, 3 do jobs[i] = job.spawn(post, server, attempt) end
      local child = io.popen("exec " .. journals.command(path .. ".lua",
        posting(server, path, attempt, PRINT)))
      for _, each in ipairs(jobs) do
        assert.is_true(each:join(10))
        local result = each:result()
        if result.sent then sent = sent + 1 end
        if result.error == "state" then refused = refused + 1 end
      end
      local words = child:read("a")
      if words:find("^true") then sent = sent + 1 end
      if words:find("^false\tstate") then refused = refused + 1 end
      assert.same({ 1, 3 }, { sent, refused })
      assert.same({ "POST /create" }, server:lines())
    end)

    -- name -> what is changed or moved before; the word; what the words match
    local refusals = {
      { "an attempt that is withdrawn", { function(journal)
        return move(journal, intend(journal), { "withdrawn" })
      end, "state", "no longer an intent" } },
      { "another nonce", { function(journal)
        local attempt = intend(journal)
        attempt.nonce = "other"
        return attempt
      end, "state", "no longer an intent" } },
      { "another origin", { function(journal)
        local attempt = intend(journal)
        attempt.origin = "https://other:443"
        return attempt
      end, "state", "no longer an intent" } },
      { "a full window", { function(journal)
        for _ = 1, 2 do move(journal, intend(journal), { "latched" }) end
        return intend(journal, { rate_count = 2 })
      end, "rate", "window" } },
      { "a used up number", { function(journal)
        for _ = 1, 2 do move(journal, intend(journal), { "latched" }) end
        return intend(journal, { max_new = 2 })
      end, "budget", "max_new" } },
      { "a number of none", { function(journal)
        return intend(journal, { max_new = 0 })
      end, "budget", "max_new" } },
      { "too many credits", { function(journal)
        for _ = 1, 2 do move(journal, intend(journal, { estimate = 10 }), { "latched" }) end
        return intend(journal, { estimate = 10, max_credits = 29.5 })
      end, "budget", "max_credits" } },
      { "an unknown price under a limit", { function(journal)
        return intend(journal, { max_credits = 100 })
      end, "budget", "not known" } },
      { "three unknown outcomes in a row", { function(journal)
        for i = 1, 3 do
          move(journal, intend(journal), { "latched", "ambiguous" }, 60 - i)
        end
        move(journal, intend(journal), { "latched" }, 30) -- it may yet be answered
        return intend(journal)
      end, "held", "no known outcome" } },
    }
    for _, entry in ipairs(refusals) do
      local name, case = table.unpack(entry)
      it("is refused for " .. name, function()
        local journal, server = open(), serve()
        local attempt = case[1](journal)
        local before = row(journal, attempt)
        local result = post(server, attempt)
        assert.same({ false, 0, case[2] }, { result.sent, result.sends, result.error })
        assert.matches(case[3], result.message)
        assert.same(before, row(journal, attempt))
        assert.same({}, server:lines())
        assert.equal(case[2] == "rate", result.wait ~= nil)
      end)
    end

    local allowed = {
      { "when the window has moved on", function(journal)
        for _ = 1, 2 do move(journal, intend(journal), { "latched" }, 11) end
        return intend(journal, { rate_count = 2 })
      end },
      { "when the clock was set back", function(journal)
        for _ = 1, 2 do move(journal, intend(journal), { "latched" }, -3600) end
        return intend(journal, { rate_count = 2 })
      end },
      { "when another origin fills its window", function(journal)
        move(journal, intend(journal, { origin = "https://w:443" }), { "latched" })
        return intend(journal, { rate_count = 1 })
      end },
      { "within the number", function(journal)
        move(journal, intend(journal), { "latched" })
        move(journal, intend(journal), { "latched", "refused" }) -- certainly not paid
        move(journal, intend(journal, { run = "run2" }), { "latched" })
        intend(journal)
        return intend(journal, { max_new = 2 })
      end },
      { "within the credits", function(journal)
        move(journal, intend(journal, { estimate = 10 }), { "latched" })
        move(journal, intend(journal, { estimate = 10 }), { "latched", "refused" })
        return intend(journal, { estimate = 10, max_credits = 20 })
      end },
      { "when a person has looked", function(journal)
        for i = 1, 3 do
          move(journal, intend(journal), { "latched", "ambiguous" }, 60 - i)
        end
        rows(journal, "UPDATE attempt SET state = 'absent' WHERE attempt_id = 2")
        return intend(journal)
      end },
    }
    for _, entry in ipairs(allowed) do
      local name, prepare = table.unpack(entry)
      it("is let through " .. name, function()
        assert.is_true(post(serve(), prepare(open())).sent)
      end)
    end

    it("says how long the window stays full, and is let through then", function()
      local journal, server = open(), serve()
      local first = intend(journal, { rate_count = 1, rate_seconds = 60 })
      local second = intend(journal, { rate_count = 1, rate_seconds = 60 })
      assert.is_true(post(server, first).sent)
      local result = post(server, second)
      assert.equal("rate", result.error)
      assert.is_true(result.wait > 50 and result.wait <= 60.001)
      clock.advance(result.wait)
      assert.is_true(post(server, second).sent)
    end)

    it("is refused while another process holds the file", function()
      local folder = journals.make_folder()
      local journal, server = open(folder .. "/journal.db"), serve()
      local attempt = intend(journal)
      local unlock = journals.lock(folder, folder .. "/journal.db")
      local result = post(server, attempt)
      assert.same({ false, "busy", "database is locked" },
        { result.sent, result.error, result.message })
      unlock()
      assert.is_true(post(server, attempt).sent)
      assert.same({ "POST /create" }, server:lines())
    end)

    it("is refused when its disk is nearly full", function()
      local folder = journals.make_folder()
      local mount = "mount -t tmpfs -o size=8m,mode=700 tmpfs " .. folder
      if not os.execute("unshare -m " .. mount .. " >/dev/null 2>&1") then
        pending "needs the right to mount"
        return
      end
      local server = serve()
      local attempt = { id = 1, nonce = "n", run = "r", origin = "o", holder = "h" }
      local output = journals.child(journals.make_folder(), ("os.execute %q\n"):format(mount)
        .. posting(server, folder .. "/journal.db", attempt, PRINT), "exec unshare -m")
      assert.equal("false\tjournal\tthe journal's disk has less than 64 MiB free\n", output)
      assert.same({}, server:lines())
    end)

    it("raises for an attempt that is none", function()
      local server, journal = serve(), open()
      for name, bad in pairs { journal = 1, id = "1", nonce = "", run = ("x"):rep(64),
        origin = "a\0b", holder = 1, rate_count = "1", max_new = 0 / 0, max_credits = "2" } do
        local attempt = intend(journal)
        attempt[name] = bad
        assert.has_error(function() post(server, attempt) end)
      end
      assert.has_error(function() post(server, 1) end)
      local closed = intend(journal)
      journal:close()
      assert.has_error(function() post(server, closed) end)
    end)
  end)

  describe("once it is answered", function()
    it("has the answer, unread", function()
      local journal, attempts = open(), {}
      local bytes = "not \0 JSON \xff"
      for i, script in ipairs {
        ("return function(c) c:read() c:answer(455, %q) end"):format(bytes),
        "return function(c) c:read() c:answer(200, '') end",
        "return function(c) c:read() c:reset() end",
        -- libcurl calls the next two a success
        [[return function(c) c:read() c:send "HTTP/1.1 200 OK\r\nX-A: 1\r\n" end]],
        [[return function(c)
          c:read() c:send "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut"
        end]],
      } do
        attempts[i] = intend(journal)
        post(serve(script), attempts[i])
      end
      for i, expected in ipairs {
        { state = "latched", answer = bytes, http_status = 455, curl_code = 0 },
        { state = "latched", answer = "", http_status = 200, curl_code = 0 },
        { state = "latched", answer = "", http_status = 0, curl_code = 56 },
        { state = "latched", answer = "", http_status = 200, curl_code = 18 },
        { state = "latched", answer = "cut", http_status = 200, curl_code = 18 },
      } do
        assert.same(expected, row(journal, attempts[i]))
      end
    end)

    it("has it when the job was cancelled and the journal is closed meanwhile", function()
      local path = journals.make_folder() .. "/journal.db"
      local journal = open(path)
      local server = serve [[
        return function(c)
          c:read()
          c:sleep(0.2)
          c:answer(200, "late")
        end]]
      local attempts, jobs = {}, {}
      for i = 1, 5 do attempts[i] = intend(journal) end
      for i = 1, 5 do jobs[i] = job.spawn(post, server, attempts[i]) end -- the fifth has to wait
      wait_until(function() return #server:lines() == 4 end)
      journal:close()
      jobs[1]:cancel()
      for i = 1, 5 do assert.is_true(jobs[i]:join(5)) end
      local result = jobs[5]:result()
      assert.same({ false, "journal", "the journal is closed" },
        { result.sent, result.error, result.message })
      collectgarbage()
      local again = open(path)
      wait_until(function() return row(again, attempts[1]).answer == "late" end)
      for i = 2, 4 do assert.equal("late", row(again, attempts[i]).answer) end
      assert.same({ state = "intent" }, row(again, attempts[5]))
    end)

    it("has it although the host stops stepping", function()
      local folder = journals.make_folder()
      local path = folder .. "/journal.db"
      local journal, server = open(path), serve()
      local attempt = intend(journal)
      local child = io.popen("exec " .. journals.command(folder .. "/child.lua",
        posting(server, path, attempt, [[
          job.spawn(post):detach()
          job.sleep(0)
          io.read() -- and never steps again
          os.exit(0, false)]])), "w")
      wait_until(function() return row(journal, attempt).answer ~= nil end)
      child:close()
      assert.equal('{"taskId":1}', row(journal, attempt).answer)
    end)

    it("has it when the state is closed with a grace too short", function()
      local folder = journals.make_folder()
      local path = folder .. "/journal.db"
      local journal = open(path)
      local server = serve "return function(c) c:read() c:note 'read' c:hang() end"
      local attempt = intend(journal)
      journals.child(folder, posting(server, path, attempt, [[
        job.spawn(post):detach()
        local deadline = job.now() + 10
        repeat
          job.sleep(0.01)
          local states = journal:run { { "SELECT state FROM attempt", { n = 0 } } }[1]
        until states[1].state == "latched" or job.now() > deadline
        os.exit(true, true)]]))
      assert.same({ state = "latched" }, row(journal, attempt))
    end)
  end)
end)
