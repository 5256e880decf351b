-- The API key is in the requests to the vendor and nowhere else: not on the disk, not in an output,
-- not on a command line and not in a request to another host.
local job = require "reel.core" and require "reel.core.job"
local journals = require "support.journals"
local lfs = require "lfs"
local project = require "support.project"
local vendor = require "support.vendor"

local KEY <const> = "sk-4f1d-never-to-be-seen"
local WRONG_KEY <const> = "sk-9a7e-never-to-be-seen"
local SECRET <const> = "never-to-be-seen"

local outputs -- what the programs of a test have printed

local function start(options, env)
  options.key = KEY
  local service = vendor.start(options)
  journals.defer(function() service:stop() end)
  return project.new(service, { env = env }), service
end

local function run(folder, env, ...)
  local result = folder:start(env, ...):wait()
  outputs[#outputs + 1] = result.stdout .. result.stderr
  return result
end

-- Runs the program once with each kind of output.
local function talk(folder, env, ...)
  for _, words in ipairs { {}, { "--json" }, { "--log-level", "debug" } } do
    table.move({ ... }, 1, select("#", ...), #words + 1, words)
    run(folder, env, table.unpack(words))
  end
end

-- The files below a folder that contain the secret, and how many files were read.
local function leaks(folder)
  local found, files = {}, 0
  local function look(path)
    if lfs.symlinkattributes(path, "mode") ~= "directory" then
      files = files + 1
      if journals.read(path):find(SECRET, 1, true) then found[#found + 1] = path end
      return
    end
    for name in lfs.dir(path) do
      if name ~= "." and name ~= ".." then look(path .. "/" .. name) end
    end
  end
  look(folder)
  return found, files
end

local function command_lines()
  local lines = {}
  for pid in lfs.dir "/proc" do
    local file <close> = io.open(("/proc/%s/cmdline"):format(pid), "rb")
    if file then lines[#lines + 1] = (file:read("a") or ""):gsub("\0", " ") end
  end
  return lines
end

local function with_secret(texts)
  local found = {}
  for _, text in ipairs(texts) do
    if text:find(SECRET, 1, true) then found[#found + 1] = text end
  end
  return found
end

local function assert_clean(folder, least_files)
  local found, files = leaks(folder.folder)
  assert.same({}, found)
  assert.is_true(files >= least_files)
  assert.same({}, with_secret(outputs))
end

describe("the API key", function()
  before_each(function() outputs = {} end)

  after_each(function()
    journals.clean_up()
    assert.same({}, job.failures())
  end)

  it("is on no disk and in no output of runs that go well", function()
    local folder, service = start {}
    talk(folder, nil, "shots.lua", "a dune", "a lake")
    for _, command in ipairs { "tasks", "credits", "doctor", "plan" } do
      talk(folder, nil, command, command == "plan" and "shots.lua" or nil)
    end
    talk(folder, nil, "show", "1")
    assert.equal(2, #service:ledger())
    assert_clean(folder, 4) -- the script, the journal, two clips
    assert.same({ { folder.base .. "/env1" }, 1 }, { leaks(folder.base .. "/env1") })
  end)

  it("is in nothing that a refusal leaves", function()
    local folder = start { create = { "code_401", "code_402", "code_500" } }
    talk(folder, nil, "shots.lua", "a dune")
    talk(folder, { KIE_API_KEY = WRONG_KEY }, "shots.lua", "a lake")
    talk(folder, { KIE_API_KEY = SECRET .. " with spaces" }, "shots.lua", "a lake")
    talk(folder, nil, "tasks")
    assert_clean(folder, 2)
  end)

  it("is in nothing that a lost answer leaves", function()
    local folder = start { create = { "reset", "html_502" } }
    talk(folder, nil, "shots.lua", "a dune")
    talk(folder, nil, "shots.lua", "a lake")
    talk(folder, nil, "tasks")
    talk(folder, nil, "show", "2")
    assert.equal(2, folder:states().ambiguous)
    assert_clean(folder, 2)
  end)

  it("is on no command line while a create is in flight, nor left by a kill", function()
    local folder, service = start { create = { "hang" } }
    folder:add_script("shots.lua", [[
      local child = io.popen("cat", "w") -- lives as long as this
      require("reel").text_to_video { prompt = "a dune" }
      child:close()]])
    local flying = folder:start(nil, "--log-level", "debug", "shots.lua")
    service:wait_for("create", 1)
    local lines = command_lines()
    assert.is_true(#lines > 3)
    assert.same({}, with_secret(lines))
    flying:kill()
    talk(folder, nil, "shots.lua")
    assert_clean(folder, 2)
  end)

  it("goes to no host but the vendor's own, and not to the clips", function()
    local other = vendor.start()
    journals.defer(function() other:stop() end)
    local folder, service = start { redirect_to = other.url, create = { "redirect_307" } }
    run(folder, nil, "shots.lua", "a dune")
    folder:drain("a dune")
    assert.same({}, other:requests())
    assert.equal(1, service:count "file")
    for _, request in ipairs(service:requests()) do
      local is_ours = request.target:find("^/api/v1/") ~= nil
      assert.equal(is_ours, request.head:find(KEY, 1, true) ~= nil)
      assert.is_nil((request.target .. request.body):find(SECRET, 1, true))
    end
  end)
end)
