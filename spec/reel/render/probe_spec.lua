local probe = require "reel.render.probe"

local ENCODERS = [[
Encoders:
 V..... = Video
 V....D libx264              libx264 H.264 / AVC (codec h264)
 A....D aac                  AAC (Advanced Audio Coding)
]]
local DECODERS = [[
 V....D librsvg              Librsvg rasterizer (codec svg)
 V....D webp                 WebP image
]]
local FILTERS = [[
 TSC delogo            V->V       Remove logo from input video.
 T.C drawtext          V->V       Draw text on top of video frames.
 .S. perspective       V->V       Correct the perspective of video.
 ... subtitles         V->V       Render text subtitles.
 TS. unpremultiply     N->V       UnPreMultiply first stream with first plane of second stream.
]]

describe("reel.render.probe", function()
  it("finds all that a full ffmpeg can do", function()
    assert.same(probe.full(), probe.read(ENCODERS, DECODERS, FILTERS))
  end)

  it("names what is missing", function()
    local abilities = probe.read(ENCODERS, "", FILTERS:gsub("subtitles", "other"))
    assert.is_false(abilities.svg)
    assert.is_false(abilities.subtitles)
    assert.is_true(abilities.usable)
    assert.same({ "librsvg", "webp", "subtitles" }, abilities.missing)
  end)

  it("needs unpremultiply for SVG", function()
    assert.is_false(probe.read(ENCODERS, DECODERS, "").svg)
  end)

  it("cannot use an ffmpeg without an encoder", function()
    assert.is_false(probe.read("", "", "").usable)
  end)
end)
