-- Files beside the database that came with a folder (src/journal/side_files.h).
local journal_core = require "reel.core" and require "reel.core.journal"
local journals = require "support.journals"
local lfs = require "lfs"

local it = require "support.bounded"(it)

local MAGIC <const> = "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"

-- A hot rollback journal of a database with so many pages of 4,096 bytes. It names a super-journal.
local function hot_journal(name, pages)
  local sum = 0
  for i = 1, #name do sum = sum + name:byte(i) end
  local head = MAGIC .. (">I4I4I4I4I4"):pack(0, 1, pages, 512, 4096)
  return head .. ("\0"):rep(512 - #head) .. (">I4"):pack(0x40000000 // 4096 + 1) .. name
    .. (">I4I4"):pack(#name, sum) .. MAGIC
end

describe("a file beside the journal", function()
  local folder, path

  before_each(function()
    folder = journals.make_folder()
    path = folder .. "/journal.db"
    assert(journal_core.open(path)):close()
  end)
  after_each(journals.clean_up)

  local function write(name, bytes)
    local file <close> = assert(io.open(name, "wb"))
    file:write(bytes)
    assert(os.execute("chmod 600 " .. name))
  end

  local function refusal()
    local journal, word, message = journal_core.open(path)
    assert.same({ nil, "journal" }, { journal, word })
    return message
  end

  for _, name in ipairs { "absolute", "relative" } do
    it("makes SQLite delete no other file, by an " .. name .. " name", function()
      local victim = folder .. "/victim"
      write(victim, "precious")
      local pages = lfs.attributes(path, "size") // 4096
      local named = name == "absolute" and victim
        or ("../"):rep(20):sub(1, -2) .. victim
      write(path .. "-journal", hot_journal(named, pages))
      assert.matches("ends in %-journal would delete another file", refusal())
      assert.equal("precious", journals.read(victim))
    end)
  end

  it("may be a rollback journal that names no other file", function()
    write(path .. "-journal", ("\0"):rep(600))
    assert(journal_core.open(path)):close()
  end)

  for _, ending in ipairs { "-journal", "-wal", "-shm" } do
    it("is refused at once as a FIFO, a link or a folder: " .. ending, function()
      for _, command in ipairs { "mkfifo -m 600 ", "ln -s nowhere ", "mkdir -m 700 " } do
        assert(os.execute(command .. path .. ending))
        assert.matches("ends in %" .. ending .. " is not a plain file", refusal())
        assert(os.execute("rm -r " .. path .. ending))
      end
    end)

    it("is refused if others may write it: " .. ending, function()
      write(path .. ending, "")
      assert(os.execute("chmod 666 " .. path .. ending))
      assert.matches("others may write to it", refusal())
    end)
  end

  it("does not let values of many megabytes be read", function()
    local journal = assert(journal_core.open(path))
    journals.defer(function() journal:close() end)
    local results, _, message = journal:run { journals.sql("SELECT hex(zeroblob(100000000))") }
    assert.is_nil(results)
    assert.matches("too big", message)
  end)
end)
