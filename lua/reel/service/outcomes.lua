-- Words in a prompt that force an outcome, to try how a script handles an error. A word may stand
-- anywhere in any text of the input. GET / prints these rows, too.
local outcomes = {}

---@class reel.service.Outcome
---@field word string      What to write in the prompt.
---@field doc string       What happens then.
---@field code? integer    The create is refused with this code.
---@field msg? string      The message that goes with `code`.
---@field once? boolean    Only the first create with this input is refused.
---@field fail_code? string   The task is created and fails later with this code.
---@field fail_msg? string   The message that goes with `fail_code`.
---@field slower? number   The factor by which all waiting takes longer.

---@type reel.service.Outcome[]
outcomes.list = {
  { word = "[fail]", doc = "the task fails with an internal error",
    fail_code = "500", fail_msg = "Internal error, please try again later." },
  { word = "[fail moderation]", doc = "the task fails in moderation",
    fail_code = "400", fail_msg = "The prompt violates our guardrails: no photorealistic people." },
  { word = "[fail copyright]", doc = "the task fails for its likeness to a protected work",
    fail_code = "400", fail_msg = "The prompt may violate copyright: it resembles another work." },
  { word = "[slow]", doc = "the task takes five times longer", slower = 5 },
  { word = "[paused]", doc = "refused: code 500, the model is paused",
    code = 500, msg = "This interface is temporarily paused" },
  { word = "[error]", doc = "refused: code 500, an internal error",
    code = 500, msg = "Internal server error" },
  { word = "[maintenance]", doc = "refused: code 455, maintenance",
    code = 455, msg = "The service is under maintenance, please try again later." },
  { word = "[credits]", doc = "refused: code 402, as if the account were empty",
    code = 402, msg = "Credits insufficient: your current balance is not enough." },
  { word = "[rate]", doc = "refused once: code 429; sent again it is accepted",
    once = true, code = 429, msg = "Your call frequency is too high. Please try again later." },
}

local function has_word(input, word)
  for _, value in pairs(input) do
    if type(value) == "string" and value:find(word, 1, true) then return true end
  end
  return false
end

---Returns all rows whose word occurs in the input.
---@param input table<string, any>
---@return reel.service.Outcome[]
function outcomes.of(input)
  local found = {}
  for _, outcome in ipairs(outcomes.list) do
    if has_word(input, outcome.word) then found[#found + 1] = outcome end
  end
  return found
end

return outcomes
