-- reel models [MODEL]: lists the models, or the fields of one model.
local columns = require "reel.show.columns"
local known = require "reel.models"
local output = require "reel.base.output"
local values = require "reel.cli.values"

local models = {
  name = "models",
  summary = "List the models, or the fields of one.",
  usage = "[options] [MODEL]",
  is_offline = true,
}

function models.describe(parser)
  parser:argument("MODEL", "Show this model's fields."):args("?"):target("model")
end

-- The cheapest call of a model; nil when no price is known.
local function lowest_price(model)
  return model.price and model.price({})
end

-- The price for each option of the first field that changes the price; nil when no field does.
local function price_variants(model)
  for _, field in ipairs(model.fields) do
    local parts, differs = {}, false
    for _, option in ipairs(field.options or {}) do
      local price = model.price({ [field.name] = option })
      differs = differs or price ~= lowest_price(model)
      parts[#parts + 1] = ("%g credits with %s=%s"):format(price or 0, field.name, option)
    end
    if differs then return table.concat(parts, ", ") end
  end
end

local function price_text(model)
  local lowest = lowest_price(model)
  return lowest and ("%g credits"):format(lowest) or "unknown"
end

local function print_list()
  local rows = {}
  for i, model in ipairs(known.list()) do
    local prefix = price_variants(model) and "from " or ""
    rows[i] = { model.name, model.title, prefix .. price_text(model) }
  end
  columns.print(rows)
  output.print_lines("\nreel models MODEL shows the fields of a model.")
end

-- The values that a field accepts, in few words.
local function rules(field)
  local parts = { field.type }
  local function add(text) parts[#parts + 1] = text end
  if field.required then add("required") end
  if field.options then add(table.concat(field.options, " or ")) end
  if field.default ~= nil then add("default " .. tostring(field.default)) end
  if field.max_length then add(("at most %d characters"):format(field.max_length)) end
  if field.min_items then add(("%d or more elements"):format(field.min_items)) end
  if field.max_items then add(("at most %d elements"):format(field.max_items)) end
  if field.accepts == "files" then
    add("URLs or files")
  elseif field.accepts == "task" then
    add("in scripts also a Task")
  elseif field.format then
    add(field.format:upper())
  end
  return table.concat(parts, ", ")
end

local function print_model(model)
  output.print_lines(model.name .. "\n" .. model.title .. ", price: "
    .. (price_variants(model) or price_text(model)) .. "\n")
  for _, field in ipairs(model.fields) do
    output.print_lines(("  %s: %s\n      %s"):format(field.name, rules(field), field.doc))
  end
  output.print_lines("\nSource: " .. model.source)
end

local data_keys = {
  "name", "type", "required", "default", "options", "max_length", "min_items", "max_items",
  "format", "accepts", "doc",
}

local function as_data(model)
  local fields = {}
  for i, field in ipairs(model.fields) do
    fields[i] = {}
    for _, key in ipairs(data_keys) do fields[i][key] = field[key] end
  end
  return {
    name = model.name, title = model.title, kind = model.kind, credits = lowest_price(model),
    fields = fields[1] and fields, source = model.source,
  }
end

function models.run(args)
  local chosen = args.model and values.model(known, args.model)
  if args.json then
    for _, model in ipairs(chosen and { chosen } or known.list()) do
      output.print_json(as_data(model))
    end
  elseif chosen then
    print_model(chosen)
  else
    print_list()
  end
  return 0
end

return models
