-- The keys of reel serve, which other users must not be able to see.
require "reel.core"
local http = require "reel.core.http"
local job = require "reel.core.job"
local lfs = require "lfs"
local process = require "reel.core.process"
local wait_until = require "support.wait_until"

local build = os.getenv("REEL_BUILD_DIR") or "build"
local program = (build:find("^/") and build or lfs.currentdir() .. "/" .. build) .. "/bin/reel"
local KEY <const> = "sk-of-the-local-service"

local folder

before_each(function()
  folder = os.tmpname()
  os.remove(folder)
  assert(lfs.mkdir(folder))
end)

after_each(function() os.execute("rm -rf " .. folder) end)

local function write(name, content, mode)
  local path = folder .. "/" .. name
  local file = assert(io.open(path, "w"))
  file:write(content)
  file:close()
  assert(os.execute(("chmod %s %s"):format(mode or "600", path)))
  return path
end

local function read(path)
  local file = io.open(path)
  if not file then return "" end
  local content = file:read("a")
  file:close()
  return content
end

-- Runs reel serve in a shell, which has the variable. Returns the process' job, and its URL.
local function serve(variable, ...)
  local words = table.concat({ ... }, " ")
  local running = job.spawn(process.run, { timeout = 60, argv = { "sh", "-c",
    ("cd %s && %s exec %s serve --no-render --quiet %s >out"):format(folder, variable, program,
      words) } })
  finally(function()
    running:cancel()
    running:join(10)
  end)
  wait_until(function() return read(folder .. "/out"):find("\n") end)
  return read(folder .. "/out"):match("http://[%d.:]+")
end

local function status(url, key)
  local answer = assert(http.request {
    url = url .. "/api/v1/chat/credit", headers = { "Authorization: Bearer " .. key },
  })
  return answer.body:match('"code":(%d+)')
end

describe("reel serve", function()
  it("accepts any key unless it is given one", function()
    assert.equal("200", status(serve "", "any-key"))
  end)

  it("takes its key from the environment", function()
    local url = serve("REEL_SERVE_KEY=" .. KEY)
    assert.same({ "200", "401" }, { status(url, KEY), status(url, "other") })
  end)

  it("takes its key from a file, which counts more", function()
    write("key", KEY .. "\n")
    local url = serve("REEL_SERVE_KEY=other", "--key-file", "key")
    assert.same({ "200", "401" }, { status(url, KEY), status(url, "other") })
  end)

  it("has no flag that takes a key itself", function()
    for _, flag in ipairs { "--key", "--webhook-key" } do
      local result = process.run { argv = { program, "serve", flag, KEY }, timeout = 20 }
      assert.equal(2, result.code)
      assert.not_matches(KEY, result.stdout .. result.stderr, 1, true)
    end
  end)

  local refused = {
    { "a file that others may read", "key", "644", "--key-file: the file has mode 0644" },
    { "a file that is not there", "none", "600", "--key-file: there is no such file" },
    { "a file without a key", "empty", "600",
      "the key from --key-file (0 characters): expected printable ASCII" },
  }
  for _, case in ipairs(refused) do
    it("refuses " .. case[1], function()
      write("key", KEY, case[3])
      write("empty", "\n")
      for _, flag in ipairs { "--key-file", "--webhook-key-file" } do
        local result = process.run { timeout = 20,
          argv = { program, "serve", "--root", folder, flag, folder .. "/" .. case[2] } }
        assert.equal(2, result.code)
        assert.matches(case[4]:gsub("%-%-key%-file", flag), result.stderr, 1, true)
        assert.not_matches(KEY, result.stderr, 1, true)
      end
    end)
  end
end)
