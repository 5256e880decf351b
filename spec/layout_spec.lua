-- The folders of src and lua/reel, and which of them may include or require which. This spec reads
-- the sources and fails on any other arrow, on cycles between folders and between files, and on
-- headers of a library outside the files that wrap it.
local lfs = require "lfs"

local build = os.getenv("REEL_BUILD_DIR") or "build"
local max_lines = 600

-- A folder, or a file beside the folders, and what it may use. Each uses only what stands below it,
-- so the table has no cycles; the first test below checks that.
local allowed = {
  lua = {
    { "cli", { "show", "service", "init", "webhook", "pay", "tasks", "session", "journal",
      "vendor", "models", "config", "base" } },
    { "repl", { "show", "init", "tasks", "jobs", "config", "base" } },
    { "gallery", { "show", "render", "journal", "jobs", "config", "base" } },
    { "show", { "init", "session", "journal", "vendor", "models", "config", "base" } },
    { "embed", { "service", "pay", "jobs", "config", "base" } },
    { "service", { "models", "render", "jobs", "config", "base" } },
    { "init", { "webhook", "pay", "tasks", "session", "vendor", "models", "jobs", "config",
      "base" } },
    { "webhook", { "pay", "tasks", "session", "journal", "vendor", "config", "base" } },
    { "pay", { "tasks", "session", "journal", "vendor", "models", "jobs", "config", "base" } },
    { "tasks", { "session", "vendor", "jobs", "config", "base" } },
    { "session", { "journal", "jobs", "config", "base" } },
    { "journal", { "vendor", "base" } },
    { "vendor", { "config", "base" } },
    { "models", { "base" } },
    { "render", {} },
    { "jobs", { "base" } },
    { "config", { "base" } },
    { "base", {} },
  },
  c = {
    { "host", { "bind", "bind/job", "system", "loop", "base", "reel.h" } },
    { "bind", { "bind/job", "journal", "http", "server", "system", "loop", "base" } },
    { "bind/job", { "http", "loop", "base" } },
    { "journal", { "http", "system", "loop", "base" } },
    { "http", { "system", "loop", "base" } },
    { "server", { "loop", "base" } },
    { "system", { "loop", "base" } },
    { "loop", { "base" } },
    { "base", {} },
    { "reel.h", {} },
  },
}

-- Which files may include the headers of a library (patterns of paths below src).
local wrapped = {
  { "^lua%.h$", { "^bind/", "^host/", "^reel%.h$" } },
  { "^lauxlib%.h$", { "^bind/", "^host/", "^reel%.h$" } },
  { "^lualib%.h$", { "^bind/", "^host/" } },
  { "^curl/", { "^http/client%.c$", "^http/url%.c$", "^journal/sender%.c$" } },
  { "^sqlite3%.h$", { "^journal/" } },
  { "^histedit%.h$", { "^system/line_editor%.c$" } },
  { "^microhttpd%.h$", { "^server/server%.c$", "^server/multipart%.c$" } },
  { "^openssl/", { "^system/digest%.c$" } },
}

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

-- The folder of a C file's path below src; a file in src itself stands for itself.
local function c_unit(path)
  return path:match("^(.*)/") or path
end

-- The folder of a module's name below "reel."; a module beside the folders stands for itself.
local function lua_unit(name)
  return name == "reel" and "init" or name:match("^reel%.([%w_]+)")
end

local function add(arrows, from, to, path)
  if from == to then return end
  local key = from .. " -> " .. to
  arrows[key] = arrows[key] or path
end

-- "from -> to" -> a file that has this arrow.
local function c_arrows()
  local arrows = {}
  for _, path in ipairs(files("src", "%.[ch]$")) do
    for header in read(path):gmatch('#include "([^"]+)"') do
      add(arrows, c_unit(path:sub(#"src/" + 1)), c_unit(header), path)
    end
  end
  return arrows
end

local function lua_arrows()
  local arrows = {}
  for _, path in ipairs(files("lua/reel", "%.lua$")) do
    local from = path:match("^lua/reel/([%w_]+)/") or path:match("^lua/reel/([%w_]+)%.lua$")
    for name in read(path):gmatch('require%s*%(?%s*"(reel[%w_.]*)"') do
      local is_c = name:find("^reel%.core") or name == "reel.thread"
      if from ~= "_meta" and not is_c then add(arrows, from, lua_unit(name), path) end
    end
  end
  return arrows
end

local function sorted_keys(set)
  local keys = {}
  for key in pairs(set) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

-- A file -> the files that it includes or requires, at its top and inside of functions alike. In C,
-- a .c file and the header of its name are one.
local function c_file_arrows()
  local targets = {}
  for _, path in ipairs(files("src", "%.[ch]$")) do
    local from = path:match("^src/(.*)%.[ch]$")
    targets[from] = targets[from] or {}
    for header in read(path):gmatch('#include "([^"]+)%.h"') do
      if header ~= from then table.insert(targets[from], header) end
    end
  end
  return targets
end

-- The file of a module, below lua/.
local function lua_file(name)
  local path = name:gsub("%.", "/")
  local is_folder = lfs.attributes("lua/" .. path, "mode") == "directory"
  return path .. (is_folder and "/init.lua" or ".lua")
end

local function lua_file_arrows()
  local targets = {}
  for _, path in ipairs(files("lua/reel", "%.lua$")) do
    local from, found = path:match("^lua/(.*)$"), {}
    for line in read(path):gmatch("[^\n]+") do
      for name in line:gsub("^%s*%-%-.*", ""):gmatch('require%s*%(?%s*"(reel[%w_.]*)"') do
        found[#found + 1] = lua_file(name)
      end
    end
    targets[from] = found
  end
  return targets
end

-- Every cycle that a walk along the arrows runs into, written "a -> b -> a".
local function find_cycles(targets)
  local cycles, path, place, is_done = {}, {}, {}, {}
  local function visit(file)
    if place[file] then
      cycles[#cycles + 1] = table.concat(path, " -> ", place[file]) .. " -> " .. file
      return
    end
    if is_done[file] then return end
    path[#path + 1] = file
    place[file] = #path
    for _, target in ipairs(targets[file] or {}) do visit(target) end
    path[#path] = nil
    place[file], is_done[file] = nil, true
  end
  for _, file in ipairs(sorted_keys(targets)) do visit(file) end
  return cycles
end

local function known_arrows(language)
  local known = {}
  for _, row in ipairs(allowed[language]) do
    for _, target in ipairs(row[2]) do known[row[1] .. " -> " .. target] = true end
  end
  return known
end

for _, language in ipairs { "lua", "c" } do
  describe("the folders of " .. (language == "c" and "src" or "lua/reel"), function()
    local arrows = language == "c" and c_arrows() or lua_arrows()

    it("are listed so that each uses only what stands below it", function()
      local place, upward = {}, {}
      for i, row in ipairs(allowed[language]) do place[row[1]] = i end
      for i, row in ipairs(allowed[language]) do
        for _, target in ipairs(row[2]) do
          if (place[target] or 0) <= i then upward[#upward + 1] = row[1] .. " -> " .. target end
        end
      end
      assert.same({}, upward)
    end)

    it("have no other arrows than those of the table", function()
      local known, unknown = known_arrows(language), {}
      for _, arrow in ipairs(sorted_keys(arrows)) do
        if not known[arrow] then unknown[#unknown + 1] = arrow .. " in " .. arrows[arrow] end
      end
      assert.same({}, unknown)
    end)

    it("have every arrow of the table", function()
      local unused = {}
      for _, arrow in ipairs(sorted_keys(known_arrows(language))) do
        if not arrows[arrow] then unused[#unused + 1] = arrow end
      end
      assert.same({}, unused)
    end)
  end)
end

describe("the files", function()
  for _, language in ipairs { "src", "lua/reel" } do
    it("of " .. language .. " have no cycles", function()
      local targets = language == "src" and c_file_arrows() or lua_file_arrows()
      assert.same({}, find_cycles(targets))
    end)
  end

  it("that stand in a cycle are named, one by one", function()
    local targets = { a = { "b" }, b = { "c", "d" }, c = { "b" }, d = { "e" }, e = { "a" } }
    assert.same({ "b -> c -> b", "a -> b -> d -> e -> a" }, find_cycles(targets))
  end)
end)

describe("the local service", function()
  it("shares only the models, the drawing, jobs and base with the client", function()
    local found = {}
    for _, path in ipairs(files("lua/reel/service", "%.lua$")) do
      for name in read(path):gmatch('require%s*%(?%s*"(reel[%w_.]*)"') do
        local unit = lua_unit(name)
        local is_shared = unit == "core" or unit == "models" or unit == "render" or unit == "base"
          or unit == "jobs" or unit == "service"
        -- The client's side of the service, which starts it and knows the client's settings.
        local is_starter = path:find("/local%.lua$")
        if not is_shared and not is_starter then found[#found + 1] = path .. ": " .. name end
      end
    end
    assert.same({}, found)
  end)
end)

describe("the headers of a library", function()
  local function may_include(path, patterns)
    for _, pattern in ipairs(patterns) do
      if path:find(pattern) then return true end
    end
    return false
  end

  for _, rule in ipairs(wrapped) do
    it(("that match %s stand in the files that wrap it"):format(rule[1]), function()
      local found = {}
      for _, path in ipairs(files("src", "%.[ch]$")) do
        for header in read(path):gmatch('#include [<"]([^>"]+)[>"]') do
          if header:find(rule[1]) and not may_include(path:sub(#"src/" + 1), rule[2]) then
            found[#found + 1] = path .. " includes " .. header
          end
        end
      end
      assert.same({}, found)
    end)
  end
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
      -- In the program, reel.core is C.
      local is_elsewhere = name:find("%._meta%.") or name == "reel.core"
      if not is_elsewhere and not embedded:find('{"' .. name .. '",', 1, true) then
        missing[#missing + 1] = path
      end
    end
    assert.same({}, missing)
  end)
end)
