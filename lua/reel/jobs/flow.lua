-- Runs functions side by side as jobs, and waits for several jobs. A job that was started inside
-- another job belongs to that job and ends with it.
local Error = require "reel.base.error"
local defer = require "reel.base.defer"
local semaphore = require "reel.jobs.semaphore"
local job = require "reel.core.job"

Error.adopt(job.cancelled)

local flow = {}

--- Waits for the job's end and returns what its function returned, or raises what it raised. A
--- timeout leaves the job running.
---@async
---@param options? reel.JobWaitOptions
---@return any ...
function job.methods:wait(options)
  local timeout = options and options.timeout
  if not self:join(timeout) then
    local message = ("the job still runs after %g s"):format(timeout)
    Error.raise({ kind = "timeout", message = message }, 2)
  end
  return self:result()
end

local function check_function(fn, name, level)
  if type(fn) == "function" then return end
  Error.raise({
    kind = "invalid", message = ("%s needs a function, got a %s"):format(name, type(fn)),
  }, level + 1)
end

--- Starts a function as a job. It begins to run at the caller's next wait.
---@param fn function
---@param ... any   its arguments
---@return reel.Job
function flow.spawn(fn, ...)
  check_function(fn, "reel.spawn", 2)
  return job.spawn(fn, ...)
end

--- Waits while other jobs go on.
---@async
---@param seconds number   0 to 1e9; with 0 each other job that is ready runs once
function flow.sleep(seconds)
  if type(seconds) ~= "number" or not (seconds >= 0 and seconds <= 1e9) then -- or NaN
    local message = "reel.sleep needs seconds from 0 to 1e9, got " .. tostring(seconds)
    Error.raise({ kind = "invalid", message = message }, 2)
  end
  job.sleep(seconds)
end

--- Calls a function whose waits are not ended by a cancel, for a clean-up that must wait.
---@async
---@param fn function
---@param ... any   its arguments
---@return any ...   what it returns
function flow.shield(fn, ...)
  check_function(fn, "reel.shield", 2)
  return job.shield(fn, ...)
end

local function wait_for(item)
  if type(item) == "function" then return item() end
  return item:wait()
end

local function is_waitable(item)
  if type(item) == "function" then return true end
  local kind = type(item)
  return (kind == "table" or kind == "userdata") and type(item.wait) == "function"
end

local function raise_invalid(level, message, ...)
  Error.raise({ kind = "invalid", message = message:format(...) }, level + 1)
end

-- A nil between the items would end the list early, and items with names would be ignored.
local function check_list(list, name, level)
  if type(list) ~= "table" then
    raise_invalid(level + 1, "%s needs a list, got a %s", name, type(list))
  end
  for i = 1, #list do
    if list[i] == nil then raise_invalid(level + 1, "%s: item %d of %d is nil", name, i, #list) end
  end
  if #list == 0 and next(list) ~= nil then
    raise_invalid(level + 1, "%s needs a list, got a table with the key %s", name,
      tostring(next(list)))
  end
end

local function check_items(items, name)
  check_list(items, name, 3)
  for i, item in ipairs(items) do
    if not is_waitable(item) then
      raise_invalid(3, "%s: item %d is a %s; tasks, jobs and functions are expected", name, i,
        type(item))
    end
  end
end

-- Runs fn(item, i) for every item in its own job and calls on_end(i, job) after each job has ended,
-- until on_end returns true. Jobs that still run when `race` returns or raises are cancelled.
local function race(items, fn, on_end)
  local ended = job.signal()
  local jobs, places = {}, {} -- `places`: where the ended jobs stand in `jobs`
  local _ <close> = defer(function()
    for _, each in ipairs(jobs) do each:cancel() end
  end)
  local function run_item(i, item)
    local _ <close> = defer(function()
      table.insert(places, i)
      ended:fire()
    end)
    return fn(item, i)
  end
  for i, item in ipairs(items) do jobs[i] = job.spawn(run_item, i, item) end
  for n = 1, #items do
    while not places[n] do ended:wait() end
    local i = places[n]
    jobs[i]:join()
    if on_end(i, jobs[i]) then return end
  end
end

--- Waits for all items and returns their first results in the same order. Raises the first failure;
--- functions that still run are then cancelled, while tasks and jobs go on.
---@async
---@param items (reel.Task|reel.Job|function)[]
---@return any[]
function flow.all(items)
  check_items(items, "reel.all")
  local results = {}
  race(items, wait_for, function(i, each) results[i] = each:result() end)
  return results
end

--- Waits for the first item that succeeds and returns its first result and its place; functions
--- that still run are then cancelled, while tasks and jobs go on. If all fail, raises the last
--- failure.
---@async
---@param items (reel.Task|reel.Job|function)[]
---@return any result, integer place
function flow.any(items)
  check_items(items, "reel.any")
  if #items == 0 then Error.raise({ kind = "invalid", message = "reel.any needs an item" }, 2) end
  local result, place, failure
  race(items, wait_for, function(i, each)
    local err = each.error
    if err ~= nil then
      failure = each
      return false
    end
    result, place = each:result(), i
    return true
  end)
  if not place then failure:result() end
  return result, place
end

---@class reel.MapOptions
---@field limit integer?                    Jobs at once, 1 or more; default: all items at once.
---@field on_error "raise"|"collect"|nil    "collect": a failed item's result is nil, and its error
---  is at the item's place in the second result. Default "raise": the first failure ends all jobs.

local map_checks = {
  limit = function(value) return math.type(value) == "integer" and value >= 1 end,
  on_error = function(value) return value == "raise" or value == "collect" end,
}

local function check_map_options(options)
  if type(options) ~= "table" then
    raise_invalid(3, "reel.map needs a table of options, got a %s", type(options))
  end
  for name, value in pairs(options) do
    local check = map_checks[name]
    if not check or not check(value) then
      raise_invalid(3, "reel.map: option %s = %s; limit = 1, 2, … and on_error = \"raise\" or "
        .. "\"collect\" are expected", tostring(name), tostring(value))
    end
  end
end

-- A function that calls fn as long as no call has failed. When an item fails, its slot goes to the
-- next item before `race` handles the failure; that item must not begin, since it may cost money.
local function until_failure(fn, is_collected)
  local has_failed = false
  return function(item, i)
    if has_failed then return nil end
    local _ <close> = setmetatable({}, { __close = function(_, err)
      if err ~= nil and not is_collected(err) then has_failed = true end
    end })
    return fn(item, i)
  end
end

--- Calls fn(item, place) for every item, side by side, and returns the first results in the order
--- of the items.
---@async
---@param list any[]
---@param fn fun(item: any, place: integer): any
---@param options? reel.MapOptions
---@return any[] results, table<integer, any> errors
function flow.map(list, fn, options)
  options = options or {}
  check_list(list, "reel.map", 2)
  check_function(fn, "reel.map", 2)
  check_map_options(options)
  local slots = semaphore.new(options.limit or math.huge)
  local function is_collected(err) return options.on_error == "collect" and Error.is(err) end
  fn = until_failure(fn, is_collected)
  local results, errors = {}, {}
  race(list, function(item, i) return slots:run(fn, item, i) end, function(i, each)
    if is_collected(each.error) then
      errors[i] = each.error
    else
      results[i] = each:result()
    end
  end)
  return results, errors
end

--- Calls fn and returns its results. After `seconds` cancels fn and raises an error of kind
--- "timeout".
---@async
---@param seconds number   0 or more
---@param fn function
---@param ... any   its arguments
---@return any ...
function flow.timeout(seconds, fn, ...)
  if type(seconds) ~= "number" or seconds ~= seconds or seconds < 0 then
    local message = "reel.timeout needs seconds, got " .. tostring(seconds)
    Error.raise({ kind = "invalid", message = message }, 2)
  end
  check_function(fn, "reel.timeout", 2)
  local child = job.spawn(fn, ...)
  local _ <close> = defer(child.cancel, child)
  if not child:join(seconds) then
    local message = ("the function did not return within %g s"):format(seconds)
    Error.raise({ kind = "timeout", message = message }, 2)
  end
  return child:result()
end

return flow
