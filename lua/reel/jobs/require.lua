-- A `require` that can wait: the module's code runs as a plain Lua call, so a job may wait in it.
-- Everything else is as in Lua 5.4. Other jobs run while a module loads; a job that requires the
-- same module meanwhile waits for it.
local defer = require "reel.base.defer"
local job = require "reel.core.job"

local loaded = package.loaded -- as for Lua's own require, replacing this table has no effect
local outside = {}            -- stands for the code outside of any job

-- name -> { loader = job that loads it, ended = signal }
local loading = {}
-- job -> name of the module that it waits for
local awaited = {}

local loader = {}

local function check_name(count, name)
  if type(name) == "string" then return name end
  if type(name) == "number" then return tostring(name) end
  local got = count == 0 and "no value" or type(name)
  error(("bad argument #1 to 'require' (string expected, got %s)"):format(got), 3)
end

local function return_or_raise(ok, ...)
  if not ok then error(..., 0) end
  return ...
end

-- The module's loader and the extra value of its searcher. A searcher's error about a file that
-- does not compile begins with the position of the searcher's Lua caller. A searcher that pcall
-- calls has no Lua caller, as with Lua's own require.
local function search(name)
  local searchers = package.searchers
  if type(searchers) ~= "table" then error("'package.searchers' must be a table", 3) end
  local messages = {}
  for _, searcher in ipairs(searchers) do
    local found, extra = return_or_raise(pcall(searcher, name))
    if type(found) == "function" then return found, extra end
    if type(found) == "string" or type(found) == "number" then
      messages[#messages + 1] = "\n\t" .. found
    end
  end
  error(("module '%s' not found:%s"):format(name, table.concat(messages)), 3)
end

-- Whether `waiter` waits for a module that `self` loads, directly or through other jobs that wait.
local function depends_on(waiter, self)
  while waiter and waiter ~= self do
    local entry = loading[awaited[waiter]]
    waiter = entry and entry.loader
  end
  return waiter == self
end

local function await(name, self)
  local entry = loading[name]
  if depends_on(entry.loader, self) then
    error(("loop while loading module '%s'"):format(name), 3)
  end
  awaited[self] = name
  local _ <close> = defer(function() awaited[self] = nil end)
  entry.ended:wait()
end

local function load_module(name, self)
  local entry = { loader = self, ended = job.signal() }
  local _ <close> = defer(function()
    loading[name] = nil
    entry.ended:fire()
  end)
  loading[name] = entry
  local run, extra = search(name)
  local result = run(name, extra)
  if result ~= nil then loaded[name] = result end
  if loaded[name] == nil then loaded[name] = true end
  return loaded[name], extra
end

--- Works as Lua's own require, except that the module may wait while it loads.
---@async
---@param name string
---@return any module
---@return any extra   the extra value of the searcher, at the first load only
function loader.require(...)
  local name = check_name(select("#", ...), ...)
  local self = job.current() or outside
  while not loaded[name] and loading[name] do await(name, self) end
  if loaded[name] then return loaded[name] end
  return load_module(name, self)
end

--- Makes loader.require the global `require`.
function loader.install()
  _G.require = loader.require
end

return loader
