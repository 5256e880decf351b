-- Where an answer goes that the journal cannot take.
local job = require "reel.core" and require "reel.core.job"
local journals = require "support.journals"
local lfs = require "lfs"
local sends = require "support.sends"

local intend, open, row, serve = journals.intend, sends.open, sends.row, sends.serve
local posting, PRINT <const> = sends.posting, sends.PRINT

-- Files of so many half KiB at most.
local SMALL_FILES <const> = "exec 2>&1; ulimit -f 400; trap '' XFSZ; exec"

describe("an answer", function()
  after_each(function()
    journals.clean_up()
    assert.same({}, job.failures())
  end)

  -- The spool's records, whole.
  local function spooled(path)
    local text, found = journals.read(path .. ".spool"), {}
    while text ~= "" do
      local nonce, status, code, size, from = text:match("^(%w+) (%d+) (%d+) (%d+)\n()")
      local stop = from + math.tointeger(size)
      found[#found + 1] = { nonce, tonumber(status), tonumber(code), text:sub(from, stop - 1) }
      assert.equal("\n", text:sub(stop, stop))
      text = text:sub(stop + 1)
    end
    return found
  end

  -- Sends an attempt whose answer the journal cannot store, since another process has it locked.
  local function send_to_locked(folder, path)
    local journal = open(path)
    local server = serve(([[
      local lfs = require "lfs"
      return function(c)
        c:read()
        local file = io.open(%q, "r+")
        lfs.lock(file, "w", 0x40000001, 1)
        c:answer(200, "kept\n")
        c:sleep(15)
        file:close()
      end]]):format(path))
    local attempt = intend(journal)
    local output = journals.child(folder, posting(server, path, attempt, PRINT),
      "exec 2>&1; exec")
    server:stop()
    return output, row(journal, attempt)
  end

  it("is kept in the spool file while another process holds the journal", function()
    local folder = journals.make_folder()
    local path = folder .. "/journal.db"
    local output, attempt = send_to_locked(folder, path)
    assert.matches("^reel: the journal could not store the answer of attempt 1 %(nonce nonce1%):"
      .. " database is locked; the answer is kept in the spool file beside the journal\n"
      .. "true\tnil\tnil\n$", output)
    assert.same({ { "nonce1", 200, 0, "kept\n" } }, spooled(path))
    assert.equal("rw-------", lfs.attributes(path .. ".spool", "permissions"))
    assert.same({ state = "latched" }, attempt)
  end)

  it("begins a line of the spool file, also after half a record", function()
    local folder = journals.make_folder()
    local path = folder .. "/journal.db"
    local file = assert(io.open(path .. ".spool", "w"))
    file:write("nonce9 200 0 300\nhal")
    file:close()
    send_to_locked(folder, path)
    assert.equal("nonce9 200 0 300\nhal\nnonce1 200 0 5\nkept\n\n",
      journals.read(path .. ".spool"))
  end)

  it("is kept in the spool file when the journal cannot be written; nothing more is sent",
    function()
      local folder = journals.make_folder()
      local path = folder .. "/journal.db"
      local journal, server = open(path), serve [[
        return function(c) c:read() c:answer(200, ("x"):rep(190000)) end]]
      local attempts = { intend(journal), intend(journal) }
      local output = journals.child(folder, posting(server, path, attempts[1], PRINT .. [[
        local more = sender.post { url = ]] .. ("%q"):format(server.url) .. [[, body = "{}",
          attempt = { journal = journal, id = 2, nonce = "nonce2", run = "run1",
            origin = "https://v:443", holder = "here" } }
        print(more.sent, more.error, more.message)]]), SMALL_FILES)
      assert.matches("the answer is kept in the spool file", output)
      assert.matches("true\tnil\tnil\nfalse\tjournal\ta write failed", output)
      local records = spooled(path)
      assert.same({ 1, "nonce1", 190000 }, { #records, records[1][1], #records[1][4] })
      assert.same({ "POST /create" }, server:lines())
      assert.same({ state = "intent" }, row(journal, attempts[2]))
    end)

  it("is shown when nothing can take the answer, and leaves no half record", function()
    local folder = journals.make_folder()
    local path = folder .. "/journal.db"
    local journal, server = open(path), serve [[
      return function(c)
        c:read()
        c:answer(200, '{"taskId":"t1"}\27[2J' .. ("x"):rep(1000000))
      end]]
    local attempt = intend(journal)
    local output = journals.child(folder, posting(server, path, attempt, PRINT), SMALL_FILES)
    assert.matches('the spool file beside the journal could not store it either\n'
      .. 'reel: the answer: {"taskId":"t1"}%?%[2Jxx', output)
    assert.same({}, spooled(path))
  end)
end)
