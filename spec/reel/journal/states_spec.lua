-- The states of an attempt stand in three places: the schema, which holds the rules about money,
-- the table of Lua, and the README for people. They have to agree.
local states = require "reel.journal.states"

local function read(path)
  local file <close> = assert(io.open(path))
  return file:read("a")
end

local schema = read("src/journal/schema.sql")

local function sorted(names)
  table.sort(names)
  return names
end

local function quoted_names(list)
  local names = {}
  for name in assert(list):gmatch("'([%w>]+)'") do names[#names + 1] = name end
  return sorted(names)
end

local function names_where(is_wanted)
  local names = {}
  for _, state in ipairs(states) do
    if is_wanted(state) then names[#names + 1] = state.name end
  end
  return sorted(names)
end

-- "from>to" -> true, as the trigger of the schema allows it.
local function allowed_moves()
  local list = schema:match("TRIGGER attempt_moves.-IN (%b())")
  local moves = {}
  for _, move in ipairs(quoted_names(list)) do moves[move] = true end
  return moves
end

local function states_of_readme()
  local text = read("lua/reel/journal/README.md")
  local rows = assert(text:match("\n| state | meaning .-\n|[-|]+|\n(.-)\n\n"))
  local names = {}
  for name in ("\n" .. rows):gmatch("\n| `(%w+)` |") do names[#names + 1] = name end
  return sorted(names)
end

describe("the states of an attempt", function()
  local all = names_where(function() return true end)

  it("are those that the schema allows", function()
    local attempt = schema:match("CREATE TABLE attempt(%b())")
    assert.equal(12, #states)
    assert.same(quoted_names(attempt:match("CHECK%(state IN (%b())")), all)
  end)

  it("are those that the README explains", function()
    assert.same(all, states_of_readme())
  end)

  it("are live where the schema allows one attempt only", function()
    local live = names_where(function(state) return state.is_live end)
    assert.same(quoted_names(schema:match("INDEX one_live_attempt.-IN (%b())")), live)
    assert.same(quoted_names(schema:match("TRIGGER substitute_fits.-state IN (%b())")), live)
  end)

  it("may be adopted where the schema allows a task", function()
    local moves = allowed_moves()
    assert.same({ "abandoned", "absent", "ambiguous" },
      names_where(function(state) return state.can_adopt end))
    for _, name in ipairs(names_where(function(state) return state.can_adopt end)) do
      assert.is_true(moves[name .. ">created"], name)
      assert.is_true(moves[name .. ">surplus"] or states[name].is_live, name)
    end
  end)

  it("are resolved as the schema allows", function()
    local moves = allowed_moves()
    for _, name in ipairs(names_where(function(state) return state.resolve_as end)) do
      assert.is_true(moves[name .. ">" .. states[name].resolve_as], name)
    end
  end)

  it("need a person exactly where there is a decision to make", function()
    assert.same(names_where(function(state) return state.resolve_as end),
      names_where(function(state) return state.group == "needing" end))
    for _, name in ipairs(names_where(function(state) return state.resolve_as end)) do
      assert.is_string(states[name].next_step)
    end
  end)

  it("cost nothing where nothing can have been accepted", function()
    for _, state in ipairs(states) do
      assert.is_false((state.is_free and state.has_clip) or false, state.name)
    end
  end)
end)
