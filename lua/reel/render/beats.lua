-- Splits a prompt into the pieces that the shots show one after the other, and makes its title.

local glyph = require "reel.render.glyph"
local text = require "reel.render.text"

local beats = {}

-- How good it is to cut after a punctuation mark; an ASCII mark counts only before a space.
local WEIGHT = {
  ["."] = 1, ["!"] = 1, ["?"] = 1, ["。"] = 1, ["！"] = 1, ["？"] = 1, ["؟"] = 1, ["।"] = 1,
  [","] = 0.6, [";"] = 0.6, [":"] = 0.6, ["—"] = 0.6,
  ["，"] = 0.6, ["、"] = 0.6, ["；"] = 0.6, ["："] = 0.6, ["،"] = 0.6,
}
local WORD_WEIGHT = 0.2

-- A title does not end in one of these.
local WEAK_ENDINGS = {
  a = true, an = true, the = true, of = true, to = true, ["in"] = true, on = true, at = true,
  by = true, ["and"] = true, ["or"] = true, with = true, from = true, into = true, over = true,
  through = true, ["for"] = true, as = true,
}

local TITLE_MIN, TITLE_MAX = 6, 34

--- The weight of a cut between two characters.
local function weight(character, following)
  local found = WEIGHT[character]
  if found and (#character > 1 or following == " " or following == nil) then return found end
  return following == " " and WORD_WEIGHT or 0
end

--- The best place to cut near `ideal`: a punctuation mark may win over a nearer place.
local function best_cut(characters, from, ideal, reach)
  local best, best_score = math.min(math.max(ideal, from), #characters), -math.huge
  for place = math.max(from, ideal - reach), math.min(#characters - 1, ideal + reach) do
    local distance = math.abs(place - ideal) / math.max(reach, 1)
    local score = weight(characters[place], characters[place + 1]) - 0.5 * distance
    if score > best_score then best, best_score = place, score end
  end
  return best
end

--- Splits a prompt into at most `count` pieces of about equal length. No piece is empty.
---@param prompt string
---@param count integer
---@return string[]
function beats.split(prompt, count)
  local characters = text.characters(prompt)
  local pieces, from = {}, 1
  local reach = math.floor(#characters / count * 0.42)
  for index = 1, count do
    local ideal = math.floor(index * #characters / count)
    local last = index == count and #characters or best_cut(characters, from, ideal, reach)
    local piece = text.clean(table.concat(characters, "", from, last))
    if piece ~= "" then pieces[#pieces + 1] = piece end
    from = last + 1
  end
  return pieces
end

--- The number of sentences, at least 1.
---@param prompt string
---@return integer
function beats.sentences(prompt)
  local characters = text.characters(prompt)
  local count = 0
  for place = 1, #characters - 1 do
    if weight(characters[place], characters[place + 1]) == 1 then count = count + 1 end
  end
  return count + 1
end

--- The text before the first punctuation mark that ends a clause.
local function first_clause(prompt)
  local characters = text.characters(prompt)
  for place, character in ipairs(characters) do
    if weight(character, characters[place + 1]) > WORD_WEIGHT then
      return text.clean(table.concat(characters, "", 1, place - 1))
    end
  end
  return prompt
end

local function drop_weak_ending(title)
  local body, word = title:match("^(.+) (%a+)…$")
  if body and WEAK_ENDINGS[word:lower()] then return drop_weak_ending(body .. "…") end
  return (title:gsub("[,:;%.]…$", "…"))
end

--- A few words that name the clip: its first clause, or as much of the prompt as fits.
---@param prompt string
---@return string
function beats.title(prompt)
  local clause = first_clause(prompt)
  local columns = glyph.columns(clause)
  if columns >= TITLE_MIN and columns <= TITLE_MAX then return clause end
  return drop_weak_ending((text.cut(prompt, TITLE_MAX)))
end

return beats
