-- Finds the word that was probably meant by a misspelt one: the candidate with the smallest edit
-- distance. Two neighbouring letters in the wrong order count as one edit, as in "promtp".
local did_you_mean = {}

local MAX_LENGTH <const> = 64 -- a bound, since the time grows with the square of the length

local function row_zero(length)
  local row = {}
  for j = 0, length do row[j] = j end
  return row
end

local function is_swapped(a, b, i, j)
  return i > 1 and j > 1 and a:byte(i) == b:byte(j - 1) and a:byte(i - 1) == b:byte(j)
end

local function next_row(a, b, i, row, row_before)
  local result = { [0] = i }
  for j = 1, #b do
    local cost = a:byte(i) == b:byte(j) and 0 or 1
    local best = math.min(row[j] + 1, result[j - 1] + 1, row[j - 1] + cost)
    if is_swapped(a, b, i, j) then best = math.min(best, row_before[j - 2] + 1) end
    result[j] = best
  end
  return result
end

--- The number of edits (insert, delete, replace, swap of neighbours) between two words.
---@param a string
---@param b string
---@return integer
function did_you_mean.distance(a, b)
  local row, row_before = row_zero(#b), nil
  for i = 1, #a do
    row, row_before = next_row(a, b, i, row, row_before), row
  end
  return row[#b]
end

--- The candidate that `word` was probably meant to be; nil when each needs more edits than
--- a third of the word's length, or `word` has more than 64 bytes. Upper and lower case are equal.
---@param word string
---@param candidates string[]
---@return string?
function did_you_mean.to(word, candidates)
  if #word > MAX_LENGTH then return nil end
  local best, best_distance = nil, #word // 3 + 1
  for _, candidate in ipairs(candidates) do
    local distance = did_you_mean.distance(word:lower(), candidate:lower())
    if distance < best_distance then best, best_distance = candidate, distance end
  end
  return best
end

--- Returns `, did you mean "…"?` for the end of a message, or "" when no candidate is close.
---@param word any
---@param candidates string[]
---@return string
function did_you_mean.hint(word, candidates)
  local found = type(word) == "string" and did_you_mean.to(word, candidates)
  return found and (', did you mean "%s"?'):format(found) or ""
end

return did_you_mean
