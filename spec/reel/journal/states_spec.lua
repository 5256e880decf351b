-- The states of an attempt are defined by the schema; its README explains each of them to people.
local function read(path)
  local file <close> = assert(io.open(path))
  return file:read("a")
end

local function sorted(names)
  table.sort(names)
  return names
end

local function states_of_schema()
  local list = read("src/journal/schema.sql"):match("state TEXT NOT NULL CHECK ?%(state IN ?(%b())")
  local names = {}
  for name in assert(list):gmatch("'(%w+)'") do
    if name ~= "open" then names[#names + 1] = name end
  end
  return sorted(names)
end

local function states_of_readme()
  local text = read("lua/reel/journal/README.md")
  local rows = assert(text:match("\n| state | meaning .-\n|[-|]+|\n(.-)\n\n"))
  local names = {}
  for name in ("\n" .. rows):gmatch("\n| `(%w+)` |") do names[#names + 1] = name end
  return sorted(names)
end

describe("the README of the journal", function()
  it("explains every state that the schema allows, and no other", function()
    local states = states_of_schema()
    assert.equal(12, #states)
    assert.same(states, states_of_readme())
  end)
end)
