-- What a second run pays: nothing, unless the script asks for something new.
local job = require "reel.core" and require "reel.core.job"
local journal_core = require "reel.core.journal"
local journals = require "support.journals"
local project = require "support.project"
local vendor = require "support.vendor"

local FAST_ENOUGH <const> = 5 -- seconds; 0.1 is usual, loaded machines and sanitizers take longer

local function start(options)
  local service = vendor.start(options)
  journals.defer(function() service:stop() end)
  return project.new(service), service
end

-- A project in which three shots were made, and a function that runs the program again and returns
-- how many creates that run sent, and its result.
local function made(options)
  local folder, service = start(options)
  assert.equal(0, folder:shoot("a dune", "a lake", "a fjord").code)
  assert.equal(3, service:count "create")
  return folder, function(...)
    local before = service:count "create"
    local result = folder:run(...)
    assert.same({}, folder:faults())
    return service:count "create" - before, result
  end
end

local CREATE <const> = [[
local reel = require "reel"
for _, prompt in ipairs { ... } do reel.text_to_video { prompt = prompt } end]]

local PAN <const> = [[
local reel = require "reel"
reel.image_to_video({ prompt = "pan", image_urls = { "frame.png" } }):wait()]]

local KEYED <const> = [[
local reel = require "reel"
reel.text_to_video({ prompt = ... }, { key = "opening" })]]

local function sorted_lines(text)
  local lines = {}
  for line in text:gmatch "[^\n]+" do lines[#lines + 1] = line end
  table.sort(lines)
  return lines
end

local function many(count)
  local shots = {}
  for i = 1, count do shots[i] = "shot " .. i end
  return table.unpack(shots)
end

describe("a rerun", function()
  after_each(function()
    journals.clean_up()
    assert.same({}, job.failures())
  end)

  local cases <const> = {
    { 0, "of an unchanged script", "a dune", "a lake", "a fjord" },
    { 1, "with a shot inserted first", "a reef", "a dune", "a lake", "a fjord" },
    { 0, "with its lines swapped", "a fjord", "a dune", "a lake" },
    { 0, "with a shot removed", "a dune", "a fjord" },
    { 0, "that asks for a shot twice", "a dune", "a dune", "a lake" },
    { 1, "with a prompt edited", "a dune", "a lake at dawn", "a fjord" },
    { 1, "with one more take", "a dune", "a dune@2", "a lake", "a fjord" },
  }
  for _, case in ipairs(cases) do
    it(case[2] .. " creates " .. case[1], function()
      local _, rerun = made()
      local creates, result = rerun("shots.lua", table.unpack(case, 3))
      assert.same({ case[1], 0 }, { creates, result.code })
    end)
  end

  it("of a renamed script in a moved folder creates 0", function()
    local folder, rerun = made()
    assert(os.rename(folder.folder .. "/shots.lua", folder.folder .. "/scene.lua"))
    assert.equal(0, (rerun("scene.lua", "a dune", "a lake", "a fjord")))
    assert(os.rename(folder.folder, folder.base .. "/elsewhere"))
    folder.folder = folder.base .. "/elsewhere"
    assert.equal(0, (rerun("scene.lua", "a dune", "a lake", "a fjord")))
  end)

  -- The origin of such a journal is spelled with the dot of the DNS root, which settings drop.
  it("of calls under another spelling of their origin creates 0", function()
    local folder, rerun = made()
    local journal = assert(journal_core.open(folder.folder .. "/.reel/journal.db"))
    local spelled = folder.service.url:gsub("127%.0%.0%.1", "%0.")
    for _, name in ipairs { "call", "attempt" } do
      journals.rows(journal, "UPDATE " .. name .. " SET origin = ?1", spelled)
    end
    journal:close()
    for _ = 1, 2 do
      local creates, result = rerun("shots.lua", "a dune", "a lake", "a fjord")
      assert.same({ 0, 0 }, { creates, result.code }, result.stderr)
    end
    assert.equal(1, (rerun("shots.lua", "a dune", "a dune@2")))
    assert.equal(3, folder:states().succeeded - 1)
  end)

  it("after previews of the local service creates all", function()
    local folder, service = start()
    folder:add_script("create.lua", CREATE)
    for _ = 1, 2 do
      assert.equal(0, folder:run("--local", "create.lua", "a dune", "a lake").code)
    end
    assert.equal(0, service:count "create")
    assert.equal(0, folder:run("create.lua", "a dune", "a lake").code)
    assert.same({ 2, 2 }, { service:count "create", #service:ledger() })
    assert.equal(4, folder:states().created)
  end)

  it("at the same time as the first run creates 0, and both have the clips", function()
    local folder, service = start { create = { always = function(connection, request, service)
      local id = service:accept(request)
      connection:sleep(0.2)
      connection:answer(200, ('{"code":200,"data":{"taskId":"%s"}}'):format(id))
    end } }
    local runs, lines = {}, {}
    for i = 1, 2 do
      runs[i] = folder:start(nil, "--quiet", "shots.lua", "a dune", "a lake", "a fjord", "a reef")
    end
    for i, run in ipairs(runs) do
      local result = run:wait()
      assert.equal(0, result.code, result.stderr)
      lines[i] = sorted_lines(result.stdout)
    end
    assert.same({ 4, 4 }, { service:count "create", #lines[1] })
    assert.same(lines[1], lines[2])
    assert.same({}, folder:faults())
  end)

  -- Both runs upload, so both have found nothing in the journal before. Only the journal's rule of
  -- one live attempt for a call then keeps one of them from paying.
  it("at the very same moment as another creates 1", function()
    local folder, service = start { upload = { always = function(connection, _, service)
      service.uploads = (service.uploads or 0) + 1
      while service.uploads < 2 do connection:sleep(0.01) end
      connection:answer(200, '{"success":true,"code":200,"msg":"ok","data":'
        .. '{"downloadUrl":"https://files.example/frame.png"}}')
    end } }
    folder:add_script("frame.png", "\x89PNG\r\n\x1A\n" .. ("\0"):rep(100))
    folder:add_script("pan.lua", PAN)
    local runs = {}
    for i = 1, 2 do runs[i] = folder:start(nil, "--quiet", "pan.lua") end
    for _, run in ipairs(runs) do assert.equal(0, run:wait().code) end
    assert.same({ 2, 1 }, { service:count "upload", service:count "create" })
    assert.same({}, folder:faults())
  end)

  it("raises a recorded failure, and makes the task again only when told to", function()
    local folder, service = start { outcome = { state = "fail", failMsg = "not allowed" } }
    for _ = 1, 3 do
      local result = folder:shoot("a dune")
      assert.equal(1, result.code)
      assert.matches("not allowed", result.stderr)
      assert.equal(1, service:count "create")
    end
    assert.equal(1, folder:run("--retry-failed", "shots.lua", "a dune").code)
    assert.equal(2, service:count "create")
    assert.equal(1, folder:shoot("a dune").code)
    assert.same({ 2, { failed = 2 } }, { #service:ledger(), folder:states() })
    assert.same({}, folder:faults())
  end)

  it("with another input under a key stops, and creates 0", function()
    local folder, service = start()
    folder:add_script("keyed.lua", KEYED)
    assert.equal(0, folder:run("keyed.lua", "a dune").code)
    local result = folder:run("keyed.lua", "a dune at dawn")
    assert.equal(1, result.code)
    assert.matches("key_conflict.*a dune.*a dune at dawn", result.stderr)
    assert.equal(0, folder:run("keyed.lua", "a dune").code)
    assert.equal(1, service:count "create")
    assert.same({}, folder:faults())
  end)

  it("of twenty shots creates 0, attaches to all and is quick", function()
    local folder, service = start()
    local first = folder:shoot(many(20))
    assert.equal(0, first.code, first.stderr)
    local before = service:requests()
    local began = job.now()
    local second = folder:shoot(many(20))
    local took = job.now() - began
    assert.equal(0, second.code, second.stderr)
    assert.equal(20, #sorted_lines(second.stdout))
    assert.same(sorted_lines(first.stdout), sorted_lines(second.stdout))
    assert.same({ 20, #before }, { service:count "create", #service:requests() })
    assert.is_true(took < FAST_ENOUGH, ("it took %.2f s"):format(took))
    assert.same({}, folder:faults())
    if os.getenv "REEL_TIMES" then print(("rerun of twenty shots: %.3f s"):format(took)) end
  end)
end)
