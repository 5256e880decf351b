-- Answers POST /api/v1/jobs/createTask: makes the checks in the vendor's order, then the task.
local life = require "reel.service.life"
local outcomes = require "reel.service.outcomes"
local references = require "reel.service.references"
local reply = require "reel.service.reply"
local validate = require "reel.service.validate"

local TOO_FREQUENT <const> = "Your call frequency is too high. Please try again later."
local NO_CREDITS <const> = "Credits insufficient: your current balance is not enough."
local MAX_HANDLE <const> = 40

local function forced_refusal(input, body, context)
  for _, outcome in ipairs(outcomes.of(input)) do
    if outcome.code and not (outcome.once and context.refused[body]) then
      context.refused[body] = outcome.once
      return outcome
    end
  end
end

-- Makes calm_ranger of "Calm ranger, green cloak", or calm_ranger2 when that name is taken.
local function make_handle(traits, tasks)
  local words = {}
  for word in traits:lower():gmatch("[%w]+") do
    words[#words + 1] = word
    if #words == 2 then break end
  end
  local base = table.concat(words, "_"):sub(1, MAX_HANDLE - 8)
  if base == "" then base = "character" end
  local handle, number = base, 1
  while tasks:has_handle(handle) do
    number = number + 1
    handle = base .. number
  end
  return handle
end

local function handle_for(request, context)
  if request.model.kind ~= "character" then return nil end
  local given = request.input.character_user_name
  if given and given ~= "" then return given end
  return make_handle(request.input.character_prompt or "", context.tasks)
end

local function has_field(model, name)
  for _, field in ipairs(model.fields) do
    if field.name == name then return true end
  end
  return false
end

local function price_of(request)
  local price = request.model.price
  if type(price) == "function" then price = price(request.input) end
  return price or 0
end

local function add_task(request, body, price, context)
  return context.tasks:add {
    model = request.model.name, param = body, input = request.input,
    callback_url = request.callback_url, credits = price,
    handle = handle_for(request, context), marks = has_field(request.model, "remove_watermark"),
  }
end

local function begin(request, body, context)
  local price = price_of(request)
  if not context.account:charge(price) then return reply.failure(402, NO_CREDITS) end
  local task, message = add_task(request, body, price, context)
  if not task then
    context.account:refund(price)
    error(message)
  end
  context.log("info", ("task %s: %s"):format(task.id, task.model))
  context.spawn(life.run, task, context)
  return reply.success { taskId = task.id, recordId = task.id }
end

---@param _ table
---@param body string
---@param context reel.service.Context
---@return reel.service.Answer
local function create(_, body, context)
  local request, code, message = validate.create(body)
  if not request then return reply.failure(code, message) end
  local known
  known, message = references.check(request.input, context)
  if not known then return reply.failure(422, message) end
  local refusal = forced_refusal(request.input, body, context)
  if refusal then return reply.failure(refusal.code, refusal.msg) end
  if not context.account:count_create() then return reply.failure(429, TOO_FREQUENT) end
  return begin(request, body, context)
end

return create
