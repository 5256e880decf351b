local defer = require "reel.core" and require "reel.base.defer"
local job = require "reel.core.job"

describe("reel.base.defer", function()
  it("calls the function with its arguments, nils among them, when the block ends", function()
    local seen
    do
      local _ <close> = defer(function(...) seen = table.pack(...) end, nil, 1, nil)
      assert.is_nil(seen)
    end
    assert.same({ n = 3, nil, 1, nil }, seen)
  end)

  it("calls it once, last in first out, also when the block raises", function()
    local seen = {}
    local function note(name) seen[#seen + 1] = name end
    local ok, err = pcall(function()
      local _ <close> = defer(note, "first")
      local _ <close> = defer(note, "second")
      error("mine", 0)
    end)
    assert.is_false(ok)
    assert.equal("mine", err)
    assert.same({ "second", "first" }, seen)
  end)

  it("passes the error of the function on", function()
    local ok, err = pcall(function()
      local _ <close> = defer(error, "from the function", 0)
    end)
    assert.is_false(ok)
    assert.equal("from the function", err)
  end)

  it("lets the function wait", function()
    local has_waited = false
    local child = job.spawn(function()
      local _ <close> = defer(function()
        job.sleep(0)
        has_waited = true
      end)
    end)
    child:join()
    assert.is_true(has_waited)
  end)
end)
