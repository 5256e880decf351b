-- The rules about money that stand in src/journal/schema.sql: no mistake in C or Lua can break
-- them.
local journal_core = require "reel.core" and require "reel.core.journal"
local journals = require "support.journals"

local sql, rows = journals.sql, journals.rows

describe("the journal's schema", function()
  local journal, attempt

  before_each(function()
    journal = assert(journal_core.open(":memory:"))
    attempt = journals.intend(journal, { estimate = 3.5 })
  end)

  after_each(function() journal:close() end)

  local function refusal(text, ...)
    local results, word, message = journal:run { sql(text, ...) }
    assert.is_nil(results)
    assert.equal("state", word)
    return message
  end

  local INSERT <const> = " INTO attempt(attempt_id, call_id, n, run, nonce, body_sha256, origin,"
    .. " state, latched_ms, task_id) VALUES(?1, ?2, ?3, 'run1', ?4, 'b', 'https://v:443', ?5,"
    .. " ?6, ?7)"
  local function insert(how, id, call, n, nonce, state, latched_ms, task_id)
    return how .. INSERT, id, call, n, nonce, state, latched_ms, task_id
  end

  it("refuses an attempt that does not begin as an intent", function()
    for _, state in ipairs { "latched", "created", "absent", "withdrawn" } do
      assert.equal("an attempt must begin as an intent",
        refusal(insert("INSERT", nil, 1, 2, "x", state, 1, "t")))
    end
  end)

  local STATES <const> = { "intent", "latched", "ambiguous", "created", "succeeded", "failed",
    "missing", "refused", "withdrawn", "absent", "abandoned", "surplus" }
  -- How a state is come by, and where it may lead.
  local moves = {
    { "intent", { {}, "latched withdrawn" } },
    { "latched", { { "latched" }, "created refused ambiguous" } },
    { "ambiguous", { { "latched", "ambiguous" }, "created absent abandoned" } },
    { "created", { { "latched", "created" }, "succeeded failed missing" } },
    { "succeeded", { { "latched", "created", "succeeded" }, "" } },
    { "failed", { { "latched", "created", "failed" }, "" } },
    { "missing", { { "latched", "created", "missing" }, "succeeded failed created abandoned" } },
    { "refused", { { "latched", "refused" }, "" } },
    { "withdrawn", { { "withdrawn" }, "" } },
    { "absent", { { "latched", "ambiguous", "absent" }, "created surplus" } },
    { "abandoned", { { "latched", "ambiguous", "abandoned" }, "created surplus" } },
    { "surplus", { { "latched", "ambiguous", "absent", "surplus" }, "" } },
  }
  for _, entry in ipairs(moves) do
    local from, case = table.unpack(entry)
    it("lets " .. from .. " become " .. (case[2] == "" and "nothing else" or case[2]), function()
      journals.move(journal, attempt, case[1], 0, "task")
      for _, to in ipairs(STATES) do
        if not (" " .. case[2] .. " "):find(" " .. to .. " ", 1, true) then
          assert.equal("illegal attempt transition", refusal(
            "UPDATE attempt SET state = ?1, latched_ms = 1, task_id = 'task'", to))
        end
      end
      for to in case[2]:gmatch("%a+") do
        local _, _, message = journal:run {
          sql("UPDATE attempt SET state = ?1, latched_ms = 1, task_id = 'task'", to),
          { "DELETE FROM inbox", { n = 0 }, changes = 1 }, -- fails and takes the move back
        }
        assert.equal("the rows have changed meanwhile", message)
        assert.same({ { state = from } }, rows(journal, "SELECT state FROM attempt"))
      end
    end)
  end

  it("refuses a second live attempt of a call", function()
    for _, states in ipairs { {}, { "latched" }, { "ambiguous" } } do
      journals.move(journal, attempt, states)
      assert.matches("UNIQUE constraint failed: attempt.call_id",
        refusal(insert("INSERT", nil, 1, 2, "x", "intent")))
    end
    journals.move(journal, attempt, { "created", "succeeded" }, 0, "task")
    assert.matches("UNIQUE constraint failed: attempt.call_id",
      refusal(insert("INSERT", nil, 1, 2, "x", "intent")))
  end)

  it("takes another attempt after a definite no", function()
    journals.move(journal, attempt, { "latched", "refused" })
    rows(journal, insert("INSERT", nil, 1, 2, "x", "intent"))
  end)

  local SUBSTITUTE <const> = "INSERT INTO substitute VALUES(?1, ?2, 1)"
  local NOT_FIT <const> = "only a surplus task may serve a call, and only if the call has no live "
    .. "attempt"

  it("lets one surplus task serve one call that has no other", function()
    local second, third = journals.intend(journal), journals.intend(journal)
    journals.move(journal, attempt, { "latched", "ambiguous", "absent", "surplus" }, 0, "task")
    assert.equal(NOT_FIT, refusal(SUBSTITUTE, 2, 1))
    journals.move(journal, second, { "withdrawn" })
    journals.move(journal, third, { "withdrawn" })
    rows(journal, SUBSTITUTE, 2, 1)
    assert.matches("UNIQUE", refusal(SUBSTITUTE, 3, 1))
    assert.equal("the call has a surplus task",
      refusal(insert("INSERT", nil, 2, 2, "x", "intent")))
    rows(journal, "DELETE FROM substitute")
    rows(journal, insert("INSERT", nil, 2, 2, "x", "intent"))
  end)

  it("lets nothing but a surplus task be a substitute", function()
    journals.move(journal, journals.intend(journal), { "withdrawn" })
    for _, states in ipairs { { "latched" }, { "ambiguous" }, { "absent" } } do
      journals.move(journal, attempt, states)
      assert.equal(NOT_FIT, refusal(SUBSTITUTE, 2, 1))
    end
  end)

  it("refuses another task id", function()
    journals.move(journal, attempt, { "latched", "created" }, 0, "task")
    assert.equal("task_id is write-once", refusal("UPDATE attempt SET task_id = 'other'"))
    assert.equal("task_id is write-once", refusal("UPDATE attempt SET task_id = NULL"))
  end)

  it("refuses a task without its id, and one id for two attempts", function()
    journals.move(journal, attempt, { "latched" })
    assert.matches("CHECK", refusal("UPDATE attempt SET state = 'created'"))
    journals.move(journal, attempt, { "created" }, 0, "task")
    local other = journals.move(journal, journals.intend(journal), { "latched" })
    assert.matches("UNIQUE", refusal(
      "UPDATE attempt SET state = 'created', task_id = 'task' WHERE attempt_id = ?1", other.id))
  end)

  it("refuses a sent attempt without its time", function()
    assert.matches("CHECK", refusal("UPDATE attempt SET state = 'latched'"))
  end)

  it("never deletes what may have been paid", function()
    journals.move(journal, attempt, { "latched" })
    local words = "attempts that may have been paid are never deleted"
    assert.equal(words, refusal("DELETE FROM attempt"))
    assert.equal(words, refusal(insert("INSERT OR REPLACE", 1, 1, 1, "nonce1", "intent")))
    assert.equal(words, refusal(insert("REPLACE", nil, 1, 2, "x", "intent"))) -- the live one
    local other = journals.intend(journal)
    assert.equal(words, refusal("UPDATE OR REPLACE attempt SET nonce = 'nonce1'"
      .. " WHERE attempt_id = ?1", other.id))
    assert.matches("FOREIGN KEY", refusal("DELETE FROM call WHERE call_id = 1"))
    assert.matches("FOREIGN KEY", refusal("DELETE FROM run"))
  end)

  it("deletes what was certainly not", function()
    rows(journal, "DELETE FROM attempt")
    local other = journals.intend(journal, { id = 2, nonce = "nonce2" })
    journals.move(journal, other, { "latched", "refused" })
    rows(journal, "DELETE FROM attempt")
  end)

  it("knows its runs and calls", function()
    assert.matches("FOREIGN KEY", refusal(insert("INSERT", nil, 99, 1, "x", "intent")))
    assert.matches("FOREIGN KEY", refusal("INSERT INTO decision(attempt_id, kind, why,"
      .. " decided_ms) VALUES(99, 'absent', 'w', 1)"))
  end)

  it("cannot be changed from Lua, and neither can the settings", function()
    for _, text in ipairs { "DROP TRIGGER attempt_keep", "DROP TABLE call",
      "ALTER TABLE attempt RENAME TO other", "CREATE TABLE other(x)", "CREATE TEMP TABLE t(x)",
      "PRAGMA foreign_keys = OFF", "PRAGMA recursive_triggers(0)",
      "PRAGMA writable_schema = ON", "ATTACH ':memory:' AS other", "BEGIN", "COMMIT",
      "ROLLBACK", "SAVEPOINT two", "RELEASE one", "ROLLBACK TO one" } do
      local results, word, message = journal:run { sql(text) }
      assert.same({ nil, "invalid", "not authorized" }, { results, word, message }, text)
    end
  end)
end)
