local failure = require "support.failure"
local lfs = require "lfs"

local it = require "support.bounded"(it)
local start = require "support.with_vendor"(function(stop) finally(stop) end)

local function new_folder()
  local path = os.tmpname()
  os.remove(path)
  assert(lfs.mkdir(path))
  return path
end

local function list(folder)
  local names = {}
  for name in lfs.dir(folder) do
    if name:find("^[^.]") then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

local function read_file(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read "a"
end

local function write_file(path, bytes)
  local file <close> = assert(io.open(path, "wb"))
  file:write(bytes)
end

local function make(reel, prompt) return reel.text_to_video { prompt = prompt or "a dune" } end

describe("a task", function()
  it("tells what the vendor's record tells", function()
    local reel, service = start { outcome = { creditsConsumed = 30.5 } }
    local task = make(reel)
    assert.same({ "waiting", {}, {} }, { task.state, task.urls, task.watermarked_urls })
    assert.is_true(task.elapsed >= 0 and task.elapsed < 5)
    assert.is_false(task:is_settled())
    local url = service.url .. "/files/"
    service:control(function(s, arguments)
      s.outcome.resultJson = ('{"resultUrls":["%s1"],"resultWaterMarkUrls":["%s2"]}'):format(
        arguments[1], arguments[1])
    end, url)
    task:wait()
    assert.is_true(task:is_settled())
    assert.same({
      id = service:ledger()[1].task_id, model = "sora-2-text-to-video", state = "success",
      urls = { url .. "1" }, watermarked_urls = { url .. "2" },
      credits = 30.5, elapsed = 2, input = { prompt = "a dune" },
      request = { model = "sora-2-text-to-video", input = { prompt = "a dune" } },
    }, {
      id = task.id, model = task.model, state = task.state, urls = task.urls,
      watermarked_urls = task.watermarked_urls, credits = task.credits, elapsed = task.elapsed,
      input = task.input, request = task.request,
    })
  end)

  it("shows what it is", function()
    local reel = start()
    local task = make(reel)
    assert.equal(("reel.Task %s (sora-2-text-to-video, waiting)"):format(task.id), tostring(task))
  end)

  it("of a character has a handle", function()
    local reel = start()
    local task = reel.character {
      origin_task_id = "0123abcd", character_user_name = "pilot.ab", character_prompt = "calm" }
    task:wait()
    assert.equal("@pilot.ab", task.handle)
    assert.same({}, task.urls)
  end)
end)

describe("task:wait", function()
  it("returns the task", function()
    local reel = start()
    local task = make(reel)
    assert.equal(task, task:wait())
  end)

  it("calls on_progress after every change", function()
    local reel, seen = start { record = {
      { record = { state = "queuing" } }, { record = { state = "generating" } },
      { record = { state = "generating", progress = 40 } },
    } }, {}
    make(reel):wait { on_progress = function(task)
      seen[#seen + 1] = task.state .. " " .. tostring(task.progress)
    end }
    assert.same({ "queuing nil", "generating nil", "generating 40", "success 40" }, seen)
  end)

  it("raises what on_progress raises, and can be called again", function()
    local reel = start()
    local task = make(reel)
    local err = failure(task.wait, task, { on_progress = function() error("mine", 0) end })
    assert.equal("mine", err)
    assert.equal("success", task:wait().state)
  end)

  it("raises the failure of a task, each time", function()
    local reel, service = start { outcome = {
      state = "fail", failCode = "422", failMsg = "The prompt may violate our guardrails" } }
    local task = make(reel)
    for _ = 1, 2 do
      local err = failure(task.wait, task)
      assert.same({ "failed", task.id, 422, false }, { err.kind, err.task_id, err.code,
        err.retryable })
      assert.matches("guardrails", err.message)
      assert.matches("moderation", err.message)
    end
    assert.same({ "fail", "422", "The prompt may violate our guardrails" },
      { task.state, task.fail_code, task.fail_msg })
    assert.equal(2, service:count "record")
  end)

  it("raises the failure of a task that gives no reason", function()
    local reel = start { outcome = { state = "fail" } }
    local task = make(reel)
    assert.equal("failed", failure(task.wait, task).kind)
    assert.is_nil(task.fail_code)
  end)

  it("takes the envelope 501 of a failed task for its record", function()
    local reel = start { record = { function(connection, request)
      local id = request.target:match("taskId=(%x+)")
      connection:answer(200, '{"code":501,"msg":"failed","data":{"taskId":"' .. id
        .. '","state":"fail","failCode":null,"failMsg":"Internal error"}}')
    end } }
    local task = make(reel)
    assert.equal("failed", failure(task.wait, task).kind)
  end)

  it("says after its timeout that the task goes on and how to come back", function()
    local reel = start { polls = 1000 }
    local task = make(reel)
    local err = failure(task.wait, task, { timeout = 0.1 })
    assert.same({ "timeout", task.id, "yes", true },
      { err.kind, err.task_id, err.billed, err.retryable })
    assert.matches("still running and billed", err.message)
    assert.matches(("reel.attach(%q)"):format(task.id), err.message, 1, true)
  end)

  it("has the timeout of the settings", function()
    local reel = start({ polls = 1000 }, { wait_timeout = 0.1 })
    local task = make(reel)
    assert.matches("^timeout: .* after 0.1 s", tostring(failure(task.wait, task)))
  end)

  it("refuses wrong options with the caller's line", function()
    local reel = start()
    local task = make(reel)
    for _, options in ipairs { 5, { timeout = "5" }, { timeout = -1 }, { timeout = 0 / 0 },
      { on_progress = 1 }, { timout = 5 } } do
      local function call() task:wait(options) end
      local err = failure(call)
      assert.equal("invalid", err.kind)
      assert.matches("task_spec.lua:%d+$", err.where)
    end
  end)
end)

describe("task:save", function()
  local folder
  before_each(function() folder = new_folder() end)
  after_each(function() os.execute(("rm -rf '%s'"):format(folder)) end)

  it("waits, takes the extension from the content and returns the path", function()
    local reel, service = start()
    local task = make(reel)
    local path = task:save(folder .. "/clip")
    assert.equal(folder .. "/clip.mp4", path)
    assert.matches("ftyp", read_file(path))
    assert.same({ "clip.mp4" }, list(folder))
    assert.not_matches("[Aa]uthorization", service:requests("file")[1].head)
    assert.not_matches(service.key, service:requests("file")[1].head, 1, true)
  end)

  it("keeps an extension that is given, and knows when a dot is none", function()
    local reel = start()
    local task = make(reel)
    assert.equal(folder .. "/clip.MOV", task:save(folder .. "/clip.MOV"))
    assert.equal(folder .. "/take 1.5.mp4", task:save(folder .. "/take 1.5"))
  end)

  it("makes the folders", function()
    local reel = start()
    assert.equal(folder .. "/a/b/clip.mp4", make(reel):save(folder .. "/a/b/clip"))
  end)

  it("is fine with the same content", function()
    local reel = start()
    local task = make(reel)
    write_file(folder .. "/clip.mp4", read_file(task:save(folder .. "/other")))
    assert.equal(folder .. "/clip.mp4", task:save(folder .. "/clip.mp4"))
    assert.equal(folder .. "/clip.mp4", task:save(folder .. "/clip.mp4"))
    assert.same({ "clip.mp4", "other.mp4" }, list(folder))
  end)

  it("leaves a file alone that is not reel's, unless told", function()
    local reel = start()
    local task = make(reel)
    write_file(folder .. "/clip.mp4", "holiday")
    local err = failure(task.save, task, folder .. "/clip")
    assert.same({ "download", task.id }, { err.kind, err.task_id })
    assert.matches("overwrite", err.message)
    assert.equal("holiday", read_file(folder .. "/clip.mp4"))
    assert.same({ "clip.mp4" }, list(folder))
    task:save(folder .. "/clip", { overwrite = true })
    assert.matches("ftyp", read_file(folder .. "/clip.mp4"))
  end)

  it("replaces what reel wrote there, until someone else changes it", function()
    local reel = start()
    local first, second = make(reel, "one"), make(reel, "two")
    first:save(folder .. "/clip")
    second:save(folder .. "/clip")
    assert.matches(second.id, read_file(folder .. "/clip.mp4"), 1, true)
    write_file(folder .. "/clip.mp4", "holiday")
    assert.equal("download", failure(first.save, first, folder .. "/clip").kind)
  end)

  it("does not write through a link", function()
    local reel = start()
    write_file(folder .. "/holiday", "holiday")
    assert(lfs.link("holiday", folder .. "/clip.mp4", true))
    local task = make(reel)
    assert.equal("download", failure(task.save, task, folder .. "/clip.mp4").kind)
    task:save(folder .. "/clip.mp4", { overwrite = true })
    assert.equal("holiday", read_file(folder .. "/holiday"))
  end)

  it("takes the result that is asked for", function()
    local reel, service = start()
    service:control(function(s, arguments)
      local url = arguments[1] .. "/files/"
      s.outcome.resultJson = ('{"resultUrls":["%sa","%sb"]}'):format(url, url)
    end, service.url)
    local task = make(reel)
    assert.matches("/files/b$", read_file(task:save(folder .. "/b", { index = 2 })))
    local err = failure(task.save, task, folder .. "/c", { index = 3 })
    assert.equal("invalid", err.kind)
    assert.matches("2 results", err.message)
  end)

  it("says of a character that its handle is to be used", function()
    local reel = start()
    local task = reel.character { origin_task_id = "0123abcd", character_user_name = "pilot.ab",
      character_prompt = "calm" }
    local err = failure(task.save, task, folder .. "/pilot")
    assert.equal("invalid", err.kind)
    assert.matches("handle @pilot.ab", err.message)
  end)

  it("raises the task's failure", function()
    local reel = start { outcome = { state = "fail", failMsg = "no luck" } }
    local task = make(reel)
    local err = failure(task.save, task, folder .. "/clip")
    assert.equal("failed", err.kind)
    assert.same({}, list(folder))
  end)

  it("says that a link has expired, and leaves nothing behind", function()
    local reel = start { file = { always = { status = 404, body = "" } } }
    local task = make(reel)
    local err = failure(task.save, task, folder .. "/clip")
    assert.same({ task.id, "yes" }, { err.task_id, err.billed })
    assert.matches("expired", tostring(err))
    assert.same({}, list(folder))
  end)

  it("refuses wrong arguments with the caller's line", function()
    local reel = start()
    local task = make(reel)
    for _, arguments in ipairs { { nil }, { "" }, { 7 }, { folder .. "/" }, { "a\nb" },
      { "clip", 7 }, { "clip", { index = "1" } }, { "clip", { overwrit = true } } } do
      local function call() task:save(arguments[1], arguments[2]) end
      local err = failure(call)
      assert.equal("invalid", err.kind)
      assert.matches("task_spec.lua:%d+$", err.where)
    end
  end)
end)

describe("a task from the journal", function()
  local function restored(result_json)
    start()
    return require("reel.tasks.task").of("t1", { model = "m", input = {}, attempt = {
      state = "succeeded", remote_state = "success", origin = "local", result_json = result_json,
    } })
  end

  it("has the results that its record holds", function()
    local task = restored '{"urls":["http://a/1"],"handle":"@fox","_elapsed":4.5}'
    assert.same({ { "http://a/1" }, "@fox", 4.5 }, { task.urls, task.handle, task.elapsed })
  end)

  it("gets nothing else from it, and nothing of another type", function()
    local task = restored('{"urls":{"a":1},"watermarked_urls":[1],"handle":5,"id":"other","wait":1,'
      .. '"state":"fail","_waiters":9}')
    assert.same({ "t1", "success", {}, {}, 0 },
      { task.id, task.state, task.urls, task.watermarked_urls, task._waiters })
    assert.is_nil(task.handle)
    assert.is_function(task.wait)
  end)

  for _, text in ipairs { "null", "5", "[1]", '"x"', "{" } do
    it("takes a record that is no object for an empty one: " .. text, function()
      assert.same({}, restored(text).urls)
    end)
  end
end)
