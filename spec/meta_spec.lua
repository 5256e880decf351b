-- What editors are told is what the modules export: nothing is missing, nothing is stale.
require "reel.core"
local annotations = require "support.annotations"
local json = require "reel.base.json"
local lfs = require "lfs"
local models = require "reel.models"

local FOLDER <const> = "lua/reel/_meta"

local function files(folder, found)
  found = found or {}
  for name in lfs.dir(folder) do
    local path = folder .. "/" .. name
    if name:find("%.lua$") then found[#found + 1] = path end
    local is_folder = lfs.attributes(path, "mode") == "directory" and not name:find("^%.")
    if is_folder then files(path, found) end
  end
  table.sort(found)
  return found
end

-- All classes and aliases of the library, by name.
local classes, aliases, definitions = {}, {}, {}
for _, path in ipairs(files("lua/reel")) do
  local found = annotations.read(path)
  for name, class in pairs(found.classes) do
    classes[name] = class
    definitions[#definitions + 1] = name
  end
  for name, alias in pairs(found.aliases) do aliases[name] = alias end
end

local function names_of(map)
  local names = {}
  for name in pairs(map) do names[#names + 1] = name end
  table.sort(names)
  return names
end

local function meta_of(name)
  return annotations.read(FOLDER .. "/" .. name .. ".lua")
end

-- The arguments of a declaration are those of its description, in order.
local function faults_of(name, found)
  local declared = {}
  for word in found.arguments:gmatch("[%w_.]+") do declared[#declared + 1] = word end
  local described = table.concat(found.params, ", ")
  if table.concat(declared, ", ") == described then return end
  return ("%s(%s) describes (%s)"):format(name, found.arguments, described)
end

-- Functions of a declaring file that belong to a table: "spawn" for job.spawn, "join" for Job:join.
local function declared(found, owner, mark)
  local names = {}
  for name in pairs(found.functions) do
    local holder, separator, short = name:match("^(%w+)([.:])([%w_]+)$")
    if found.owner[holder] == owner and separator == mark then names[#names + 1] = short end
  end
  table.sort(names)
  return names
end

local function exported(module)
  local names = {}
  for name, value in pairs(module) do
    if type(value) == "function" then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

-- The table with the methods of a userdata's metatable.
local function methods_of(metatable)
  if type(metatable.__index) == "table" then return metatable.__index end
  local place = 1
  while true do
    local name, value = debug.getupvalue(metatable.__index, place)
    if not name or type(value) == "table" then return value end
    place = place + 1
  end
end

describe("the declarations of the C modules", function()
  local modules = {}
  for name in pairs(package.preload) do
    modules[#modules + 1] = name:match("^reel%.core%.(%w+)$")
  end
  table.sort(modules)

  it("are one file a module", function()
    local found = {}
    for _, path in ipairs(files(FOLDER)) do
      local name = annotations.read(path).meta
      assert.is_truthy(name, path)
      found[#found + 1] = name:match("^reel%.core%.(%w+)$")
    end
    table.sort(found)
    assert.same(modules, found)
  end)

  it("raise when they are required", function()
    for _, path in ipairs(files(FOLDER)) do
      local ok, message = pcall(dofile, path)
      assert.is_false(ok)
      assert.matches("this file describes", message)
    end
  end)

  for _, name in ipairs(modules) do
    it("name each function of " .. name .. " and no other", function()
      local found = meta_of(name)
      local module = require("reel.core." .. name)
      local names = declared(found, "reel.core." .. name, ".")
      if name == "coroutine" then
        for _, each in ipairs(names) do assert.is_function(module[each]) end
      else
        assert.same(exported(module), names)
      end
    end)

    it("describe each parameter of " .. name, function()
      local faults = {}
      for each, description in pairs(meta_of(name).functions) do
        faults[#faults + 1] = faults_of(each, description)
      end
      assert.same({}, faults)
    end)
  end

  -- The name of a userdata's type in C -> the class, and the module that declares it.
  local types = {
    ["reel.Job"] = { "reel.Job", "job" }, ["reel.Signal"] = { "reel.Signal", "job" },
    ["reel.Journal"] = { "reel.core.Journal", "journal" },
    ["reel.core.server"] = { "reel.core.Server", "server" },
    ["reel.core.request"] = { "reel.core.Request", "server" },
    ["reel.core.Editor"] = { "reel.core.Editor", "editor" },
    ["reel.core.Poll"] = { "reel.core.Poll", "poll" },
    ["reel.core.Lock"] = { "reel.core.Lock", "files" },
    ["reel.core.Folder"] = { "reel.core.Folder", "folder" },
  }

  it("name each method of their types and no other", function()
    require "reel"
    for _, name in ipairs(modules) do require("reel.core." .. name) end
    local seen = {}
    for name, metatable in pairs(debug.getregistry()) do
      if type(name) == "string" and name:find("^reel%.") then
        assert(types[name], name .. " is not declared")
        local class, module = table.unpack(types[name])
        assert.same(exported(methods_of(metatable)), declared(meta_of(module), class, ":"))
        seen[name] = true
      end
    end
    for name, where in pairs(types) do
      if package.preload["reel.core." .. where[2]] then assert.is_true(seen[name], name) end
    end
  end)

  it("know the words of src/base/status.h", function()
    local words = {}
    local file <close> = assert(io.open("src/base/status.h"))
    for word in file:read("a"):gmatch('X%(%u[%u_]*, %-%d+, "([%w_]+)"') do words[word] = true end
    assert.is_true(words.too_large)
    assert.same(words, aliases["reel.core.Word"].values)
  end)
end)

describe("the annotations", function()
  local reel = require "reel"
  local Task = require "reel.tasks.task"
  local Error = require "reel.base.error"

  -- Functions that are made in a loop are described by a declaration.
  local made = meta_of("inputs").functions

  -- What is wrong with a Lua function's description.
  local function fault(name, fn)
    local found, names = annotations.of(fn)
    found = made[name] or found
    if not found then return name .. " has none" end
    if found.summary == "" then return name .. " has no sentence" end
    local real, described = table.concat(names, ", "), table.concat(found.params, ", ")
    if names[1] == "self" then real = real:gsub("^self,? ?", "") end
    if real == described then return nil end
    return ("%s(%s) describes (%s)"):format(name, real, described)
  end

  local function faults(name, module)
    local list = {}
    for _, each in ipairs(exported(module)) do
      if not each:find("^_") then list[#list + 1] = fault(name .. each, module[each]) end
    end
    return list
  end

  it("describe each function of reel with its parameters", function()
    assert.same({}, faults("reel.", reel))
  end)

  it("declare a function for each model that has one, and no other", function()
    local calls = {}
    for _, model in ipairs(models.list()) do
      if model.call then calls["reel." .. model.call] = true end
    end
    assert.same(names_of(calls), names_of(made))
  end)

  it("describe each function of its objects and modules", function()
    local job = require "reel.core.job"
    assert.same({}, faults("Task.", Task))
    assert.same({}, faults("Error.", Error))
    assert.is_nil(fault("Job:wait", job.methods.wait))
    assert.same({}, { fault("models.get", models.get), fault("models.list", models.list),
      fault("models.define", models.define) })
  end)

  it("mark what waits, and nothing else, as async", function()
    local waiting = {}
    for prefix, module in pairs { [""] = reel, ["Task:"] = Task } do
      for _, name in ipairs(exported(module)) do
        local found = module == reel and made["reel." .. name] or annotations.of(module[name])
        if found and found.is_async then waiting[#waiting + 1] = prefix .. name end
      end
    end
    table.sort(waiting)
    assert.same({
      "Task:save", "Task:wait", "all", "any", "attach", "character", "create", "credits",
      "image_to_video", "map", "remove_watermark", "shield", "sleep", "text_to_video", "timeout",
      "try", "upload",
    }, waiting)
  end)

  it("define each class once", function()
    local seen = {}
    for _, name in ipairs(definitions) do
      assert.is_nil(seen[name], name)
      seen[name] = true
    end
  end)

  it("name only types that are defined", function()
    local unknown = {}
    for _, path in ipairs(files("lua/reel")) do
      local file <close> = assert(io.open(path))
      for line in file:lines() do
        local text = line:match("^%s*%-%-%-@%w+(.*)$") or line:match("^%s*%-%-%-|?%s(.*)$")
        if text and line:find("^%s*%-%-%-@[pfratc]") then
          local types = text:gsub('"[^"]*"', ""):gsub("   .*$", "")
          for name in types:gmatch("%f[%w_.]reel%.[%w_.]*%u%w*") do
            if not classes[name] and not aliases[name] then
              unknown[#unknown + 1] = path .. ": " .. name
            end
          end
        end
      end
    end
    assert.same({}, unknown)
  end)
end)

describe("the class", function()
  local reel = require "reel"
  local Task = require "reel.tasks.task"

  it("reel.Task has the fields that tasks have", function()
    local task = Task.of("of-the-meta-spec", { model = "m", input = {} })
    task:_update {
      state = "success", progress = 1, urls = {}, watermarked_urls = {}, object = {}, handle = "@x",
      fail_code = "1", fail_msg = "x", reason = "outage", credits = 1,
      param = '{"input":{}}',
    }
    local names = { elapsed = true, request = task.request and true }
    for name in pairs(task) do
      if not name:find("^_") then names[name] = true end
    end
    assert.same(names_of(names), names_of(classes["reel.Task"].fields))
  end)

  it("reel.Error has the fields that errors have", function()
    local ok, err = pcall(reel.text_to_video, {})
    assert.is_false(ok)
    for name in pairs(err) do assert.is_truthy(classes["reel.Error"].fields[name], name) end
  end)

  -- Whether an option is unknown, from the error that a wrong value of it raises.
  local function is_known(option, call)
    local ok, err = pcall(call, { [option] = {} })
    return not ok and not err.message:find("unknown") and not err.message:find("has no option")
  end

  local takers = {
    { "reel.CallOptions", function(options) reel.create("sora-2-text-to-video", {}, options) end },
    { "reel.WaitOptions", function(options) Task.of("of-the-meta-spec"):wait(options) end },
    { "reel.SaveOptions", function(options) Task.of("of-the-meta-spec"):save("x", options) end },
    { "reel.ModelDefinition", function(options)
      options.name = options.name or "of-the-meta-spec"
      reel.define_model(options)
    end },
  }

  for _, entry in ipairs(takers) do
    local name, call = table.unpack(entry)
    it(name .. " has only options that are taken", function()
      for option in pairs(classes[name].fields) do
        if option ~= "fields" then assert.is_true(is_known(option, call), option) end
      end
    end)
  end

  it("reel.CallOptions has all options with their types", function()
    local _, err = pcall(reel.create, "sora-2-text-to-video", {}, { no_such = 1 })
    assert.matches("unknown option", err.message)
    local types = {}
    local list = require("reel.pay.options").list
    for _, option in ipairs(list) do types[option.name] = option.type end
    assert.same(types, classes["reel.CallOptions"].fields)
  end)

  it("reel.CallOptions has only options that are recognised among the fields of an input",
    function()
      for option in pairs(classes["reel.CallOptions"].fields) do
        local _, err = pcall(reel.create, "sora-2-text-to-video", { prompt = "x", [option] = 1 })
        assert.matches(option .. " is an option: write it in the second argument", err.message, 1,
          true)
      end
    end)

  it("reel.ModelName has the models", function()
    local names = {}
    for _, model in ipairs(models.list()) do
      if model.source ~= "your script" then names[model.name] = true end
    end
    assert.same(names_of(names), names_of(aliases["reel.ModelName"].values))
  end)
end)

describe("the kinds of errors", function()
  local Error = require "reel.base.error"

  local meanings, names = {}, {}
  for i, kind in ipairs(Error.kinds) do meanings[kind.name], names[i] = kind.meaning, kind.name end

  it("are those of reel.ErrorKind, with their meanings", function()
    assert.same(meanings, aliases["reel.ErrorKind"].docs)
  end)

  it("are those of README, in the same order", function()
    local file <close> = assert(io.open("README.md"))
    local list = file:read("a"):match("compare%s+`err%.kind`: `([%l_%s]+)`")
    assert.equal(table.concat(names, " "), (list:gsub("%s+", " ")))
  end)

  it("are those that the sources name", function()
    local used, unused = {}, {}
    for _, path in ipairs(files("lua/reel")) do
      local file <close> = assert(io.open(path))
      local source = file:read("a")
      for kind in source:gmatch('Error%.%w+%(?%s*{%s*kind = "([%w_]+)"') do
        assert.is_string(meanings[kind], kind)
      end
      if not path:find("base/error", 1, true) then
        for word in source:gmatch('"([%l_]+)"') do used[word] = true end
      end
    end
    for _, name in ipairs(names) do
      if not used[name] then unused[#unused + 1] = name end
    end
    assert.same({}, unused)
  end)

  it("include those that have a hint", function()
    for kind in pairs(require("reel.show.report").hints) do
      assert.is_string(meanings[kind], kind)
    end
  end)
end)

describe("the settings", function()
  local settings = require "reel.config.settings"

  local function default_of(setting)
    return setting.shown_default or setting.default ~= nil and tostring(setting.default) or nil
  end

  it("are those of reel.Configuration, with types, ranges and defaults", function()
    local class, names = classes["reel.Configuration"], {}
    for _, setting in ipairs(settings.list) do
      local name, range, default = setting.name, setting.type.range, default_of(setting)
      names[name] = true
      assert.is_true(class.optional[name], name)
      assert.equal(setting.type.name, class.fields[name], name)
      local told = class.docs[name]:sub(#class.fields[name] + 1):match("^%s*(.*)$")
      local wanted = setting.doc .. (range and ", " .. range or "")
        .. (default and "; default " .. default or "")
      assert.equal(wanted, told:sub(1, #wanted))
      local other = setting.default_with_callbacks
      if other then assert.matches(", or " .. other .. " with callbacks", told, 1, true) end
    end
    assert.same(names_of(names), names_of(class.fields))
  end)

  local function readme()
    local file <close> = assert(io.open("README.md"))
    return file:read("a")
  end

  -- The rows of README's table: names, defaults (one for each name, or one for all) and the text.
  local function rows()
    local found = {}
    for row in readme():match("\n## Settings\n(.-)\n## "):gmatch("\n(| `[^\n]*)") do
      local names, defaults, text = row:match("^| (.-) | (.-) | (.*)|$")
      local entry = { names = {}, defaults = {}, text = text }
      for name in names:gmatch("`([%w_]+)`") do table.insert(entry.names, name) end
      for default in (defaults:gsub("[`\"]", "") .. ", "):gmatch("(.-), ") do
        table.insert(entry.defaults, default)
      end
      found[#found + 1] = entry
    end
    return found
  end

  it("are those of README's table, with units and defaults", function()
    local told, wanted = {}, {}
    for _, row in ipairs(rows()) do
      for i, name in ipairs(row.names) do
        local unit = assert(settings.by_name[name], name).type.unit
        if unit then assert.matches(unit, row.text, 1, true) end
        told[name] = #row.defaults == 1 and row.defaults[1] or row.defaults[i]
      end
    end
    for _, setting in ipairs(settings.list) do wanted[setting.name] = default_of(setting) or "–" end
    assert.same(wanted, told)
  end)

  it("have the defaults beside callbacks that README tells", function()
    for _, setting in ipairs(settings.list) do
      local other = setting.default_with_callbacks
      local told = ("`%s` [%%a ]*%s%%f[%%D]"):format(setting.name, other)
      if other then assert.is_truthy(readme():find(told), setting.name) end
    end
  end)
end)

describe("the class of the input of", function()
  local inputs = {
    { "sora-2-text-to-video", "reel.TextToVideoInput" },
    { "sora-2-image-to-video", "reel.ImageToVideoInput" },
    { "sora-2-characters-pro", "reel.CharacterInput" },
    { "sora-watermark-remover", "reel.RemoveWatermarkInput" },
  }

  -- The type that an editor should know for a field.
  local function expected(field)
    if field.accepts == "task" then return "string|reel.Task" end
    return field.type
  end

  -- The allowed values of an annotated type that is an alias.
  local function options_of(name)
    return aliases[name] and names_of(aliases[name].values)
  end

  local function sorted(list)
    local copy = { table.unpack(list) }
    table.sort(copy)
    return copy
  end

  for _, entry in ipairs(inputs) do
    local model_name, class_name = table.unpack(entry)
    it(model_name .. " has its fields, their types, options and defaults", function()
      local class, names = classes[class_name], {}
      for _, field in ipairs(models.get(model_name).fields) do
        names[field.name] = true
        local annotated = assert(class.fields[field.name], field.name .. " is missing")
        assert.equal(not field.required, class.optional[field.name], field.name)
        if field.options then
          assert.same(sorted(field.options), options_of(annotated))
        else
          assert.equal(expected(field), annotated, field.name)
        end
        if field.default ~= nil and field.type == "string" then
          assert.is_truthy(class.docs[field.name]:find('default "' .. field.default, 1, true))
        end
      end
      assert.same(names_of(names), names_of(class.fields))
    end)
  end

  it("a model of the API is taken by its function", function()
    for _, entry in ipairs(inputs) do
      local model_name, class = table.unpack(entry)
      local call = models.get(model_name).call
      local block = table.concat(meta_of("inputs").functions["reel." .. call].lines, "\n")
      assert.is_truthy(block:find("@param input " .. class, 1, true), call)
    end
  end)
end)

describe(".luarc.json", function()
  it("names the version of Lua and folders that are there", function()
    local file <close> = assert(io.open(".luarc.json"))
    local settings = assert(json.decode(file:read("a")))
    assert.equal("Lua 5.4", settings["runtime.version"])
    for _, pattern in ipairs(settings["runtime.path"]) do
      local folder = pattern:match("^(.-)/?%?")
      assert.equal("directory", lfs.attributes(folder, "mode"), folder)
    end
    for _, folder in ipairs(settings["workspace.library"]) do
      local is_there = lfs.attributes(folder, "mode") == "directory"
      assert.is_true(is_there or folder:find("^%${3rd}/") ~= nil, folder)
    end
  end)
end)
