-- The service's folder as it may come with a project from elsewhere: whatever lies in it, nothing
-- outside of it changes, and nothing in it is removed.
require "reel.core"
local canonical_json = require "reel.base.canonical_json"
local client = require "support.service_client"
local job = require "reel.core.job"
local json = require "reel.base.json"
local lfs = require "lfs"
local server = require "reel.core.server"
local service = require "reel.service"

local it = require "support.bounded"(it)

local TEXT <const> = "sora-2-text-to-video"
local ID <const> = ("0123456789abcdef"):rep(2)

local base, root, lines

before_each(function()
  base, lines = client.new_root(), {}
  root = base .. "/project/.reel/local"
  assert(os.execute(("mkdir -p -m 700 %s && chmod -R 700 %s"):format(root .. "/tasks", base)))
end)

after_each(function() client.remove_root(base) end)

local function write(path, text)
  local file <close> = assert(io.open(path, "wb"))
  file:write(text)
end

local function read(path)
  local file <close> = io.open(path, "rb")
  return file and file:read("a")
end

-- A task as a service writes it, and changes to it.
local function record(changes)
  local fields = {
    id = ID, model = TEXT, state = "waiting", progress = 0, created_ms = 1, updated_ms = 1,
    credits = 30, marks = true,
    param = canonical_json.encode { model = TEXT, input = { prompt = "a fox" } },
  }
  for name, value in pairs(changes or {}) do
    if value == json.null then value = nil end
    fields[name] = value
  end
  return fields
end

local function write_task(fields, name)
  local path = ("%s/tasks/%s"):format(root, name or fields.id .. ".json")
  write(path, type(fields) == "string" and fields or canonical_json.encode(fields))
end

local function start(options)
  options = options or {}
  options.root = root
  options.log = function(level, text)
    if level ~= "info" then lines[#lines + 1] = level .. " " .. text end
  end
  local started = client.start(options)
  return started
end

local function run_once()
  start():stop()
end

describe("reel.service's folder", function()
  -- Each makes something of the root; nothing of `victim` may change.
  local traps = {
    { "work is a link", function(victim) lfs.link(victim, root .. "/work", true) end },
    { "work has a link to a folder", function(victim)
      lfs.mkdir(root .. "/work")
      lfs.link(victim, root .. "/work/x", true)
    end },
    { "incoming is a link", function(victim) lfs.link(victim, root .. "/incoming", true) end },
    { "incoming has a link to a file", function(victim)
      lfs.mkdir(root .. "/incoming")
      lfs.link(victim .. "/thesis.txt", root .. "/incoming/body-abcdef", true)
    end },
    { "lock is a link", function(victim)
      lfs.link(victim .. "/thesis.txt", root .. "/lock", true)
    end, "lock" },
    { "lock is another name of a file", function(victim)
      lfs.link(victim .. "/thesis.txt", root .. "/lock")
    end, "lock" },
    { "tasks is a link", function(victim)
      lfs.rmdir(root .. "/tasks")
      lfs.link(victim, root .. "/tasks", true)
    end, "tasks: this is a symbolic link" },
    { "files is a link", function(victim) lfs.link(victim, root .. "/files", true) end,
      "files: this is a symbolic link" },
    { "it is a link itself", function(victim)
      os.execute("rm -rf " .. root)
      lfs.link(victim, root, true)
    end, "local: this is a symbolic link" },
    { "others may write to it", function() os.execute("chmod 777 " .. root) end,
      "local: other users may write to this folder" },
  }
  for _, trap in ipairs(traps) do
    local name, set, refusal = table.unpack(trap)
    it("keeps others' files safe when " .. name, function()
      local victim = base .. "/victim"
      assert(os.execute(("mkdir -m 700 %s"):format(victim)))
      write(victim .. "/thesis.txt", "precious")
      set(victim)
      local started, word, message = service.start { root = root, render = false, speed = 50 }
      if started then
        client.finished(started, "a fox")
        started:stop()
      end
      local names = {}
      for each in lfs.dir(victim) do names[#names + 1] = each end
      table.sort(names)
      assert.same({ ".", "..", "thesis.txt" }, names)
      assert.equal("precious", read(victim .. "/thesis.txt"))
      if refusal then
        assert.equal("system", word)
        assert.matches(refusal, message, 1, true)
      else
        assert.is_truthy(started)
      end
    end)
  end

  it("belongs to the user, or is refused", function()
    if not os.execute(("chown 12345 %s 2>/dev/null"):format(root)) then
      return pending "needs the right to change owners"
    end
    local _, word, message = service.start { root = root, render = false }
    assert.equal("system", word)
    assert.matches("local: this folder belongs to another user", message, 1, true)
  end)

  it("loses nothing to a start", function()
    assert(os.execute(("mkdir -p %s/work/old %s/incoming"):format(root, root)))
    for _, name in ipairs { "work/old/out.mp4", "incoming/body", "tasks/notes.txt", "mine" } do
      write(root .. "/" .. name, name)
    end
    run_once()
    for _, name in ipairs { "work/old/out.mp4", "incoming/body", "tasks/notes.txt", "mine" } do
      assert.equal(name, read(root .. "/" .. name))
    end
  end)
end)

describe("a task file", function()
  -- The data of a task after a start, once it has ended; true when it was skipped.
  local function restore(id)
    local started = start()
    local ok, data = pcall(function()
      local found = client.record(started, id or ID)
      return found.code == 200 and client.settle(started, id or ID) or nil
    end)
    started:stop()
    if not ok then error(data, 0) end
    return data or true
  end

  it("brings its task back", function()
    write_task(record())
    assert.equal("success", restore().state)
    assert.same({}, lines)
  end)

  it("brings back a task that has ended, with nothing rendered", function()
    write_task(record { state = "success", progress = 100, completed_ms = 5, video = ID .. ".mp4",
      width = 1280, height = 720, marked = false, portrait_frame = 3 })
    local data = restore()
    assert.same({ "success", 4, 100 }, { data.state, data.costTime, data.progress })
    assert.is_nil(lfs.attributes(("%s/files/%s.mp4"):format(root, ID)))
    assert.same({}, lines)
  end)

  for _, name in ipairs { "evil.json", ID .. ".JSON", ID .. "0.json", ID:sub(2) .. ".json", ID } do
    it("of the name " .. name .. " is skipped with a warning", function()
      write_task(record { id = "../../../../../victim" }, name)
      assert.is_true(restore())
      assert.equal(("warn skipping the task file %s: its name is not 32 hexadecimal digits and "
        .. ".json"):format(name), lines[1])
    end)
  end

  it("that a killed service has half written is passed over", function()
    write_task("{", ".new-0123456789abcdef")
    assert.is_true(restore())
    assert.same({}, lines)
  end)

  -- What a file may say, and the warning.
  local skipped = {
    { "another id", record { id = ("f"):rep(32) }, "its id is not that of its name" },
    { "an id that leads elsewhere", record { id = "../../x" }, "its id is not that of its name" },
    { "no object", "[1]x", "" }, { "a cut object", "{ cut", "" }, { "nothing", "", "" },
    { "a number", "5", "no object" },
    { "an unknown state", record { state = "done" }, "state" },
    { "a state that is a table", record { state = {} }, "state" },
    { "no state", record { state = json.null }, "state" },
    { "a model that is a number", record { model = 5 }, "model" },
    { "no request", record { param = "{}" }, "model" },
    { "a request that is no JSON", record { param = "{" }, "request" },
    { "a request for another model",
      record { param = '{"model":"sora-2-pro-text-to-video","input":{"prompt":"x"}}' }, "model" },
    { "an input that the model refuses",
      record { param = ('{"model":"%s","input":{"prompt":5}}'):format(TEXT) }, "prompt" },
    { "a progress of 1e300", record { progress = 1e300 }, "progress" },
    { "a date that is a text", record { created_ms = "1" }, "created_ms" },
    { "no date", record { updated_ms = json.null }, "updated_ms" },
    { "a negative price", record { credits = -1 }, "credits" },
    { "a price without end", record { credits = 1e300 }, "credits" },
    { "the clip of another task", record { state = "success", completed_ms = 5,
      video = ("f"):rep(32) .. ".mp4" }, "video" },
    { "a clip that leads elsewhere", record { state = "success", completed_ms = 5,
      video = "../../../victim/thesis.txt" }, "video" },
    { "a sheet that leads elsewhere", record { state = "success", completed_ms = 5,
      sheet = "../x" }, "sheet" },
    { "a width of 2^60", record { width = 1 << 60 }, "width" },
    { "a height of nothing", record { height = 0 }, "height" },
    { "a mark that is a number", record { marked = 1 }, "marked" },
    { "a handle that is none", record { handle = "../x" }, "handle" },
    { "a frame of nowhere", record { portrait_frame = -1 }, "portrait_frame" },
    { "a reason without end", record { state = "fail", completed_ms = 5,
      fail_msg = ("x"):rep(5000) }, "fail_msg" },
    { "an end at no time", record { state = "success" }, "time" },
    { "objects that are deeper than any request", ("["):rep(100000), "" },
  }
  for _, case in ipairs(skipped) do
    local name, fields, words = table.unpack(case)
    it("with " .. name .. " is skipped with a warning", function()
      write_task(fields, ID .. ".json")
      assert.is_true(restore())
      assert.equal(1, #lines, table.concat(lines, "\n"))
      assert.matches(("^warn skipping the task file %s%%.json: .*%s"):format(ID, words), lines[1])
      assert.is_truthy(read(("%s/tasks/%s.json"):format(root, ID)))
    end)
  end

  it("that is a link, a pipe or too large is skipped with a warning", function()
    local paths = {}
    for i = 1, 3 do paths[i] = ("%s/tasks/%032x.json"):format(root, i) end
    write(base .. "/elsewhere", canonical_json.encode(record { id = ("%032x"):format(1) }))
    lfs.link(base .. "/elsewhere", paths[1], true)
    os.execute("mkfifo " .. paths[2])
    os.execute("truncate -s 3G " .. paths[3])
    run_once()
    assert.matches("this is a symbolic link", lines[1])
    assert.matches("this is not a plain file", lines[2])
    assert.matches("it has more than 8388608 bytes", lines[3])
  end)

  it("that is wrong is told of a few times, not ten thousand times", function()
    for i = 1, 30 do write_task("{", ("%032x.json"):format(i)) end
    run_once()
    assert.equal(6, #lines)
    assert.equal("warn skipping more task files", lines[6])
  end)

  it("sends no callback: a file would choose where it goes", function()
    local listener = assert(server.listen { host = "127.0.0.1", port = 0 })
    local hits = 0
    job.spawn(function()
      while true do
        local request = listener:accept()
        if not request then return end
        hits = hits + 1
        request:respond { status = 200, body = "{}" }
      end
    end):detach()
    finally(function() listener:close() end)
    local url = ("http://127.0.0.1:%d/admin"):format(listener.port)
    write_task(record { param = canonical_json.encode { model = TEXT, input = { prompt = "x" },
      callBackUrl = url } })
    local started = start()
    assert.equal("success", client.settle(started, ID).state)
    client.finished(started, "another", TEXT, url) -- its callback comes after that of the file
    local deadline = job.now() + 10
    while hits == 0 and job.now() < deadline do job.sleep(0.01) end
    started:stop()
    assert.equal(1, hits)
  end)
end)
