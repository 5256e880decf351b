local job = require "reel.core" and require "reel.core.job"
local journal_core = require "reel.core.journal"
local journals = require "support.journals"
local wait_until = require "support.wait_until"
local lfs = require "lfs"

local sql, rows = journals.sql, journals.rows

local defer, clean_up = journals.defer, journals.clean_up
local make_folder = journals.make_folder

local function open(path)
  local journal = assert(journal_core.open(path or ":memory:"))
  defer(function() journal:close() end)
  return journal
end

local function write(path, bytes)
  local file <close> = assert(io.open(path, "wb"))
  file:write(bytes)
end

describe("reel.core.journal", function()
  after_each(function()
    clean_up()
    assert.same({}, job.failures())
  end)

  describe(".open", function()
    it("makes a file for its owner alone, in a folder for its owner alone", function()
      local folder = make_folder()
      open(folder .. "/.reel/journal.db")
      assert.equal("rwx------", lfs.attributes(folder .. "/.reel", "permissions"))
      assert.equal("rw-------", lfs.attributes(folder .. "/.reel/journal.db", "permissions"))
    end)

    it("puts every setting in force", function()
      local journal = open(make_folder() .. "/journal.db")
      local expected = {
        journal_mode = "delete", synchronous = 3, foreign_keys = 1, recursive_triggers = 1,
        trusted_schema = 0, mmap_size = 0, user_version = 1,
      }
      local version = rows(journal, "SELECT sqlite_version() AS v")[1].v
      local major, minor, patch = version:match("(%d+)%.(%d+)%.(%d+)")
      if major * 1000000 + minor * 1000 + patch >= 3051003 then
        expected.journal_mode, expected.synchronous = "wal", 2
      end
      local actual = {}
      for name in pairs(expected) do
        actual[name] = rows(journal, "PRAGMA " .. name)[1][name]
      end
      assert.same(expected, actual)
      assert.same({ { timeout = 5000 } }, rows(journal, "PRAGMA busy_timeout"))
    end)

    it("finds its rows again", function()
      local path = make_folder() .. "/journal.db"
      local journal = open(path)
      journals.intend(journal)
      journal:close()
      assert.same({ { state = "intent" } }, rows(open(path), "SELECT state FROM attempt"))
    end)

    it("follows links on the way to the folder, but opens no link", function()
      local folder = make_folder()
      lfs.mkdir(folder .. "/real")
      lfs.link(folder .. "/real", folder .. "/link", true)
      open(folder .. "/link/journal.db")
      assert.equal("file", lfs.attributes(folder .. "/real/journal.db", "mode"))
      lfs.link(folder .. "/real/journal.db", folder .. "/journal.db", true)
      local journal, word, message = journal_core.open(folder .. "/journal.db")
      assert.same({ nil, "journal" }, { journal, word })
      assert.matches("not a plain file", message)
    end)

    it("keeps one in memory from the disk", function()
      local here = lfs.currentdir()
      journals.intend(open(":memory:"))
      assert.is_nil(lfs.attributes(here .. "/:memory:"))
    end)

    -- name -> how the file is made; what the refusal says
    local refused = {
      { "a file that others may read", { function(path)
        open(path):close()
        os.execute("chmod 644 " .. path)
      end, "chmod 600" } },
      { "a folder that others may write", { function(_, folder)
        os.execute("chmod 702 " .. folder)
      end, "chmod 700" } },
      { "a folder", { lfs.mkdir, "not a plain file" } },
      { "a fifo", { function(path) os.execute("mkfifo -m 600 " .. path) end, "not a plain file" } },
      { "a file that is no database", { function(path)
        write(path, ("no database "):rep(100))
        os.execute("chmod 600 " .. path)
      end, "not a database" } },
      { "a damaged file", { function(path)
        local journal = open(path)
        for _ = 1, 50 do journals.intend(journal) end
        journal:close()
        local bytes = journals.read(path)
        write(path, bytes:sub(1, 8192) .. ("\xff"):rep(#bytes - 8192))
      end, "damaged" } },
      { "a newer version", { function(path)
        open(path):close()
        local bytes = journals.read(path)
        write(path, bytes:sub(1, 60) .. (">I4"):pack(2) .. bytes:sub(65))
      end, "a newer reel" } },
      { "the database of another program", { function(path)
        open(path):close()
        local bytes = journals.read(path)
        write(path, bytes:sub(1, 60) .. (">I4"):pack(0) .. bytes:sub(65))
      end, "not a journal of reel" } },
      { "a folder in no folder", { function(_, folder) lfs.rmdir(folder) end, nil,
        "/none/journal.db" } },
    }

    it("refuses a file and a folder of another user", function()
      local folder = make_folder()
      if lfs.attributes(folder, "uid") ~= 0 then return pending("only root gives files away") end
      local path = folder .. "/journal.db"
      open(path):close()
      for _, case in ipairs { { path, "the file belongs to another user" },
        { folder, "its folder belongs to another user" } } do
        os.execute("chown 12345 " .. case[1])
        local journal, word, message = journal_core.open(path)
        assert.same({ nil, "journal" }, { journal, word })
        assert.matches(case[2], message, 1, true)
      end
    end)

    for _, entry in ipairs(refused) do
      local name, case = table.unpack(entry)
      it("refuses " .. name, function()
        local folder = make_folder()
        local path = folder .. (case[3] or "/journal.db")
        case[1](path, folder)
        local journal, word, message = journal_core.open(path)
        assert.same({ nil, "journal" }, { journal, word })
        assert.matches(case[2] or "No such file", message, 1, true)
      end)
    end

    it("raises for a path that is none", function()
      assert.has_error(function() journal_core.open("a\0b") end)
      assert.has_error(function() journal_core.open(("x"):rep(5000)) end)
      assert.has_error(function() journal_core.open() end)
    end)

    it("lets go of a journal that nobody waits for any more", function()
      local path = make_folder() .. "/journal.db"
      local opening = job.spawn(journal_core.open, path)
      job.sleep(0)
      opening:cancel()
      assert.is_true(opening:join(5))
      journals.intend(open(path))
    end)
  end)

  describe(":run", function()
    local function add(journal, nonce, ...)
      return journal:run { sql("INSERT INTO inbox(nonce, received_ms) VALUES(?1, 1)", nonce), ... }
    end

    local function nonces(journal)
      local found = {}
      for i, row in ipairs(rows(journal, "SELECT nonce FROM inbox ORDER BY nonce")) do
        found[i] = row.nonce
      end
      return table.concat(found, " ")
    end

    it("returns the rows of each statement, of every type", function()
      local results = open():run {
        sql("SELECT ?1 AS a, ?2 AS b, ?3 AS c, ?4 AS d, ?5 AS e, x'00ff' AS f, ?6 AS g",
          1 << 60, 0.5, "t\0x", nil, true, ""),
        sql("SELECT value FROM json_each('[1,2]')"), sql("SELECT 1 AS x WHERE 0"),
      }
      assert.same({
        { { a = 1 << 60, b = 0.5, c = "t\0x", e = 1, f = "\0\xff", g = "" } },
        { { value = 1 }, { value = 2 } }, {},
      }, results)
    end)

    it("refuses what is not one whole statement", function()
      local journal = open()
      for text, words in pairs {
        ["SELECT 1; SELECT 2"] = "not exactly one SQL statement",
        [""] = "not exactly one SQL statement",
        ["SELECT ?1"] = "the statement has another number of parameters",
        ["SELEKT 1"] = 'near "SELEKT": syntax error',
      } do
        assert.same({ nil, "invalid", words }, { journal:run { sql(text) } })
      end
      rows(journal, "SELECT 1 ; \n")
    end)

    it("raises for what is no list of statements", function()
      local journal = open()
      local noisy = setmetatable({}, { __index = function() error "called" end })
      for _, bad in ipairs { 1, { 1 }, { {} }, { { "SELECT 1" } }, { { "SELECT 1", {} } },
        { { "SELECT ?", { {}, n = 1 } } }, { { "SELECT 1", { n = -1 } } },
        { { "SELECT 1", { n = 2.5 } } }, { { "SELECT 1", { n = 0 }, changes = "1" } },
        { { "SELECT 1\0", { n = 0 } } }, { noisy }, { { "SELECT 1", noisy } } } do
        assert.has_error(function() journal:run(bad) end)
      end
    end)

    it("is all or nothing", function()
      local journal = open()
      add(journal, "a", sql("INSERT INTO inbox(nonce) VALUES('b')"))
      assert.equal("", nonces(journal))
    end)

    it("fails when another number of rows changes than expected", function()
      local journal = open()
      add(journal, "a")
      local swap = { "UPDATE inbox SET nonce = 'c' WHERE nonce = ?1", table.pack("b"), changes = 1 }
      assert.same({ nil, "state", "the rows have changed meanwhile" }, { add(journal, "d", swap) })
      assert.equal("a", nonces(journal))
      swap[2][1] = "a"
      assert(add(journal, "d", swap))
      assert.equal("c d", nonces(journal))
    end)

    -- Holds the file until every function has posted its transaction: those that the I/O thread has
    -- begun with are one batch, the others one more.
    local function at_once(folder, path, ...)
      local unlock = journals.lock(folder, path)
      local jobs = {}
      for i, fn in ipairs { ... } do jobs[i] = job.spawn(fn) end
      jobs[#jobs + 1] = job.spawn(unlock)
      for _, each in ipairs(jobs) do assert.is_true(each:join(10)) end
      local results = {}
      for i, each in ipairs(jobs) do results[i] = table.pack(each:result()) end
      return results
    end

    local function adder(journal, nonce, ...)
      local more = { ... }
      return function() return add(journal, nonce, table.unpack(more)) end
    end

    it("commits together what was posted together", function()
      local folder = make_folder()
      local path = folder .. "/journal.db"
      local journal = open(path)
      local before, functions = journals.commits(path), {}
      for i = 1, 50 do functions[i] = adder(journal, ("%02d"):format(i)) end
      at_once(folder, path, table.unpack(functions))
      assert.equal(50, rows(journal, "SELECT count(*) AS n FROM inbox")[1].n)
      assert.is_true(journals.commits(path) - before <= 2)
    end)

    it("leaves its neighbours alone when it fails", function()
      local folder = make_folder()
      local path = folder .. "/journal.db"
      local journal = open(path)
      local results = at_once(folder, path, adder(journal, "a"), adder(journal, "b"),
        adder(journal, "c", sql("INSERT INTO inbox(nonce) VALUES('x')")), adder(journal, "d"))
      assert.equal("state", results[3][2])
      assert.equal("a b d", nonces(journal))
    end)

    it("leaves its neighbours alone when SQLite undoes everything", function()
      local folder = make_folder()
      local path = folder .. "/journal.db"
      local journal = open(path)
      local results = at_once(folder, path, adder(journal, "a"),
        adder(journal, "b", sql("SELECT nonce FROM inbox ORDER BY nonce")),
        adder(journal, "c", sql("INSERT OR ROLLBACK INTO inbox(nonce) VALUES('x')")),
        adder(journal, "d", sql("SELECT nonce FROM inbox ORDER BY nonce")))
      assert.same({ nil, "state", "NOT NULL constraint failed: inbox.received_ms", n = 3 },
        results[3])
      assert.same({ { nonce = "a" }, { nonce = "b" } }, results[2][1][2])
      assert.same({ { nonce = "a" }, { nonce = "b" }, { nonce = "d" } }, results[4][1][2])
      assert.equal("a b d", nonces(journal))
    end)

    it("says busy when another process holds the file, and goes on later", function()
      local folder = make_folder()
      local path = folder .. "/journal.db"
      local journal = open(path)
      local unlock = journals.lock(folder, path)
      assert.same({ nil, "busy", "database is locked" }, { add(journal, "a") })
      unlock()
      assert(add(journal, "b"))
      assert.equal("b", nonces(journal))
    end)

    it("shares the file with other processes", function()
      local folder = make_folder()
      local path = folder .. "/journal.db"
      local code = ([[
        require "reel.core"
        local journal = assert(require "reel.core.journal".open(%q))
        for _ = 1, 20 do
          assert(journal:run { { "INSERT INTO inbox(nonce, received_ms) VALUES('n',"
            .. " 1 + coalesce((SELECT max(received_ms) FROM inbox), 0))", { n = 0 } } })
        end
        print "done"
      ]]):format(path)
      local pipes = {}
      for i = 1, 3 do
        pipes[i] = io.popen("exec " .. journals.command(folder .. "/child" .. i .. ".lua", code))
      end
      for _, pipe in ipairs(pipes) do assert.equal("done\n", pipe:read("a")) end
      assert.same({ { n = 60, last = 60 } }, rows(open(path),
        "SELECT count(*) AS n, max(received_ms) AS last FROM inbox"))
    end)

    it("trusts the file no more after a failed write, until it is opened again", function()
      local folder = make_folder()
      local output = journals.child(folder, ([[
        require "reel.core"
        local core = require "reel.core.journal"
        local journal = assert(core.open(%q))
        local function add(id)
          local results, word, message = journal:run { {
            "INSERT INTO inbox(nonce, task_id, received_ms) VALUES('n', ?1, 1)", table.pack(id) } }
          print(results and "ok" or word, message)
        end
        add("a")
        add(("x"):rep(1 << 20))
        add("b")
        journal:close()
        journal = assert(core.open(%q))
        add("c")
        print(#journal:run { { "SELECT 1 FROM inbox", { n = 0 } } }[1])
      ]]):format(folder .. "/journal.db", folder .. "/journal.db"),
        "ulimit -f 400; trap '' XFSZ; exec")
      local first, second, third, fourth, count = output:match(
        "^(%w+)[^\n]*\n([^\n]*)\n([^\n]*)\n(%w+)[^\n]*\n(%d+)\n$")
      assert.same({ "ok", "ok", "2" }, { first, fourth, count }, output)
      assert.matches("^journal.*opened again", second)
      assert.matches("^journal.*opened again", third)
    end)

    it("writes what was posted when its job is cancelled", function()
      local path = make_folder() .. "/journal.db"
      local journal = open(path)
      local writing = job.spawn(add, journal, "a")
      job.sleep(0)
      writing:cancel()
      assert.is_true(writing:join(5))
      assert.equal("a", nonces(journal))
    end)

    it("writes what was posted when the state is closed", function()
      local folder = make_folder()
      local path = folder .. "/journal.db"
      for i, how in ipairs { "os.exit(true, true)", "journal:close() os.exit(true, true)" } do
        journals.child(folder, ([[
          require "reel.core"
          local job = require "reel.core.job"
          local journal = assert(require "reel.core.journal".open(%q))
          for i = 1, 10 do
            job.spawn(function()
              journal:run { { "INSERT INTO inbox(nonce, received_ms) VALUES('a', 1)", { n = 0 } } }
            end):detach()
          end
          job.sleep(0)
          %s
        ]]):format(path, how))
        assert.equal(i * 10, rows(open(path), "SELECT count(*) AS n FROM inbox")[1].n)
      end
    end)
  end)

  describe("a statement that is run again", function()
    it("has none of its earlier parameters and rows", function()
      local journal = open()
      assert.same({ { a = "x", b = 1 } }, rows(journal, "SELECT ?1 AS a, ?2 AS b", "x", 1))
      assert.same({ { b = 2 } }, rows(journal, "SELECT ?1 AS a, ?2 AS b", nil, 2))
      local results, word, message = journal:run { sql("SELECT ?1 AS a, ?2 AS b", "y") }
      assert.is_nil(results)
      assert.equal("invalid", word)
      assert.matches("number of parameters", message)
    end)

    it("works after it failed", function()
      local journal = open()
      local insert = "INSERT INTO inbox(inbox_id, nonce, received_ms) VALUES(?1, ?2, 1)"
      rows(journal, insert, 1, "a")
      assert.equal("state", select(2, journal:run { sql(insert, 1, "b") }))
      rows(journal, insert, 2, "c")
      assert.same({ { nonce = "a" }, { nonce = "c" } }, rows(journal, "SELECT nonce FROM inbox"))
    end)

    it("sees what another process has changed meanwhile", function()
      local path = make_folder() .. "/journal.db"
      local first, second = open(path), open(path)
      for i = 1, 3 do
        rows(second, "INSERT INTO inbox(nonce, received_ms) VALUES('a', 1)")
        assert.equal(i, rows(first, "SELECT count(*) AS n FROM inbox")[1].n)
      end
    end)

    it("is one of as many as there are", function()
      local journal = open()
      for _ = 1, 2 do
        for i = 1, 300 do
          assert.equal(i, rows(journal, ("SELECT %d AS n"):format(i))[1].n)
        end
      end
    end)
  end)

  describe(":post", function()
    it("writes, also when the journal is closed at once", function()
      local path = make_folder() .. "/journal.db"
      local journal = open(path)
      journal:post { sql("INSERT INTO inbox(nonce, received_ms) VALUES(?1, 1)", "a") }
      journal:close()
      local other = open(path)
      wait_until(function() return rows(other, "SELECT nonce FROM inbox")[1] end)
    end)

    it("says nothing when a rule of the schema says no", function()
      local journal = open()
      journal:post { sql("INSERT INTO inbox(nonce) VALUES('a')") }
      assert.same({}, rows(journal, "SELECT nonce FROM inbox"))
      assert.same({}, job.failures())
    end)
  end)

  describe(":close", function()
    it("comes after everything that was posted before, and may be repeated", function()
      local path = make_folder() .. "/journal.db"
      local journal = open(path)
      local writing = job.spawn(journal.run, journal,
        { sql("INSERT INTO inbox(nonce, received_ms) VALUES('a', 1)") })
      job.sleep(0)
      journal:close()
      journal:close()
      assert.is_true(writing:join(5))
      assert.truthy(writing:result())
      assert.has_error(function() journal:run {} end, nil)
    end)

    it("is done by the collector, too", function()
      local path = make_folder() .. "/journal.db"
      for _ = 1, 3 do
        assert(journal_core.open(path))
        collectgarbage()
      end
      journals.intend(open(path))
    end)
  end)
end)
