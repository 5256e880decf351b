local models = require "reel.models"

local function field(model_name, name)
  for _, candidate in ipairs(models.get(model_name).fields) do
    if candidate.name == name then return candidate end
  end
end

local function refusal(definition)
  local ok, err = pcall(models.define, definition)
  assert.is_false(ok)
  assert.equal("invalid", err.kind)
  return err.message
end

describe("reel.models", function()
  it("has the four models of the API document first", function()
    local names = {}
    for i = 1, 4 do names[i] = models.list()[i].name end
    assert.same({ "sora-2-text-to-video", "sora-2-image-to-video", "sora-2-characters-pro",
      "sora-watermark-remover" }, names)
    assert.is_nil(models.get("sora-3"))
  end)

  it("requires what the API document requires", function()
    local required = {}
    for i = 1, 4 do
      for _, each in ipairs(models.list()[i].fields) do
        if each.required then required[#required + 1] = each.name end
      end
    end
    assert.same({ "prompt", "prompt", "image_urls", "origin_task_id", "character_prompt",
      "video_url" }, required)
  end)

  it("has the document's limits in characters", function()
    assert.equal(10000, field("sora-2-text-to-video", "prompt").max_length)
    assert.equal(10000, field("sora-2-image-to-video", "prompt").max_length)
    assert.equal(100, field("sora-2-characters-pro", "origin_task_id").max_length)
    assert.equal(40, field("sora-2-characters-pro", "character_user_name").max_length)
    assert.equal(1000, field("sora-2-characters-pro", "character_prompt").max_length)
    assert.equal(1000, field("sora-2-characters-pro", "safety_instruction").max_length)
    assert.equal(500, field("sora-watermark-remover", "video_url").max_length)
  end)

  it("has the document's image formats and size", function()
    local images = field("sora-2-image-to-video", "image_urls")
    assert.same({ "image/jpeg", "image/png", "image/webp" }, images.file_types)
    assert.equal(10485760, images.max_file_bytes)
    assert.equal("files", images.accepts)
  end)

  it("names the page of every model and documents every field", function()
    for i = 1, 4 do
      local model = models.list()[i]
      assert.matches("read 2026%-03", model.source)
      for _, each in ipairs(model.fields) do assert.matches("%.$", each.doc) end
    end
  end)

  it("knows the prices in credits", function()
    local video = models.get("sora-2-text-to-video")
    assert.equal(30, video.price {})
    assert.equal(30, video.price { n_frames = "10" })
    assert.equal(35, video.price { n_frames = "15" })
    assert.is_nil(video.price { n_frames = "60" })
    assert.equal(35, models.get("sora-2-image-to-video").price { n_frames = "15" })
    assert.equal(20, models.get("sora-2-characters-pro").price {})
    assert.equal(10, models.get("sora-watermark-remover").price {})
  end)

  it("names similar models and define_model for an unknown name", function()
    local err = models.unknown("sora-2-text-to-vidoe")
    assert.equal("invalid", err.kind)
    assert.matches('"sora%-2%-text%-to%-vidoe", did you mean "sora%-2%-text%-to%-video"%?',
      err.message)
    assert.matches("reel%.define_model", err.message)
    assert.matches("named by a nil", models.unknown(nil).message)
  end)
end)

describe("reel.models request", function()
  local video = models.get("sora-2-text-to-video")

  it("puts each field where the API expects it", function()
    assert.same({
      model = "sora-2-text-to-video",
      input = { prompt = "a cat" },
      progressCallBackUrl = "https://me.example/p",
    }, models.request(video, { prompt = "a cat", progressCallBackUrl = "https://me.example/p" }))
  end)

  it("leaves fields that do not change the clip out of the identity", function()
    local input = { prompt = "a cat", upload_method = "oss",
      progressCallBackUrl = "https://me.example/p" }
    assert.same({ model = "sora-2-text-to-video", input = { prompt = "a cat" } },
      models.identity(video, input))
    assert.equal("oss", input.upload_method)
  end)
end)

describe("reel.models define", function()
  it("adds a model as data", function()
    local model = models.define {
      name = "vendor/clip-1", price = 12,
      fields = { { name = "prompt", required = true }, { name = "seconds", type = "integer" } },
    }
    assert.equal(model, models.get("vendor/clip-1"))
    assert.equal(12, model.price {})
    assert.equal("string", model.fields[1].type)
    assert.same({ "video", false }, { model.kind, model.open })
  end)

  it("accepts a price that depends on the input, or no price", function()
    local model = models.define { name = "by-input", price = function(i) return i.n * 2 end }
    assert.equal(6, model.price { n = 3 })
    assert.is_nil(models.define({ name = "no-price" }).price {})
  end)

  it("lets every field pass when none is defined", function()
    assert.is_true(models.define({ name = "anything" }).open)
  end)

  it("replaces a model in its place", function()
    models.define { name = "twice", price = 1 }
    local count = #models.list()
    models.define { name = "twice", price = 2 }
    assert.equal(count, #models.list())
    assert.equal(2, models.get("twice").price {})
  end)

  it("copies the definition", function()
    local fields = { { name = "prompt" } }
    local model = models.define { name = "copied", fields = fields }
    fields[1].name = "changed"
    assert.equal("prompt", model.fields[1].name)
  end)

  it("says what is wrong with a definition", function()
    assert.matches("expected a table", refusal("name"))
    assert.matches("name must be", refusal {})
    assert.matches("name must be", refusal { name = "two words" })
    assert.matches('unknown property "prize"', refusal { name = "m", prize = 1 })
    assert.matches("kind must be", refusal { name = "m", kind = "song" })
    assert.matches("price must be", refusal { name = "m", price = "30" })
    assert.matches("field 1 must be a table", refusal { name = "m", fields = { "prompt" } })
    assert.matches("field 1 needs a name", refusal { name = "m", fields = { {} } })
    assert.matches('field "a" is defined twice',
      refusal { name = "m", fields = { { name = "a" }, { name = "a" } } })
    assert.matches('unknown type "text"',
      refusal { name = "m", fields = { { name = "a", type = "text" } } })
    assert.matches('field "a": required must be a boolean',
      refusal { name = "m", fields = { { name = "a", required = "yes" } } })
    assert.is_nil(models.get("m"))
  end)
end)
