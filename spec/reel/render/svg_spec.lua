local svg = require "reel.render.svg"

describe("reel.render.svg", function()
  it("sorts attributes and shortens numbers", function()
    assert.equal('<circle cx="1" cy="2.5" fill-opacity="0.33" r="10"/>',
      svg.tag("circle", { r = 10, cy = 2.5, cx = 1.0, fill_opacity = 1 / 3 }))
  end)

  it("escapes the values of attributes", function()
    assert.equal('<g id="&quot;&lt;&amp;&gt;">x</g>', svg.tag("g", { id = '"<&>' }, "x"))
  end)
end)
