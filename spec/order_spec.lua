-- The tests of a spec run in the same order every time, so none is made in a loop over pairs. This
-- reads the specs as they are laid out: a loop ends at the `end` that stands as deep as its `for`.

-- The lines of loops over pairs that make tests.
local function loops_that_make_tests(text)
  local found, loop, number = {}, nil, 0
  for line in text:gmatch "[^\n]*" do
    number = number + 1
    local depth, call = line:match "^( *)(%a*)"
    if loop and #depth <= loop.depth and call == "end" then loop = nil end
    local is_loop = line:find "^ *for .* in pairs%f[%W]" or line:find "^ *for .* in next%f[%W]"
    if is_loop and not line:find " end$" then
      loop = loop or { depth = #depth, number = number }
    elseif loop and (call == "it" or call == "describe" or call == "pending") then
      found[#found + 1] = loop.number
      loop = nil
    end
  end
  return found
end

-- The margin keeps a sample in this spec from being read as a part of this spec.
local function sample(text) return (text:gsub(" *| ([^\n]*\n)", "%1")) end

describe("a loop over pairs", function()
  it("makes no tests", function()
    local list <close> = assert(io.popen "find spec -name '*_spec.lua' | sort")
    local found, count = {}, 0
    for path in list:lines() do
      local file <close> = assert(io.open(path))
      for _, number in ipairs(loops_that_make_tests(file:read "a")) do
        found[#found + 1] = path .. ":" .. number
      end
      count = count + 1
    end
    assert.is_true(count > 100)
    assert.same({}, found)
  end)

  it("is recognised with its whole body", function()
    assert.same({ 3, 11 }, loops_that_make_tests(sample [[
    | describe("a", function()
    |   for _ in pairs(a) do x() end
    |   for name in pairs {
    |     b = 1,
    |   } do
    |     describe(name, function()
    |       it("c", function() end)
    |     end)
    |   end
    |   for _, name in ipairs(a) do
    |     for other in pairs(b) do
    |       it(name .. other, function() end)
    |     end
    |   end
    |   it("d", function()
    |     for _ in pairs(b) do
    |       x()
    |     end
    |   end)
    | end)
    ]]))
  end)
end)
