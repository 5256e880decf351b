-- Changes bytes of an input in the ways that break parsers. The same seed gives the same inputs.
local mutate = {}

local NUMBERS <const> = {
  "0", "-1", "1", "255", "65536", "2147483647", "2147483648", "4294967296",
  "9223372036854775807", "9223372036854775808", "99999999999999999999", "1e308", "1e999", "-0",
  "0x7fffffffffffffff", "nan",
}
local WORDS <const> = {
  "\0", "\n", "\r\n", "\27[31m", "\xff\xfe", "\u{202e}", "../", "/", "{", "}", "[", "]", "\"", "'",
  "--[[", "]]", "\\u0000", "\\", "null", "true", "return ", "function() end", "while true do end",
  "setmetatable", "SELECT", "%", "\xC0\x80", (" "):rep(1000), ("("):rep(300), ("{"):rep(300),
  ("["):rep(300), ("a"):rep(5000),
}

local function place(random, text)
  return random(0, #text)
end

local function replace(text, from, to, with)
  return text:sub(1, from) .. with .. text:sub(to + 1)
end

local function two_places(random, text)
  local a, b = place(random, text), place(random, text)
  return math.min(a, b), math.max(a, b)
end

local ways = {
  function(random, text) -- another bit
    local at = place(random, text)
    local byte = text:byte(at + 1)
    return byte and replace(text, at, at + 1, string.char(byte ~ 1 << random(0, 7))) or text
  end,
  function(random, text) -- another byte
    local at = place(random, text)
    return replace(text, at, at + 1, string.char(random(0, 255)))
  end,
  function(random, text) -- a word from the list
    local at = place(random, text)
    return replace(text, at, at, WORDS[random(#WORDS)])
  end,
  function(random, text) -- another number
    local from, to = text:find("%d+", place(random, text) + 1)
    return from and replace(text, from - 1, to, NUMBERS[random(#NUMBERS)]) or text
  end,
  function(random, text) -- a cut
    return text:sub(1, place(random, text))
  end,
  function(random, text) -- a part less
    local from, to = two_places(random, text)
    return replace(text, from, to, "")
  end,
  function(random, text) -- a part twice
    local from, to = two_places(random, text)
    return replace(text, to, to, text:sub(from + 1, to))
  end,
  function(random, text) -- a part in another place
    local from, to = two_places(random, text)
    local part, at = text:sub(from + 1, to), place(random, text)
    return replace(text, at, math.min(at + #part, #text), part)
  end,
  function(random, text) -- a run of one byte
    local at = place(random, text)
    return replace(text, at, at, string.char(random(0, 255)):rep(random(1, 4096)))
  end,
}

local MAX_BYTES <const> = 1 << 20

--- Makes an input of a seed text by one to eight changes.
---@param random fun(m: integer, n?: integer): integer   like math.random
---@param text string
---@return string
function mutate.once(random, text)
  for _ = 1, random(1, 8) do
    text = ways[random(#ways)](random, text)
    if #text > MAX_BYTES then text = text:sub(1, MAX_BYTES) end
  end
  return text
end

return mutate
