-- Reads the annotations of Lua files, as far as specs need them: which functions and classes are
-- described, and how.
--
--   local found = annotations.read("lua/reel/_meta/job.lua")
--   found.functions["Job:join"]     -- { params = { "timeout" }, returns = 1, is_async = true, … }
--   found.classes["reel.Job"]       -- { name =, fields = { status = "reel.JobStatus" }, … }
--   annotations.of(reel.spawn)      -- the description above a Lua function's definition
--
local annotations = {}

---@class support.Annotation
---@field summary string            Words without a tag.
---@field params string[]           In order; "..." for the rest.
---@field optional table<string, boolean>
---@field returns integer
---@field is_async boolean
---@field lines string[]            Of the block, without the dashes.

local function split(path)
  local file <close> = assert(io.open(path))
  local lines = {}
  for line in file:lines() do lines[#lines + 1] = line end
  return lines
end

local tags = {
  param = function(found, rest)
    local name, mark = rest:match("^([%w_.]+)(%??)")
    found.params[#found.params + 1] = name
    found.optional[name] = mark == "?" or rest:match("^%S+%s+%S-%?%s") ~= nil
      or rest:match("^%S+%s+%S-%?$") ~= nil
  end,
  ["return"] = function(found) found.returns = found.returns + 1 end,
  async = function(found) found.is_async = true end,
}

local function describe(block)
  local found = { summary = "", params = {}, optional = {}, returns = 0, is_async = false,
    lines = block }
  for _, line in ipairs(block) do
    local tag, rest = line:match("^@(%w+)%s*(.*)$")
    if tags[tag] then tags[tag](found, rest) end
    if not tag then found.summary = found.summary .. line end
  end
  return found
end

-- The comment that ends above a line.
local function block_above(lines, number)
  local block = {}
  for i = number - 1, 1, -1 do
    local text = lines[i]:match("^%s*%-%-%-(.*)$")
    if not text then break end
    table.insert(block, 1, (text:gsub("^%s+", "")))
  end
  return block
end

local function class_at(lines, number)
  local name, parent = lines[number]:match("^%-%-%-@class ([%w_.]+)%s*:?%s*([%w_.]*)")
  local class = { name = name, parent = parent ~= "" and parent or nil, fields = {}, optional = {},
    docs = {} }
  local last
  for i = number + 1, #lines do
    local line = lines[i]
    if not line:find("^%-%-%-") then break end
    local field, mark, rest = line:match("^%-%-%-@field ([%w_%[%]]+)(%??)%s+(.*)$")
    local continued = last and line:match("^%-%-%-%s+(.*)$")
    if field then
      class.fields[field] = rest:match("^fun%b()[^ ]*") or rest:match("^%S+")
      class.optional[field] = mark == "?"
      class.docs[field], last = rest, field
    elseif continued then
      class.docs[last] = class.docs[last] .. " " .. continued
    end
  end
  return class
end

local function alias_at(lines, number)
  local name, rest = lines[number]:match("^%-%-%-@alias ([%w_.]+)%s*(.*)$")
  local alias, i = { name = name, values = {}, docs = {} }, number + 1
  while lines[i] and lines[i]:find("^%-%-%-|") do
    local value, doc = lines[i]:match('^%-%-%-|%s*"([^"]*)"%s*#%s*(.*)$')
    if value then alias.docs[value] = doc end
    rest, i = rest .. " " .. lines[i]:match("^%-%-%-|%s*([^#]*)"), i + 1
  end
  for value in rest:gmatch('"([^"]*)"') do alias.values[value] = true end
  return alias
end

--- What a file describes.
---@param path string
---@return { functions: table<string, support.Annotation>, classes: table, aliases: table,
---  meta: string?, raises: boolean, owner: table<string, string> }   `owner`: local -> class
function annotations.read(path)
  local lines = split(path)
  local found = { functions = {}, classes = {}, aliases = {}, owner = {},
    meta = lines[1]:match("^%-%-%-@meta (%S+)$") }
  for i, line in ipairs(lines) do
    local name, arguments = line:match("^function ([%w_.:]+)%((.-)%)")
    if name then
      found.functions[name] = describe(block_above(lines, i))
      found.functions[name].arguments = arguments
    end
    if line:find("^%-%-%-@class") then
      local class = class_at(lines, i)
      found.classes[class.name], found.last = class, class.name
    end
    if line:find("^%-%-%-@alias") then
      local alias = alias_at(lines, i)
      found.aliases[alias.name] = alias
    end
    local holder = line:match("^local (%w+) = {}$")
    if holder then found.owner[holder] = found.last end
    found.raises = found.raises or line:find("^error%(") ~= nil
  end
  return found
end

--- The description of a Lua function and its parameters as they are.
---@param fn function
---@return support.Annotation? annotation, string[] names
function annotations.of(fn)
  local info = debug.getinfo(fn, "Su")
  if info.what ~= "Lua" then return nil, {} end
  local names = {}
  for i = 1, info.nparams do names[i] = debug.getlocal(fn, i) end
  if info.isvararg then names[#names + 1] = "..." end
  local block = block_above(split(info.source:sub(2)), info.linedefined)
  return block[1] and describe(block), names
end

return annotations
