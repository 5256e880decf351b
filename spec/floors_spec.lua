-- The house has floors, and includes and requires point downwards.
-- This spec reads the sources to see it.
local lfs = require "lfs"

local build = os.getenv("REEL_BUILD_DIR") or "build"
local max_lines = 600

-- Paths of the files under a folder whose name matches, sorted.
local function files(folder, pattern, found)
  found = found or {}
  for name in lfs.dir(folder) do
    local path = folder .. "/" .. name
    if name:sub(1, 1) == "." then
      goto continue
    elseif lfs.attributes(path, "mode") == "directory" then
      files(path, pattern, found)
    elseif name:find(pattern) then
      found[#found + 1] = path
    end
    ::continue::
  end
  table.sort(found)
  return found
end

local function read(path)
  local file <close> = assert(io.open(path))
  return file:read("a")
end

-- The includes of headers that match a pattern, but for the files (patterns) that may have them.
local function intruders(header_pattern, ...)
  local found = {}
  for _, path in ipairs(files("src", "%.[ch]$")) do
    local allowed = false
    for _, room in ipairs { ... } do
      allowed = allowed or path:find("^src/" .. room) ~= nil
    end
    for header in read(path):gmatch('#include [<"]([^>"]+)[>"]') do
      if header:find(header_pattern) and not allowed then
        found[#found + 1] = path .. " includes " .. header
      end
    end
  end
  return found
end

describe("the floors", function()
  it("keep Lua's headers to the bindings and the roof", function()
    for _, header in ipairs { "^lua%.h$", "^lauxlib%.h$", "^lualib%.h$" } do
      assert.same({}, intruders(header, "bind/", "host/", "reel%.h$"))
    end
  end)

  it("keep each library to the files that are its side of the house", function()
    assert.same({}, intruders("^curl/", "http/client%.c$", "journal/sender%.c$"))
    assert.same({}, intruders("^sqlite3%.h$", "journal/"))
    assert.same({}, intruders("^histedit%.h$", "system/line_editor%.c$"))
    assert.same({}, intruders("^microhttpd%.h$", "server/server%.c$"))
    assert.same({}, intruders("^openssl/", "system/digest%.c$"))
  end)

  it("let the local service share only plain modules with the client", function()
    local shared = { ["reel.models"] = true, ["reel.base.json"] = true,
      ["reel.base.canonical_json"] = true,
      ["reel.base.error"] = true, ["reel.base.log"] = true }
    local found = {}
    for _, path in ipairs(files("lua/reel/service", "%.lua$")) do
      if path:find("service/local%.lua$") then goto continue end -- the client's side of it
      for name in read(path):gmatch('require%s*%(?%s*"(reel[%w_.]*)"') do
        if not (shared[name] or name:find("^reel%.core") or name:find("^reel%.service")
          or name:find("^reel%.render")) then
          found[#found + 1] = path .. " requires " .. name
        end
      end
      ::continue::
    end
    assert.same({}, found)
  end)
end)

describe("the sources", function()
  it("are files of one subject's length", function()
    local long = {}
    for _, folder in ipairs { "src", "lua", "scripts", "spec" } do
      for _, path in ipairs(files(folder, "%.%a+$")) do
        local _, lines = read(path):gsub("\n", "")
        if lines > max_lines then
          long[#long + 1] = path .. " has " .. lines .. " lines"
        end
      end
    end
    assert.same({}, long)
  end)

  it("are all compiled", function()
    local compiled, missing = read(build .. "/compile_commands.json"), {}
    for _, path in ipairs(files("src", "%.c$")) do
      if not compiled:find("/" .. path .. '"', 1, true) then
        missing[#missing + 1] = path
      end
    end
    assert.same({}, missing)
  end)

  it("are all carried in the program", function()
    local embedded = read(build .. "/embedded.c")
    local missing = {}
    for _, path in ipairs(files("lua/reel", "%.lua$")) do
      local name = path:gsub("^lua/", ""):gsub("%.lua$", ""):gsub("/init$", ""):gsub("/", ".")
      if not name:find("%._meta%.") and not embedded:find('{"' .. name .. '",', 1, true) then
        missing[#missing + 1] = path
      end
    end
    assert.same({}, missing)
  end)
end)
