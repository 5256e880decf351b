-- The models of the API as data: their fields, limits and prices. The validation, the local service
-- and `reel models` read the same tables. To add a model of the API, add a table.
--
-- Limits come from the vendor's page of each model (docs.kie.ai, read 2026-03), prices from its
-- price list (kie.ai/pricing, read 2026-03). Only fields that the caller gives are sent: some
-- documented defaults made tasks fail, so defaults are filled in only on request.
local Error = require "reel.base.error"
local did_you_mean = require "reel.base.did_you_mean"

---@alias reel.FieldType "string"|"boolean"|"integer"|"number"|"string[]"|"any"

---@class reel.Field
---@field name string
---@field type reel.FieldType
---@field doc string             One sentence.
---@field required boolean?
---@field default any            The vendor's default; sent only with `options.defaults = true`.
---@field example any            A value that works, for fields without a default.
---@field options string[]?      All allowed values.
---@field max_length integer?    Unicode characters; in a list, of each element.
---@field min_items integer?     The fewest elements of a list.
---@field max_items integer?     The most elements of a list.
---@field format "url"?          Absolute http(s) URL; in a list, of each element.
---@field accepts "task"|"files"|nil   What scripts may also give: a Task, or paths of files.
---@field file_types string[]?   MIME types that the files may have.
---@field max_file_bytes integer?
---@field keyless boolean?       Does not change the clip, so the call's key does not depend on it.
---@field place "request"?       Sent beside `input` and not in it.
---@field newer boolean?         From newer pages of the vendor; older accounts may refuse it.

---@alias reel.ModelName
---| "sora-2-text-to-video"
---| "sora-2-image-to-video"
---| "sora-2-characters-pro"
---| "sora-watermark-remover"
---| string   # the name of another model, see reel.define_model

---@class reel.Model
---@field name string
---@field title string
---@field kind "video"|"character"   What the model makes.
---@field fields reel.Field[]
---@field call string?           The function for it: "text_to_video" for reel.text_to_video. nil:
---  only reel.create makes calls of it.
---@field price fun(input: table): number?   Credits for an input; nil when unknown.
---@field open boolean?          Fields that are not listed pass unchecked.
---@field source string          The page from which these facts come.

--- The argument of reel.define_model.
---@class reel.ModelDefinition
---@field name string                   As the vendor writes it.
---@field title? string                 Default: the name.
---@field kind? "video"|"character"     What the model makes; default "video".
---@field fields? reel.FieldDefinition[]   Default: every field passes unchecked.
---@field price? number|fun(input: table): number?   Credits; default: unknown.
---@field open? boolean                 Fields that are not listed pass unchecked; default false.
---@field source? string                The page from which these facts come; default "your script".

---@class reel.FieldDefinition : reel.Field
---@field type? reel.FieldType          Default "string".
---@field doc? string                   Default: none.

local models = {}

local MEGABYTE <const> = 1024 * 1024

local aspect_ratio = {
  name = "aspect_ratio", type = "string", options = { "portrait", "landscape" },
  default = "landscape", doc = "Shape of the picture.",
}

local n_frames = {
  name = "n_frames", type = "string", options = { "10", "15" }, default = "10",
  doc = "Length of the clip in seconds, as a string.",
}

local remove_watermark = {
  name = "remove_watermark", type = "boolean", default = true,
  doc = "Whether the clip comes without the watermark.",
}

local upload_method = {
  name = "upload_method", type = "string", options = { "s3", "oss" }, default = "s3",
  keyless = true, doc = "Where the vendor stores the result: s3, or oss for readers in China.",
}

local character_id_list = {
  name = "character_id_list", type = "string[]", max_items = 5, newer = true,
  doc = "Ids of characters that appear in the clip.",
}

-- On the vendor's newer pages this field stands beside `input` in the request, as callBackUrl does.
local progress_callback = {
  name = "progressCallBackUrl", type = "string", format = "url", place = "request",
  keyless = true, newer = true, doc = "URL to which the vendor reports the progress.",
}

local function video_prompt(example)
  return {
    name = "prompt", type = "string", required = true, max_length = 10000, example = example,
    doc = "What happens in the clip.",
  }
end

local function price_by_length(input)
  local prices = { ["10"] = 30, ["15"] = 35 }
  return prices[input.n_frames or "10"]
end

local function fixed_price(credits)
  return function() return credits end
end

local text_to_video = {
  name = "sora-2-text-to-video",
  call = "text_to_video",
  title = "Sora 2 text to video",
  kind = "video",
  source = "docs.kie.ai/market/sora2/sora-2-text-to-video, read 2026-03",
  price = price_by_length,
  fields = {
    video_prompt("A lighthouse keeper waves at a passing ship while the fog lifts"),
    aspect_ratio, n_frames, remove_watermark, upload_method, character_id_list, progress_callback,
  },
}

local image_to_video = {
  name = "sora-2-image-to-video",
  call = "image_to_video",
  title = "Sora 2 image to video",
  kind = "video",
  source = "docs.kie.ai/market/sora2/sora-2-image-to-video, read 2026-03",
  price = price_by_length,
  fields = {
    video_prompt("The painted ship starts to move and its flags flutter"),
    {
      name = "image_urls", type = "string[]", required = true, min_items = 1, format = "url",
      accepts = "files", file_types = { "image/jpeg", "image/png", "image/webp" },
      max_file_bytes = 10 * MEGABYTE, example = { "https://images.example/ship.png" },
      doc = "Public URLs of the image that becomes the first frame, or local files to upload.",
    },
    aspect_ratio, n_frames, remove_watermark, upload_method, character_id_list, progress_callback,
  },
}

-- Newer pages allow 5000 characters in the fields that have 1000 here. The stricter limit is kept,
-- because it satisfies both kinds of pages.
local characters_pro = {
  name = "sora-2-characters-pro",
  call = "character",
  title = "Sora 2 characters pro",
  kind = "character",
  source = "docs.kie.ai/market/sora2/sora-2-characters-pro, read 2026-03; the price is unofficial",
  price = fixed_price(20),
  fields = {
    {
      name = "origin_task_id", type = "string", required = true, max_length = 100,
      accepts = "task", example = "281e5b0f9c7d4a6e8b1a2c3d4e5f39b9",
      doc = "Id of a Sora video task of this account; its clip shows the character.",
    },
    {
      name = "character_user_name", type = "string", max_length = 40, example = "sky_ranger",
      doc = "Handle of the character, unique among all users; prompts name it with an @ before it.",
    },
    {
      name = "character_prompt", type = "string", required = true, max_length = 1000,
      example = "calm ranger, green cloak, quiet voice",
      doc = "Stable traits in one short line, without camera directions or celebrities.",
    },
    {
      name = "safety_instruction", type = "string", max_length = 1000,
      example = "no violence, suitable for children",
      doc = "What the character must not be used for, briefly.",
    },
    {
      name = "timestamps", type = "string", newer = true, example = "3.55,5.55",
      doc = "Part of the clip that shows the character: seconds from and to, 1 to 4 s apart.",
    },
  },
}

-- The page asks for a public link on sora.chatgpt.com. That is not enforced here: the clip of
-- another task may be given too.
local watermark_remover = {
  name = "sora-watermark-remover",
  call = "remove_watermark",
  title = "Sora watermark remover",
  kind = "video",
  source = "docs.kie.ai/market/sora2/sora-watermark-remover, read 2026-03",
  price = fixed_price(10),
  fields = {
    {
      name = "video_url", type = "string", required = true, max_length = 500, format = "url",
      accepts = "task", example = "https://sora.chatgpt.com/p/s_0123456789abcdef",
      doc = "Public link to a Sora 2 clip, on sora.chatgpt.com.",
    },
    upload_method,
  },
}

local by_name, order = {}, {}

local function add_model(model)
  if not by_name[model.name] then order[#order + 1] = model.name end
  by_name[model.name] = model
end

local field_types = {
  string = true, boolean = true, integer = true, number = true, ["string[]"] = true, any = true,
}

local function expect(condition, message, ...)
  if not condition then
    Error.raise { kind = "invalid", message = "define_model: " .. message:format(...) }
  end
end

local field_keys = {
  name = "string", type = "string", doc = "string", required = "boolean", options = "table",
  max_length = "number", min_items = "number", max_items = "number", format = "string",
  accepts = "string", file_types = "table", max_file_bytes = "number", keyless = "boolean",
  place = "string", newer = "boolean", default = "any", example = "any",
}

local function check_keys(what, value, allowed)
  for key, given in pairs(value) do
    local wanted = allowed[key]
    expect(wanted, "%s has an unknown property %q", what, tostring(key))
    expect(wanted == "any" or type(given) == wanted, "%s: %s must be a %s, got a %s", what, key,
      wanted, type(given))
  end
end

local function define_field(field, index, seen)
  expect(type(field) == "table", "field %d must be a table, got a %s", index, type(field))
  expect(type(field.name) == "string" and field.name ~= "", "field %d needs a name", index)
  expect(not seen[field.name], "field %q is defined twice", field.name)
  seen[field.name] = true
  local copy = {}
  for key, value in pairs(field) do copy[key] = value end
  copy.type, copy.doc = copy.type or "string", copy.doc or ""
  check_keys(("field %q"):format(field.name), copy, field_keys)
  expect(field_types[copy.type], "field %q has an unknown type %q", copy.name, copy.type)
  return copy
end

local function define_fields(fields)
  local copies, seen = {}, {}
  for i, field in ipairs(fields) do copies[i] = define_field(field, i, seen) end
  return copies
end

local function define_price(price)
  if type(price) == "number" then return fixed_price(price) end
  return price or fixed_price(nil)
end

local model_keys = {
  name = "string", title = "string", kind = "string", fields = "table", price = "any",
  open = "boolean", source = "string",
}

--- Adds a model, or replaces one, for this process.
---
--- Without `fields` every field passes unchecked. With `fields`, any other field passes only if
--- `open` is true.
--- `price` is a number of credits or a function of the input; without it the price is unknown.
--- Raises an error of kind "invalid" when the definition is wrong.
---@param definition reel.ModelDefinition   copied
---@return reel.Model
function models.define(definition)
  expect(type(definition) == "table", "expected a table, got a %s", type(definition))
  check_keys("the model", definition, model_keys)
  local name, kind, price = definition.name, definition.kind or "video", definition.price
  expect(name and name:find("^[%w][%w%-_./:]*$"), "name must be a model name as the vendor writes"
    .. " it, got %q", tostring(name))
  expect(kind == "video" or kind == "character", "kind must be video or character, got %q", kind)
  expect(price == nil or type(price) == "number" or type(price) == "function",
    "price must be credits or a function, got a %s", type(price))
  local model = {
    name = name, title = definition.title or name, kind = kind,
    fields = define_fields(definition.fields or {}), price = define_price(price),
    open = definition.open or not definition.fields, source = definition.source or "your script",
  }
  add_model(model)
  return model
end

--- The model with this name, or nil.
---@param name reel.ModelName
---@return reel.Model?
function models.get(name)
  return by_name[name]
end

--- All models in the order in which they were defined.
---@return reel.Model[]
function models.list()
  local list = {}
  for i, name in ipairs(order) do list[i] = by_name[name] end
  return list
end

--- The error for a name that no model has. It lists the known names.
---@param name any
---@return reel.Error
function models.unknown(name)
  local known = table.concat(order, ", ")
  return Error.new {
    kind = "invalid",
    message = ("there is no model %s%s known: %s; add others with reel.define_model"):format(
      type(name) == "string" and ("%q"):format(name) or "named by a " .. type(name),
      did_you_mean.to(tostring(name), order) and did_you_mean.hint(name, order) or ";", known),
  }
end

--- The body of a create request, without the callback URL.
---@param model reel.Model
---@param input table   validated
---@return table
function models.request(model, input)
  local body = { model = model.name, input = {} }
  local beside = {}
  for _, field in ipairs(model.fields) do beside[field.name] = field.place == "request" end
  for name, value in pairs(input) do
    local target = beside[name] and body or body.input
    target[name] = value
  end
  return body
end

local function copy_of(input)
  local copy = {}
  for name, value in pairs(input) do copy[name] = value end
  return copy
end

--- The parts of a call that decide whether two calls are equal: the model and the fields that
--- change the result.
---@param model reel.Model
---@param input table   validated
---@return { model: string, input: table }   `input` is the argument if it has no keyless field
function models.identity(model, input)
  local kept = input
  for _, field in ipairs(model.fields) do
    if field.keyless and input[field.name] ~= nil then
      if kept == input then kept = copy_of(input) end
      kept[field.name] = nil
    end
  end
  return { model = model.name, input = kept }
end

for _, model in ipairs { text_to_video, image_to_video, characters_pro, watermark_remover } do
  add_model(model)
end

return models
