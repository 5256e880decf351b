require "reel.core"
local canonical_json = require "reel.base.canonical_json"
local client = require "support.service_client"
local http = require "reel.core.http"
local job = require "reel.core.job"
local json = require "reel.base.json"
local lfs = require "lfs"
local process = require "reel.core.process"
local service = require "reel.service"
local wait_until = require "support.wait_until"

local function read(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read("a")
end

local function write(path, text)
  local file <close> = assert(io.open(path, "wb"))
  file:write(text)
end

local function lua_path()
  return lfs.symlinkattributes("/proc/self/exe", "target")
end

-- Runs a chunk in a process of its own; what it prints.
local function run_elsewhere(chunk, environment)
  local argv = { "/usr/bin/env" }
  for _, setting in ipairs(environment or {}) do
    argv[#argv + 1] = setting
  end
  for _, word in ipairs {
    "LUA_PATH=" .. package.path, "LUA_CPATH=" .. package.cpath, lua_path(), "-e", chunk,
  } do
    argv[#argv + 1] = word
  end
  local result = assert(process.run { argv = argv, timeout = 20 })
  assert.equal("", result.stderr)
  return result.stdout
end

describe("reel.service start", function()
  it("refuses a root that this process serves already, and names the way out", function()
    local first = client.start()
    finally(function() client.finish(first) end)
    local second, word, message = service.start { root = first.root, render = false }
    assert.is_nil(second)
    assert.equal("busy", word)
    assert.matches("process " .. process.pid(), message)
    assert.matches("reel serve", message)
    assert.equal(200, client.get(first, "/api/v1/chat/credit").code)
  end)

  it("refuses a root that another process serves, and names its pid", function()
    local first = client.start()
    finally(function() client.finish(first) end)
    local output = run_elsewhere(([[
      local _, word, message = require "reel.service".start { root = %q, render = false }
      print(word, message)
    ]]):format(first.root))
    assert.matches("^busy\t.*process " .. process.pid() .. ";.*reel serve", output)
  end)

  it("refuses a port that is in use, and leaves the root free", function()
    local first = client.start()
    local root = client.new_root()
    finally(function()
      client.finish(first)
      client.remove_root(root)
    end)
    local second, word, message = service.start { root = root, port = first.port, render = false }
    assert.same({ nil, "system" }, { second, word })
    assert.matches("port " .. first.port .. " of 127.0.0.1: in use", message, 1, true)
    service.start({ root = root, render = false }):stop()
  end)

  it("outlives the job that started it, and leaves no failed job behind", function()
    job.failures()
    local started
    local starter = job.spawn(function() started = client.start { speed = 0.01 } end)
    assert.is_true(starter:join(10))
    starter:result()
    client.task(started, "under way")
    client.finish(started)
    assert.same({}, job.failures())
  end)

  it("names the option that is wrong", function()
    for name, value in pairs { speed = 0, rate = "x", credits = -1, size = "huge", root = "" } do
      local options = { root = client.new_root(), render = false }
      options[name] = value
      local _, word, message = service.start(options)
      assert.equal("invalid", word)
      assert.matches("^" .. name .. ": ", message)
    end
  end)

  it("says why a root cannot be made", function()
    local _, word, message = service.start { root = "/proc/none", render = false }
    assert.equal("system", word)
    assert.matches("/proc/none", message)
  end)

  it("serves without ffmpeg, and says how to install it", function()
    local root = client.new_root()
    finally(function() client.remove_root(root) end)
    local output = run_elsewhere(([[
      local started = require "reel.service".start { root = %q }
      print(started.notice)
      started:stop()
    ]]):format(root), { "PATH=/nonexistent" })
    assert.matches("apt%-get install ffmpeg", output)
  end)
end)

describe("reel.service stop", function()
  it("ends what is under way and frees the root, also when it is called twice", function()
    local first = client.start { speed = 0.01 }
    client.task(first, "under way")
    local began = job.now()
    first:stop()
    first:stop()
    assert.is_true(job.now() - began < 4)
    local _, word = http.request { url = first.url .. "/", timeout = 5 }
    assert.equal("unreachable", word)
    local second = client.start { root = first.root }
    client.finish(second)
  end)

  it("leaves unfinished tasks to the next start", function()
    local first = client.start { speed = 0.01 }
    local id = client.task(first, { prompt = "a fox", n_frames = "15" })
    local before = client.record(first, id).data
    first:stop()

    local second = client.start { root = first.root }
    finally(function() client.finish(second) end)
    local after = client.settle(second, id)
    assert.equal("success", after.state)
    assert.equal(before.createTime, after.createTime)
    assert.equal(before.param, after.param)
    assert.equal(35, after.creditsConsumed)
  end)

  it("counts the time before the restart", function()
    local first = client.start { speed = 0.01 }
    local id = client.task(first, "a fox")
    first:stop()
    local path = first.root .. "/tasks/" .. id .. ".json"
    local fields = json.decode(read(path))
    fields.created_ms = fields.created_ms - 3600000
    write(path, canonical_json.encode(fields))

    local second = client.start { root = first.root, speed = 0.01 }
    finally(function() client.finish(second) end)
    wait_until(function() return client.record(second, id).data.state ~= "waiting" end)
  end)

  it("keeps finished tasks, their files and their characters", function()
    local first = client.start()
    local video = client.finished(first, "a ranger").taskId
    local failed = client.finished(first, "[fail]")
    local input = { origin_task_id = video, character_prompt = "x", character_user_name = "ann" }
    client.finished(first, input, "sora-2-characters-pro")
    first:stop()

    local second = client.start { root = first.root }
    finally(function() client.finish(second) end)
    local url = client.result(client.record(second, video).data).resultUrls[1]
    assert.equal(second.url, url:sub(1, #second.url))
    assert.equal(200, http.request({ url = url, timeout = 10 }).status)
    assert.same(failed, client.record(second, failed.taskId).data)
    local answer = client.create(second, input, "sora-2-characters-pro")
    assert.equal("character_user_name: the name ann is taken", answer.msg)
  end)

end)
