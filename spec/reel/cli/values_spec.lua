local Error = require "reel.base.error"
local models = require "reel.models"
local values = require "reel.cli.values"

local text_to_video = models.get("sora-2-text-to-video")

local function refusal(...)
  local result, err = Error.try(...)
  assert.is_nil(result)
  assert.equal("config", err.kind)
  return err.message
end

describe("reel.cli.values", function()
  it("reads words by the types of the model's fields", function()
    assert.same({ prompt = "a=b", n_frames = "10", remove_watermark = false },
      values.parse(text_to_video, { "prompt=a=b", "n_frames=10", "remove_watermark=false" }))
  end)

  it("gathers a list from a repeated field", function()
    assert.same({ image_urls = { "a.png", "b.png" } }, values.parse(
      models.get("sora-2-image-to-video"), { "image_urls=a.png", "image_urls=b.png" }))
  end)

  it("refuses a word that is not a boolean", function()
    assert.equal("remove_watermark must be true or false, got yes",
      refusal(values.parse, text_to_video, { "remove_watermark=yes" }))
  end)

  it("refuses a field given twice", function()
    assert.equal("prompt is given twice",
      refusal(values.parse, text_to_video, { "prompt=a", "prompt=b" }))
  end)

  it("refuses a word without =", function()
    assert.equal('"storm" does not have the form field=value',
      refusal(values.parse, text_to_video, { "storm" }))
  end)

  it("leaves unknown fields to the validation of the input", function()
    assert.same({ promt = "x" }, values.parse(text_to_video, { "promt=x" }))
  end)

  it("names the model that was probably meant", function()
    assert.equal('unknown model "sora-2-text-to-vido", did you mean "sora-2-text-to-video"?',
      refusal(values.model, models, "sora-2-text-to-vido"))
  end)
end)
