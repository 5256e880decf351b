local image = require "reel.render.image"

describe("reel.render.image", function()
  it("finds the format by the first bytes, not by the name", function()
    assert.equal("jpeg", image.format_of("\xff\xd8\xff\xe0\0\16JFIF\0\1"))
    assert.equal("png", image.format_of("\x89PNG\r\n\x1a\n\0\0\0\13"))
    assert.equal("webp", image.format_of("RIFF\x10\x20\0\0WEBP"))
  end)

  it("does not take anything else for a picture", function()
    for _, prefix in ipairs { "", "\xff\xd8", "<html><body>", "GIF89a", "ffconcat version 1.0" } do
      assert.is_nil(image.format_of(prefix))
    end
  end)

  it("forces the demuxer, limits the pixels and opens files only", function()
    local argv = table.concat(image.validate { path = "in.bin", format = "png" }, " ")
    assert.truthy(argv:find("-f png_pipe -i file:in.bin", 1, true))
    assert.truthy(argv:find("-max_pixels 60000000 -protocol_whitelist file", 1, true))
    assert.truthy(argv:find("-xerror -err_detect explode", 1, true))
  end)

  it("refuses a format it does not know", function()
    assert.has_error(function() image.validate { path = "x", format = "gif" } end)
  end)
end)
