-- The spool file as it is read: whole records, whatever stands between them, and the attempts that
-- get them.
require "reel.core"
local job = require "reel.core.job"
local journals = require "support.journals"
local lfs = require "lfs"
local log = require "reel.base.log"
local wait_until = require "support.wait_until"
local Journal = require "reel.journal"
local recovery = require "reel.journal.recovery"
local spool = require "reel.journal.spool"

local it = require "support.bounded"(it)

local function nonce_of(i) return ("%032x"):format(i) end

local function record(i, body)
  return ("%s 200 0 %d\n%s\n"):format(nonce_of(i), #body, body)
end

local HUGE <const> = "9223372036854775807"
local HTML <const> = "<html>\n<body>\nBad gateway\n</body>\n</html>"

-- What is no record. None of them may hide a record before or after it, or stop the reading.
local bad = {
  { "a size of 2^63 - 1", ("%s 200 0 %s\nx\n"):format(nonce_of(9), HUGE) },
  { "a size of 20 digits", ("%s 200 0 %s\nx\n"):format(nonce_of(9), ("9"):rep(20)) },
  { "a size of a million digits", ("%s 200 0 %s\nx\n"):format(nonce_of(9), ("9"):rep(1000000)) },
  { "a negative size", nonce_of(9) .. " 200 0 -5\nx\n" },
  { "a status of 20 digits", ("%s %s 0 1\nx\n"):format(nonce_of(9), ("1"):rep(20)) },
  { "unknown words", "hello, world\n" },
  { "nothing but an end of line", "\n" },
  { "zero bytes", ("\0"):rep(1000) .. "\n" },
  { "a head without a body", nonce_of(9) .. " 200 0 300\n" },
  { "a body that was cut", nonce_of(9) .. ' 200 0 300\n{"code":200,"data"' },
  { "a page that was cut", ("%s 502 0 %d\n%s"):format(nonce_of(9), #HTML, HTML:sub(1, 20)) },
  { "half a head", nonce_of(9) .. " 20" },
  { "a long line", ("f"):rep(3000000) .. "\n" },
}

local function nonces(records)
  local found = {}
  for i, each in ipairs(records) do found[i] = each.nonce end
  return found
end

describe("reel.journal.spool.parse", function()
  it("finds each record, with any bytes in its body", function()
    local bodies = { "kept", "", "a\n\0b\n", HTML, nonce_of(7) .. " 200 0 1\nx\n" }
    local text = ""
    for i, body in ipairs(bodies) do text = text .. record(i, body) end
    local records, bad_bytes = spool.parse(text)
    assert.equal(0, bad_bytes)
    assert.equal(#bodies, #records)
    for i, body in ipairs(bodies) do
      local each = records[i]
      assert.same({ nonce_of(i), 200, 0, body },
        { each.nonce, each.http_status, each.curl_code, each.body })
    end
  end)

  it("finds nothing in an empty file", function()
    assert.same({ {}, 0 }, { spool.parse("") })
  end)

  for _, case in ipairs(bad) do
    local name, text = table.unpack(case)
    it("counts " .. name .. ", and finds what is before and after", function()
      local records, bad_bytes = spool.parse(record(1, "one") .. text .. record(2, "two"))
      assert.same({ nonce_of(1), nonce_of(2) }, nonces(records))
      assert.equal(#text, bad_bytes)
      records, bad_bytes = spool.parse(record(1, "one") .. text)
      assert.same({ { nonce_of(1) }, #text }, { nonces(records), bad_bytes })
      records, bad_bytes = spool.parse(text .. text .. record(2, "two"))
      assert.same({ { nonce_of(2) }, 2 * #text }, { nonces(records), bad_bytes })
    end)
  end

  it("does not take the records after half a page for the rest of it", function()
    local half = ("%s 502 0 4000\n%s"):format(nonce_of(9), HTML)
    local others = {}
    for i = 1, 100 do others[i] = record(i, HTML) end
    assert.equal(100, #spool.parse(half .. table.concat(others)))
  end)

  it("takes time that grows with the size, whatever the lines say", function()
    local lines = {}
    for i = 1, 200000 do lines[i] = "a 1 1 " .. i % 9000000 .. "\n" end
    spool.parse(table.concat(lines))
    spool.parse(("a 1 1 1000000\n"):rep(200000))
    spool.parse(("\n"):rep(3000000))
  end)
end)

describe("the spool file of a journal", function()
  local folder, path, lines

  before_each(function()
    folder = journals.make_folder()
    path = folder .. "/journal.db"
    lines = {}
    log.set_sink(function(level, line) lines[#lines + 1] = level .. " " .. line end)
  end)

  after_each(function()
    log.set_sink()
    journals.clean_up()
    assert.same({}, job.failures())
  end)

  local function write(text, mode)
    local file <close> = assert(io.open(path .. ".spool", mode or "wb"))
    file:write(text)
  end

  -- Adds attempts that a dead runtime has sent.
  local function add_sent(journal, count)
    for i = 1, count do
      local attempt = assert(journal:intend({
        project = "p", origin = "http://vendor.example", key_kind = "content", key = "k" .. i,
        take = 1, model = { name = "m" }, content = "input-" .. i, input_json = "{}",
      }, nonce_of(i), "body", 7))
      journal:rows("UPDATE attempt SET state = 'latched', latched_ms = 1, latched_by = 'gone'"
        .. " WHERE attempt_id = ?1", attempt.attempt_id)
    end
  end

  local function states_of(journal)
    local found = {}
    for i, row in ipairs(journal:rows("SELECT state, task_id FROM attempt ORDER BY attempt_id")) do
      found[i] = ("%s %s"):format(row.state, row.task_id or "-")
    end
    return found
  end

  -- Opens the journal as a command does, with attempts that a dead runtime has sent.
  local function recover(count)
    local journal = Journal.open(path, "p", "script.lua")
    journals.defer(function() journal:close() end)
    add_sent(journal, count or 0)
    recovery.run(journal)
    return states_of(journal)
  end

  local function answer(i)
    return record(i, ('{"code":200,"data":{"taskId":"task%d"}}'):format(i))
  end

  -- Files that were set aside.
  local function set_aside()
    local found = {}
    for name in lfs.dir(folder) do
      if name:find("^journal%.db%.spool%.bad%-%x+$") then found[#found + 1] = name end
    end
    return found
  end

  it("is read, and stays as it is", function()
    write(answer(1) .. answer(2))
    assert.same({ "created task1", "created task2" }, recover(2))
    assert.same({}, set_aside())
    assert.equal(answer(1) .. answer(2), journals.read(path .. ".spool"))
    assert.same({}, lines)
  end)

  for _, case in ipairs(bad) do
    local name, text = table.unpack(case)
    it("gives all its answers, and is set aside with a warning, with " .. name, function()
      local all = answer(1) .. text .. answer(2)
      write(all)
      assert.same({ "created task1", "created task2" }, recover(2))
      local names = set_aside()
      assert.equal(1, #names)
      assert.is_true(journals.read(folder .. "/" .. names[1]) == all)
      assert.is_nil(lfs.attributes(path .. ".spool"))
      assert.equal(("warn the spool file %s.spool has %d bytes that are no whole answer; what "
        .. "could be read is in the journal, and the file is kept as %s beside it"):format(path,
          #text, names[1]), lines[1])
      assert.equal(1, #lines)
    end)
  end

  it("is told of once", function()
    write("hello\n")
    recover()
    recover()
    assert.equal(1, #lines)
  end)

  it("stays while another process appends to it", function()
    local half = answer(2):sub(1, -5)
    write(answer(1) .. half)
    local mark = folder .. "/mark"
    local pipe = assert(io.popen(("exec flock %s.spool sh -c 'touch %s; i=0; "
      .. "while [ -e %s ] && [ $i -lt 1000 ]; do sleep 0.01; i=$((i+1)); done'")
      :format(path, mark, mark)))
    journals.defer(function()
      os.remove(mark)
      pipe:close()
    end)
    wait_until(function() return lfs.attributes(mark) end)
    assert.same({ "created task1" }, recover(1))
    assert.same({ {}, {} }, { set_aside(), lines })
    assert.equal(answer(1) .. half, journals.read(path .. ".spool"))
  end)

  it("is not followed if it is a link, and not waited for if it is a pipe", function()
    local victim = folder .. "/victim"
    local file <close> = assert(io.open(victim, "w"))
    file:write("hello\n")
    file:flush()
    lfs.link(victim, path .. ".spool", true)
    recover()
    assert.matches("cannot be read: .*this is a symbolic link; ", lines[1])
    os.execute(("mkfifo %s.spool"):format(path))
    recover()
    assert.matches("cannot be read: .*this is not a plain file; ", lines[2])
    os.execute(("mkdir %s.spool"):format(path))
    recover()
    assert.matches("cannot be read: .*this is not a plain file; ", lines[3])
    assert.equal(3, #set_aside())
    assert.equal("hello\n", journals.read(victim))
  end)

  -- Without the superuser's right to read every file.
  local AS_USER <const> = "exec 2>&1; user=; [ $(id -u) != 0 ] "
    .. "|| user='setpriv --bounding-set -dac_override,-dac_read_search'; exec $user"

  local function recover_without_rights()
    local output = journals.child(folder, ([[
      require "reel.core"
      local Journal, recovery = require "reel.journal", require "reel.journal.recovery"
      require "support.in_job" (function()
        local journal = Journal.open(%q, "p", "script.lua")
        recovery.run(journal)
        for _, row in ipairs(journal:unsettled()) do
          local ok, err = pcall(recovery.classify, journal, row)
          print(ok, err)
          print(err.kind, err.billed, err.attempt)
        end
        journal:close()
      end)
    ]]):format(path), AS_USER)
    return output:gsub(path:gsub("%p", "%%%0"), "PATH")
  end

  it("stays if it is a file that cannot be read, and the attempts it may answer stay latched",
    function()
      local journal = Journal.open(path, "p", "script.lua")
      add_sent(journal, 2)
      journal:add_answer(nonce_of(2), 200, 0, '{"code":200,"data":{"taskId":"task2"}}')
      write(answer(1))
      assert(os.execute(("chmod 0 %s.spool"):format(path)))
      local problem = "the spool file PATH.spool cannot be read: PATH.spool: Permission denied; "
        .. "make it a file that belongs to you and that you may read and write (chown, chmod 600), "
        .. "then run reel again"
      assert.equal(("reel: error: %s; until then, attempts whose answers it may hold stay as they "
        .. "are\nfalse\tjournal: attempt 1 was sent, and its answer may be in a file that reel "
        .. "could not read: %s\njournal\tmaybe\t1\n"):format(problem, problem),
        recover_without_rights())
      assert.same({ "latched -", "created task2" }, states_of(journal))
      assert(os.execute(("chmod 600 %s.spool"):format(path)))
      assert.same({ {}, answer(1) }, { set_aside(), journals.read(path .. ".spool") })
      assert.same({ "created task1", "created task2" }, recover())
    end)

  it("gives an attempt one answer, and none to an attempt that has one", function()
    write(answer(1) .. record(1, '{"code":200,"data":{"taskId":"other"}}'))
    assert.same({ "created task1" }, recover(1))
    assert.same({ "created task1" }, recover())
  end)

  it("gives an ambiguous attempt its task, and nothing else", function()
    assert.same({ "ambiguous -", "ambiguous -", "ambiguous -", "ambiguous -" }, recover(4))
    lines = {}
    write(answer(1) .. record(2, '{"code":402,"msg":"no credits"}') .. record(3, HTML)
      .. ("%s 200 56 60\n%s\n"):format(nonce_of(4), '{"code":200,"data":{"taskId":"task4"}}'
        .. (" "):rep(22)))
    for _ = 1, 2 do
      assert.same({ "created task1", "ambiguous -", "ambiguous -", "ambiguous -" }, recover())
    end
    assert.same({ "info attempt 1 is settled by its stored answer: its task is task1",
      "error attempts 2, 3, 4 were sent, but their outcome is unknown, and they may be billed; "
      .. "reel tasks tells how to settle them" }, { lines[1], lines[2] })
  end)

  it("gives an ambiguous attempt no task that another one has", function()
    write(answer(1))
    assert.same({ "created task1", "ambiguous -" }, recover(2))
    write(record(2, '{"code":200,"data":{"taskId":"task1"}}'), "ab")
    assert.same({ "created task1", "ambiguous -" }, recover())
  end)

  it("gives no task to an attempt that a person has given up", function()
    local journal = Journal.open(path, "p", "script.lua")
    journals.defer(function() journal:close() end)
    recover(1)
    journal:decide { attempt_id = 1, kind = "absent", why = "w", from = "ambiguous", to = "absent" }
    write(answer(1))
    assert.same({ "absent -" }, recover())
  end)

  it("is looked for beside a journal that has a file", function()
    local here = lfs.currentdir()
    lfs.chdir(folder)
    local file = assert(io.open(":memory:.spool", "w"))
    file:write("hello\n")
    file:close()
    local journal = Journal.open(":memory:", "p")
    recovery.run(journal)
    journal:close()
    lfs.chdir(here)
    assert.equal("file", lfs.attributes(folder .. "/:memory:.spool", "mode"))
    assert.same({}, lines)
  end)
end)
