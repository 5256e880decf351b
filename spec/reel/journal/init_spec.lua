-- What Lua writes into the journal, and when.
require "reel.core"
local job = require "reel.core.job"
local journals = require "support.journals"
local inbox = require "reel.journal.inbox"
local wait_until = require "support.wait_until"
local Journal = require "reel.journal"

local it = require "support.bounded"(it)

local function new_call(fields)
  local call = {
    project = "p", origin = "http://vendor.example", key_kind = "content", key = "k1", take = 1,
    model = { name = "m" }, content = "input-1", input_json = '{"prompt":"a dune"}',
  }
  for name, value in pairs(fields or {}) do call[name] = value end
  return call
end

local nonces = 0

-- The number of a new attempt in a state, reached by the moves that lead there.
local function add_attempt(journal, call, ...)
  nonces = nonces + 1
  local attempt = assert(journal:intend(call, ("n%d"):format(nonces), "body", 7))
  for _, assignments in ipairs { ... } do
    journal:rows("UPDATE attempt SET " .. assignments .. " WHERE attempt_id = ?1",
      attempt.attempt_id)
  end
  return attempt.attempt_id
end

local LATCHED <const> = "state = 'latched', latched_ms = 1"

local function add_surplus(journal, call)
  return add_attempt(journal, call, LATCHED, "state = 'ambiguous'", "state = 'absent'",
    "state = 'surplus', task_id = 'late'")
end

local function count(journal, table_name)
  return journal:rows("SELECT count(*) AS n FROM " .. table_name)[1].n
end

describe("the journal", function()
  local path

  before_each(function() path = journals.make_folder() .. "/journal.db" end)
  after_each(function() journals.clean_up() end)

  local function open()
    local journal = Journal.open(path, "p", "script.lua")
    journals.defer(function() journal:close() end)
    return journal
  end

  describe("asked for a call", function()
    it("writes nothing when it knows nothing", function()
      local journal = open()
      assert.same({}, journal:ask(new_call()))
      assert.same({ 0, 0 }, { count(journal, "call"), count(journal, "run") })
    end)

    it("answers with the row, the live attempt and an equal call's surplus task", function()
      local journal = open()
      local surplus = add_surplus(journal, new_call { key = "other" })
      local attempt = add_attempt(journal, new_call())
      local known = journal:ask(new_call())
      assert.same({ "input-1", "intent", attempt, surplus },
        { known.row.input_sha256, known.attempt.state, known.attempt.attempt_id,
          known.surplus.attempt_id })
    end)

    it("finds a call under another spelling of its origin, which the call then has", function()
      local journal = open()
      local attempt = add_attempt(journal, new_call { origin = "http://vendor.example:80" })
      local call = new_call {
        other_origins = { "http://vendor.example.", "http://vendor.example:80" },
      }
      assert.equal(attempt, journal:ask(call).attempt.attempt_id)
      assert.equal("http://vendor.example:80", call.origin)
      assert.is_nil(journal:intend(call, "other", "body", 7)) -- so nothing is paid again
    end)

    it("prefers the call of the very origin", function()
      local journal = open()
      add_attempt(journal, new_call { origin = "http://vendor.example:80" })
      local attempt = add_attempt(journal, new_call())
      local call = new_call { other_origins = { "http://vendor.example:80" } }
      assert.equal(attempt, journal:ask(call).attempt.attempt_id)
      assert.equal("http://vendor.example", call.origin)
    end)

    it("offers a surplus task under another spelling, and looks for spellings once", function()
      local journal = open()
      local surplus = add_surplus(journal, new_call { origin = "http://vendor.example:80" })
      local function ask(key)
        local call = new_call { key = key, other_origins = { "http://vendor.example:80" } }
        return journal:ask(call), call
      end
      local known, call = ask "new"
      assert.same({ surplus, "http://vendor.example:80" },
        { known.surplus.attempt_id, call.origin })
      local searches, core = 0, journal.core
      journal.core = setmetatable({ run = function(_, statements)
        if statements[1][1]:find "json_each" then searches = searches + 1 end
        return core:run(statements)
      end }, { __index = core })
      ask "newer"
      journal.core = core
      assert.equal(0, searches)
    end)

    it("offers a surplus task to equal calls alone", function()
      local journal = open()
      add_surplus(journal, new_call { key = "other" })
      for name, value in pairs { project = "q", origin = "http://else.example", content = "input-2",
        model = { name = "n" } } do
        assert.is_nil(journal:ask(new_call { [name] = value }).surplus, name)
      end
    end)

    it("notes the run with the next new attempt", function()
      local first = open()
      add_attempt(first, new_call(), LATCHED, "state = 'refused'")
      first:close()
      local second = open()
      second:ask(new_call())
      assert.equal(first.run, second:rows("SELECT last_run FROM call")[1].last_run)
      add_attempt(second, new_call { key = "k2" })
      local row = second:rows("SELECT first_run, last_run FROM call WHERE key = 'k1'")[1]
      assert.same({ first.run, second.run }, { row.first_run, row.last_run })
    end)

    for _, way in ipairs { "closed", "collected" } do
      it("notes the run when it is " .. way, function()
        local first = open()
        add_attempt(first, new_call())
        local run
        do
          local second = Journal.open(path, "p")
          second:ask(new_call())
          run = second.run
          if way == "closed" then second:close() end
        end
        collectgarbage()
        collectgarbage()
        wait_until(function()
          return first:rows("SELECT last_run FROM call")[1].last_run == run
        end)
      end)
    end
  end)

  it("makes the rows of call, run and attempt in one commit", function()
    local journal = open()
    assert.is_nil(journal:ask(new_call()).row)
    add_attempt(journal, new_call())
    assert.same({ 1, 1, 1 },
      { count(journal, "call"), count(journal, "run"), count(journal, "attempt") })
    assert.equal(1, journal:ask(new_call()).attempt.n)
  end)

  -- Finds the statements that read a whole table, or all calls of a project: their work grows with
  -- the journal. SQLite lists the tables that refer to attempt, too, but reads them only to repair
  -- a broken reference.
  local is_large = { attempt = true, call = true, run = true, artifact = true, inbox = true }

  local function find_long_searches(journal, work)
    local core, statements, found = journal.core, {}, {}
    local recorder = setmetatable({}, { __index = core })
    function recorder.run(_, given)
      for _, statement in ipairs(given) do statements[#statements + 1] = statement end
      return core:run(given)
    end
    journal.core = recorder
    work()
    journal.core = core
    for _, statement in ipairs(statements) do
      local text, parameters = table.unpack(statement)
      for _, row in ipairs(journal:rows("EXPLAIN QUERY PLAN " .. text, table.unpack(parameters, 1,
        parameters.n))) do
        local name, index = row.detail:match("^SCAN (%w+) ?(.*)$")
        local reads_all = is_large[name] and not index:find("attempt_surplus")
        if reads_all or row.detail:find("(project=? AND origin=?)", 1, true) then
          found[#found + 1] = row.detail .. ": " .. text
        end
      end
    end
    assert.is_true(#statements > 0)
    return found
  end

  it("reads for a call and its task only rows that belong to them", function()
    local journal = open()
    local call = new_call()
    assert.same({}, find_long_searches(journal, function()
      journal:ask(call)
      add_attempt(journal, call, LATCHED)
      journal:answered(1, { class = "created", task_id = "t1" }, "answer")
      journal:missing(call.origin, "t1", true)
      journal:ended(call.origin, "t1", { state = "succeeded", remote_state = "success",
        result_json = "{}" })
      journal:stored { origin = call.origin, task_id = "t1", place = 1, url = "u", file = "f",
        sha256 = "s", bytes = 1 }
      journal:artifacts(call.origin, "t1")
      journal:saved("path", "s", call.origin, "t1")
      journal:saved_sha("path")
      journal:attempt(1)
      journal:attempt_of_task({ call.origin }, "t1")
      journal:ask(call)
      journal:substitute(new_call { take = 2 })
      journal:live_attempt(1)
    end))
  end)

  it("tells tasks apart that have the same id at two origins", function()
    local journal = open()
    for n, origin in ipairs { "http://one.example", "http://two.example" } do
      add_attempt(journal, new_call { origin = origin }, LATCHED)
      journal:answered(n, { class = "created", task_id = "same" }, "answer")
      journal:stored { origin = origin, task_id = "same", place = 1, url = "u", file = "f" .. n,
        sha256 = "s", bytes = 1 }
    end
    local found = {}
    for n, origin in ipairs { "http://one.example", "http://two.example" } do
      found[n] = {
        journal:attempt_of_task({ origin }, "same").attempt_id,
        journal:attempt_named("same", origin).attempt_id,
        journal:artifacts(origin, "same")[1].file,
      }
    end
    assert.same({ { 1, 1, "f1" }, { 2, 2, "f2" } }, found)
  end)

  describe("the answer to a create", function()
    local function add_answered(journal, call)
      local number = add_attempt(journal, call or new_call(), LATCHED)
      journal:rows("UPDATE attempt SET answer = CAST('{}' AS BLOB), curl_code = 0,"
        .. " http_status = 200 WHERE attempt_id = ?1", number)
      return number
    end

    local function stored(journal, number)
      local row = journal:rows("SELECT state, answer, http_status, curl_code FROM attempt"
        .. " WHERE attempt_id = ?1", number)[1]
      return { row.state, row.answer, row.http_status, row.curl_code }
    end

    it("is dropped once it names a task, and kept while the attempt is ambiguous", function()
      local journal = open()
      for i, verdict in ipairs { { class = "created", task_id = "t1" }, { class = "ambiguous" } } do
        local number = add_answered(journal, new_call { key = "k" .. i })
        assert.is_truthy(journal:answered(number, verdict, "answer"))
        assert.same({ verdict.class, verdict.class == "ambiguous" and "{}" or nil, 200, 0 },
          stored(journal, number))
      end
    end)

    it("is kept up to 4096 bytes if it refuses", function()
      local journal = open()
      for i, size in ipairs { 2, 4096, 4097, 2 ^ 20 } do
        local number = add_answered(journal, new_call { key = "k" .. i })
        local text = ("\0"):rep(size // 2) .. ("y"):rep(size - size // 2)
        journal:rows("UPDATE attempt SET answer = CAST(?1 AS BLOB) WHERE attempt_id = ?2", text,
          number)
        assert.is_truthy(journal:answered(number, { class = "refused" }, "answer"))
        assert.same({ size, true }, { size, stored(journal, number)[2] == text:sub(1, 4096) })
        assert.equal("blob", journal:rows("SELECT typeof(answer) AS type FROM attempt"
          .. " WHERE attempt_id = ?1", number)[1].type)
      end
    end)

    it("gives an ambiguous attempt its task, and no other verdict", function()
      local journal = open()
      local number = add_answered(journal)
      journal:answered(number, { class = "ambiguous" }, "recovery")
      assert.is_nil(journal:answered(number, { class = "refused" }, "answer"))
      assert.is_nil(journal:answered(number, { class = "ambiguous" }, "answer"))
      assert.same({ "ambiguous", "{}", 200, 0 }, stored(journal, number))
      assert.is_truthy(journal:answered(number, { class = "created", task_id = "t1" }, "answer"))
      assert.is_nil(journal:answered(number, { class = "created", task_id = "t2" }, "answer"))
      assert.same({ "created", nil, 200, 0 }, stored(journal, number))
    end)

    it("is kept if it names the task of another call", function()
      local journal = open()
      for i, key in ipairs { "k1", "k2" } do
        local number = add_answered(journal, new_call { key = key })
        journal:answered(number, { class = "created", task_id = "same" }, "answer")
        assert.equal(i == 2 and "{}" or nil, stored(journal, number)[2])
      end
    end)

    it("is dropped when an ambiguous attempt gets its task, and kept when it is given up",
      function()
        local journal = open()
        local function add_ambiguous(key)
          local number = add_answered(journal, new_call { key = key })
          journal:answered(number, { class = "ambiguous" }, "answer")
          return journal:attempt(number)
        end
        local found, adopted, absent = add_ambiguous "k1", add_ambiguous "k2", add_ambiguous "k3"
        assert.is_true(inbox.confirm(journal, found, "created", "t1"))
        journal:decide { attempt_id = adopted.attempt_id, kind = "adopt", why = "w",
          from = "ambiguous", to = "created", task_id = "t2" }
        journal:decide { attempt_id = absent.attempt_id, kind = "absent", why = "w",
          from = "ambiguous", to = "absent" }
        assert.same({ "created", nil, 200, 0 }, stored(journal, found.attempt_id))
        assert.same({ "created", nil, 200, 0 }, stored(journal, adopted.attempt_id))
        assert.same({ "absent", "{}", 200, 0 }, stored(journal, absent.attempt_id))
      end)

    it("is read only where it is used, and bounded", function()
      local journal = open()
      local number = add_answered(journal)
      journal:rows("UPDATE attempt SET answer = zeroblob(3000000)")
      assert.equal(2 ^ 20 + 1, #journal:unsettled()[1].answer)
      assert.equal(2 ^ 20 + 1, #journal:find(new_call()).attempt.answer)
      journal:answered(number, { class = "ambiguous" }, "answer")
      assert.is_nil(journal:find(new_call()).attempt.answer)
      assert.equal(65536, #journal:attempt(number).answer)
      assert.is_nil(journal:list()[1].answer)
    end)
  end)

  it("reads the records of tasks for a list only on request", function()
    local journal = open()
    local number = add_attempt(journal, new_call(), LATCHED, "state = 'created', task_id = 't1'",
      "state = 'succeeded', result_json = '{}'")
    assert.same({ nil, "{}" }, { journal:list()[1].result_json, journal:list(true)[1].result_json })
    assert.same({ { attempt_id = number, task_id = "t1" } }, journal:task_ids())
  end)

  it("makes no second live attempt", function()
    local journal = open()
    add_attempt(journal, new_call())
    assert.is_nil(journal:intend(new_call(), "again", "body", 7))
    assert.equal(1, count(journal, "attempt"))
  end)

  it("lets a surplus task serve a call once", function()
    local journal = open()
    local surplus = add_surplus(journal, new_call())
    for take = 2, 3 do journal:substitute(new_call { take = take }) end
    assert.equal(surplus, journal:ask(new_call { take = 2 }).attempt.attempt_id)
    assert.is_nil(journal:ask(new_call { take = 3 }).attempt)
    journal:drop_substitute(journal:ask(new_call { take = 2 }).row.call_id)
    assert.is_nil(journal:ask(new_call { take = 2 }).attempt)
  end)

  it("leaves a call with a live attempt without a surplus task", function()
    local journal = open()
    add_surplus(journal, new_call())
    local attempt = add_attempt(journal, new_call { take = 2 })
    journal:substitute(new_call { take = 2 })
    assert.equal(attempt, journal:ask(new_call { take = 2 }).attempt.attempt_id)
    assert.equal(0, count(journal, "substitute"))
  end)

  it("is closed twice without harm", function()
    local journal = open()
    journal:close()
    journal:close()
    assert.same({}, job.failures())
  end)
end)
