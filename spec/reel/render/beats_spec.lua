local beats = require "reel.render.beats"
local layout = require "reel.render.layout"
local story = require "reel.render.story"

local THREE = "A boat drifts by. He lifts it gently from the water. He sets it free again."

describe("reel.render.beats", function()
  it("cuts at the ends of sentences that are near", function()
    assert.same({
      "A boat drifts by.", "He lifts it gently from the water.", "He sets it free again.",
    }, beats.split(THREE, 3))
  end)

  it("loses no character", function()
    local prompt = ("山水"):rep(100)
    assert.equal(prompt, table.concat(beats.split(prompt, 4)))
  end)

  it("gives fewer pieces than asked for rather than empty ones", function()
    assert.same({ "x" }, beats.split("x", 3))
  end)

  it("counts sentences of several scripts", function()
    assert.equal(3, beats.sentences(THREE))
    assert.equal(3, beats.sentences("山。水！火"))
    assert.equal(1, beats.sentences("version 1.2 here"))
  end)

  it("takes the first clause as the title", function()
    assert.equal("At the old pier", beats.title("At the old pier, gulls wheel."))
    assert.equal("清晨的薄雾", beats.title("清晨的薄雾，一只纸折的鹤"))
  end)

  it("cuts a long title and drops the weak word at its end", function()
    assert.equal("A professor stands before…",
      beats.title("A professor stands before the mountains that have no name"))
  end)
end)

describe("reel.render.story", function()
  local page = layout.new(1280, 720)

  it("calls a prompt without text Untitled", function()
    local tale = story.new(" \0 ", page, 3)
    assert.equal("Untitled", tale.title)
    assert.same({ "Untitled" }, tale.captions[1].lines)
  end)

  it("covers all shots with its captions", function()
    local tale = story.new(THREE:sub(1, 52), page, 3)
    assert.equal(1, tale.captions[1].first)
    assert.equal(tale.captions[1].last + 1, tale.captions[2].first)
    assert.equal(3, tale.captions[2].last)
  end)

  it("shows an excerpt of a very long prompt and says how long the prompt is", function()
    local tale = story.new(("清晨的薄雾。"):rep(1000), page, 3)
    assert.equal(6000, tale.excerpt_of)
    for _, caption in ipairs(tale.captions) do assert.is_true(#caption.lines <= 3) end
  end)

  it("does not call a whole prompt an excerpt", function()
    assert.is_nil(story.new(THREE, page, 3).excerpt_of)
  end)
end)
