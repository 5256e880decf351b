local fresh_reel = require "support.fresh_reel"
local vendor = require "support.vendor"

local it = require "support.bounded"(it)

local function results(...)
  local list = {}
  for i, text in ipairs { ... } do list[i] = { result_json = text } end
  return list
end

describe("reel.show.past", function()
  it("takes the median of the times that results hold", function()
    local past = require "reel.show.past"
    assert.same({ 20, 10 }, {
      past.median(results('{"_elapsed":90}', '{"_elapsed":20}', "no JSON", '{"_elapsed":10}')),
      past.median(results('{"_elapsed":"5"}', '{"_elapsed":10}', "[]", '{"_elapsed":0}')),
    })
    assert.is_nil(past.median(results("{}")))
    assert.is_nil(past.median({}))
  end)

  it("reads the journal once for each model, and again after a call of forget", function()
    local service = vendor.start()
    finally(function() service:stop() end)
    local reel = fresh_reel(service:settings())
    local past = require("reel.show.past").new()
    local model = "sora-2-text-to-video"

    local function settled()
      past:expected(model)
      reel.sleep(0)
      local journal = require("reel.session").journal()
      journal:last_results("", model, 1) -- is answered after the question of `past`
      reel.sleep(0)
      return past:expected(model)
    end

    assert.is_nil(settled())
    reel.text_to_video({ prompt = "A" }):wait()
    assert.is_nil(settled())
    past:forget(model)
    assert.equal(2, settled())
    assert.is_nil(past:expected("another"))
  end)
end)
