-- Reads changed inputs with everything that reel reads from a folder. No input may crash, take more
-- than a second, or raise anything but an error of reel's.
--
-- REEL_SEED repeats a run; REEL_FUZZ_SECONDS makes it long (scripts/prove.sh fuzz). The input that
-- is being read is in the file that the first line of output names, for a crash of the process.
require "reel.core"
local Error = require "reel.base.error"
local Journal = require "reel.journal"
local client = require "support.service_client"
local files = require "reel.service.files"
local job = require "reel.core.job"
local journals = require "support.journals"
local log = require "reel.base.log"
local mutate = require "fuzz.mutate"
local sources = require "reel.config.sources"
local spool = require "reel.journal.spool"
local store = require "reel.service.store"
local tasks = require "reel.service.tasks"

local SEED <const> = tonumber(os.getenv "REEL_SEED") or 1
local SECONDS <const> = tonumber(os.getenv "REEL_FUZZ_SECONDS")
local INPUTS <const> = 300   -- without REEL_FUZZ_SECONDS
-- Processor time for one input. A sanitizer makes most things three to five times slower.
local MAX_SECONDS <const> = (os.getenv "REEL_SANITIZE" or "") == "" and 1 or 5

local function write(path, bytes)
  local file <close> = assert(io.open(path, "wb"))
  file:write(bytes)
end

local function read(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read "a"
end

-- What reel may raise: its own errors.
local function allow_errors(fn, ...)
  local ok, err = pcall(fn, ...)
  if not ok and not Error.is(err) then error(err, 0) end
  return ok, err
end

-- A target reads bytes. `seeds` are inputs as reel writes them or people do.
local targets = {}

function targets.settings(folder)
  return {
    'return { api_key = "0123456789", base_url = "https://api.example", max_new = 5 }',
    "-- a comment\nlocal n = 2\nreturn { poll_first = n * 2.5, quiet = true, journal = 'j.db' }\n",
    'return { proxy = "http://me:s3cret@proxy.example:8080", callback_listen = "127.0.0.1:0" }',
    "local t = {} for i = 1, 10 do t['k' .. i] = i end return t",
    'return { create_rate = "20/10", ca_file = [[/etc/ssl/cert.pem]], log_level = "warn" }',
  }, function(bytes)
    write(folder .. "/reel.conf.lua", bytes)
    sources.load { script_dir = folder, env = function() end }
  end
end

function targets.spool()
  local nonce = ("0123456789abcdef"):rep(2)
  local record = ("%s 200 0 45\n{\"code\":200,\"data\":{\"taskId\":\"abc\"},\"msg\":\"ok\"}\n")
    :format(nonce)
  return { record, record .. record:gsub("0123", "ffff"), nonce .. " 0 28 0\n\n" }, function(bytes)
    local records, bad_bytes = spool.parse(bytes)
    local size = 0
    for _, each in ipairs(records) do size = size + #each.body end
    assert(size + bad_bytes <= #bytes)
  end
end

local function make_journal(path)
  local journal = Journal.open(path, "p", "script.lua")
  local call = {
    project = "p", origin = "https://v.example", key_kind = "content", key = "k1", take = 1,
    model = { name = "m" }, content = "c", input_json = '{"prompt":"a dune"}',
  }
  journal:intend(call, "nonce", "body", 7)
  journal:close()
  return call
end

function targets.journal(folder)
  local path = folder .. "/journal.db"
  local call = make_journal(path)
  local seed = read(path)
  return { seed }, function(bytes)
    os.remove(path .. "-journal")
    write(path, bytes)
    local ok, journal = allow_errors(Journal.open, path, "p")
    if not ok then return end
    allow_errors(journal.list, journal)
    allow_errors(journal.ask, journal, call)
    allow_errors(journal.attempt_named, journal, "1", call.origin)
    allow_errors(journal.unsettled, journal)
    journal:close()
  end
end

function targets.task_file(folder)
  local root = folder .. "/local"
  local service = client.start { root = root }
  local seeds = {}
  for _, prompt in ipairs { "a fox", "[fail]", "[slow]" } do
    local id = client.task(service, prompt)
    if prompt ~= "[slow]" then client.settle(service, id) end
    seeds[#seeds + 1] = { id, read(root .. "/tasks/" .. id .. ".json") }
  end
  service:stop()
  local texts = {}
  for i, seed in ipairs(seeds) do
    texts[i] = seed[2]
    os.remove(root .. "/tasks/" .. seed[1] .. ".json")
  end
  local path = root .. "/tasks/" .. seeds[1][1] .. ".json"
  return texts, function(bytes)
    write(path, bytes)
    local opened = assert(store.open(root))
    local ok, err = pcall(function()
      local own = files.new(opened.files, "127.0.0.1", 1)
      for _, task in ipairs(tasks.new(opened, own, function() end):unsettled()) do
        assert(task.id:find("^%x+$"))
      end
    end)
    opened:close()
    if not ok then error(err, 0) end
  end
end

-- The same numbers everywhere, whatever math.random is used for elsewhere.
local function new_random(seed)
  local state = seed
  return function(m, n)
    if not n then m, n = 1, m end
    state = (state * 6364136223846793005 + 1442695040888963407)
    return m + (state >> 33) % (n - m + 1)
  end
end

local function fuzz(name, folder)
  local seeds, run = targets[name](folder)
  local random, note = new_random(SEED), folder .. "/input"
  local began, count = os.time(), 0
  if SECONDS then print("fuzz: " .. note) end
  while SECONDS and os.time() - began < SECONDS or not SECONDS and count < INPUTS do
    local bytes = mutate.once(random, seeds[random(#seeds)])
    if SECONDS then write(note, bytes) end
    local start = os.clock()
    local ok, err = pcall(run, bytes)
    local took = os.clock() - start
    if not ok or took > MAX_SECONDS then
      local message = ("input %d of seed %d: %s\n%q"):format(count, SEED,
        ok and ("took %.1f s"):format(took) or tostring(err), bytes:sub(1, 500))
      if SECONDS then print("fuzz: " .. name .. ": " .. message) end
      error(message, 0)
    end
    count = count + 1
  end
  if SECONDS then print(("fuzz: %s: %d inputs"):format(name, count)) end
end

describe("changed inputs", function()
  after_each(function() journals.clean_up() end)

  for _, name in ipairs { "settings", "spool", "journal", "task_file" } do
    it("do not harm what reads the " .. name, function()
      local folder = journals.make_folder()
      local previous = log.set_sink(function() end)
      finally(function() log.set_sink(previous) end)
      local work = job.spawn(fuzz, name, folder)
      work:join()
      work:result()
    end)
  end
end)
