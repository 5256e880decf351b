-- Which schemas a journal may have (src/journal/rules.h).
local journal_core = require "reel.core" and require "reel.core.journal"
local journals = require "support.journals"

local program = (os.getenv("REEL_BUILD_DIR") or "build") .. "/spec/sqlite"

local schema, older = journals.read("src/journal/schema.sql"),
  journals.read("src/journal/older_schema.sql")

-- A journal of version 1 that has this schema; returns its path.
local function make_journal(sql)
  local path = journals.make_folder() .. "/journal.db"
  local pipe = assert(io.popen(("%s %s && chmod 600 %s"):format(program, path, path), "w"))
  pipe:write(sql, "PRAGMA user_version = 1;")
  assert(pipe:close())
  return path
end

local function refusal(sql)
  local journal, word, message = journal_core.open(make_journal(sql))
  assert.same({ nil, "journal" }, { journal, word })
  return message
end

local function assert_opens(sql)
  local journal = assert(journal_core.open(make_journal(sql)))
  journals.move(journal, journals.intend(journal), { "latched", "created" }, 0, "task")
  journal:close()
end

-- The schema with a text in place of another one, which must be there.
local function changed(from, to)
  local first, last = schema:find(from, 1, true)
  assert(first, from)
  return schema:sub(1, first - 1) .. to .. schema:sub(last + 1)
end

-- The statement of a schema that begins so.
local function statement(text, beginning)
  local from = assert(text:find(beginning, 1, true))
  local is_trigger = beginning:find("TRIGGER")
  local _, last = text:find(is_trigger and "END;" or ";", from, true)
  return text:sub(from, last)
end

describe("a journal's schema", function()
  after_each(journals.clean_up)

  it("may be today's", function()
    assert_opens(schema)
  end)

  it("may have other tables", function()
    assert_opens(schema .. "CREATE TABLE later(x UNIQUE); ANALYZE;")
  end)

  it("may lack an index that only makes reel faster", function()
    assert_opens(changed(statement(schema, "CREATE INDEX attempt_surplus"), ""))
  end)

  for _, beginning in ipairs { "CREATE TABLE call(", "CREATE TRIGGER attempt_born ",
    "CREATE TRIGGER substitute_fits " } do
    it("may have what an earlier build wrote: " .. beginning, function()
      assert_opens(changed(statement(schema, beginning), statement(older, beginning)))
    end)
  end

  it("may be all of an earlier build's", function()
    local sql = schema
    for beginning in older:gmatch("CREATE %u+ %l[%l_]*") do
      local old, new = statement(older, beginning), statement(sql, beginning)
      local first, last = sql:find(new, 1, true)
      sql = sql:sub(1, first - 1) .. old .. sql:sub(last + 1)
    end
    assert_opens(sql)
  end)

  local weaker = {
    { "a move that pays twice", "'latched>created',", "'latched>created', 'latched>intent'," },
    { "a trigger that says nothing", "RAISE(ABORT, 'illegal attempt transition')", "1" },
    { "a deletion of what was paid", "OLD.state <> 'refused' AND", "0 AND" },
    { "a second task id", "WHEN OLD.task_id IS NOT NULL AND", "WHEN 0 AND" },
    { "two live attempts", "'created', 'succeeded', 'missing');\n\n-- For",
      "'created');\n\n-- For" },
    { "an index that is not unique", "CREATE UNIQUE INDEX", "CREATE INDEX" },
    { "a table without a check",
      "CHECK(state IN ('intent', 'withdrawn') OR latched_ms IS NOT NULL)", "CHECK(1)" },
    { "a nonce that is not unique", "nonce TEXT NOT NULL UNIQUE", "nonce TEXT NOT NULL" },
    { "a call without its key", "UNIQUE(project, origin, key, take)", "UNIQUE(call_id)" },
    { "a comment that hides a rule", "WHEN OLD.state <> 'refused' AND OLD.latched_ms IS NOT NULL",
      "WHEN /* OLD.state <> 'refused' AND OLD.latched_ms IS NOT NULL */ 0" },
  }
  for _, case in ipairs(weaker) do
    local name, from, to = table.unpack(case)
    it("is refused with " .. name, function()
      assert.matches("money", refusal(changed(from, to)))
    end)
  end

  for _, beginning in ipairs { "CREATE TRIGGER attempt_keep", "CREATE TRIGGER attempt_is_needed",
    "CREATE UNIQUE INDEX one_live_attempt", "CREATE TABLE decision" } do
    it("is refused without " .. beginning, function()
      assert.matches("rules about money are missing in it, or were changed; restore it from a copy",
        refusal(changed(statement(schema, beginning), "")), 1, true)
    end)
  end

  local additions = {
    { "trigger extra", "CREATE TRIGGER extra AFTER INSERT ON inbox BEGIN DELETE FROM inbox; END;" },
    { "view v", "CREATE VIEW v AS SELECT 1;" },
    { "index u", "CREATE UNIQUE INDEX u ON inbox(task_id);" },
    { "index e", "CREATE INDEX e ON attempt(abs(task_id || -9223372036854775808));" },
    { "index x", "CREATE TABLE later(x); CREATE INDEX x ON later(x);" },
    { "table r", "CREATE TABLE r(x references attempt(task_id));" },
    { "table c", "CREATE TABLE c(x CHECK(length(hex(zeroblob(7000000))) <> x));" },
    { "table g", "CREATE TABLE g(x, y AS (hex(zeroblob(7000000))));" },
    { "table f", "CREATE VIRTUAL TABLE f USING fts5(x);" },
    { "trigger with an odd name", [[CREATE TRIGGER "a]] .. "\27" .. [[[2J" AFTER INSERT ON inbox
      BEGIN SELECT 1; END;]] },
  }
  for _, case in ipairs(additions) do
    local name, sql = table.unpack(case)
    it("is refused with a " .. name, function()
      assert.matches(("its %s is not one of reel's, and could weaken the rules about money; "
        .. "restore it from a copy"):format(name), refusal(schema .. sql), 1, true)
    end)
  end

  -- Rows of sqlite_schema that no statement makes, but that SQLite accepts.
  local forged = {
    { "a unique index in lower case", "index u", "CREATE UNIQUE INDEX u ON inbox(task_id);",
      "sql = 'create unique index u ON inbox(task_id)' WHERE name = 'u'" },
    { "a table in lower case", "table later", "CREATE TABLE later(x);",
      "sql = 'create table later(x)' WHERE name = 'later'" },
    { "an index with an empty text", "index sqlite_autoindex_attempt_1", "",
      "sql = '' WHERE name = 'sqlite_autoindex_attempt_1'" },
  }
  for _, case in ipairs(forged) do
    local title, shown, sql, change = table.unpack(case)
    it("is refused with " .. title, function()
      assert.matches(("its %s is not one of reel's, and could weaken the rules about money; "
        .. "restore it from a copy"):format(shown), refusal(schema .. sql
          .. "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET " .. change .. ";"), 1, true)
    end)
  end

  it("is not in the file when SQLite cannot read it", function()
    local path = make_journal(schema .. "PRAGMA writable_schema = ON;"
      .. "UPDATE sqlite_schema SET sql = 'CREATE TABLE call(' WHERE name = 'call';")
    assert.same({ nil, "journal" }, { (journal_core.open(path)),
      (select(2, journal_core.open(path))) })
  end)
end)
