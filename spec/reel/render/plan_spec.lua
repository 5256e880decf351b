local render = require "reel.render"

-- Each part would do harm in a filter graph, in ASS or in SVG if it were written there unescaped.
local HOSTILE = "zqx'; [v]null[w] :x=1, {\\b1} %{pts} <svg onload=zqx> zqx=zqx\\N"

local function clip_options(more)
  local options = {
    prompt = "A lighthouse keeper waves. Gulls answer.", width = 320, height = 180, duration = 10,
    marked = false, folder = "job",
  }
  for name, value in pairs(more or {}) do options[name] = value end
  return options
end

local function image_options(more)
  local options = clip_options(more)
  options.images = {
    { path = "1.bin", format = "jpeg" }, { path = "2.bin", format = "png" },
  }
  return options
end

local function text_of(plan, name)
  for _, file in ipairs(plan.files) do
    if file.name == name then return file.text end
  end
end

describe("reel.render", function()
  it("gives the same plan for the same input", function()
    assert.same(render.clip(clip_options()), render.clip(clip_options()))
    assert.same(render.from_images(image_options()), render.from_images(image_options()))
  end)

  it("gives another picture for another prompt", function()
    local one = text_of(render.clip(clip_options()), "s1_sky.svg")
    local other = text_of(render.clip(clip_options { prompt = "A fox in the wood." }), "s1_sky.svg")
    assert.not_equal(one, other)
  end)

  it("lets ffmpeg write to a .part file, and names the output that it becomes", function()
    local plan = render.clip(clip_options())
    assert.equal("out.mp4", plan.output)
    assert.equal("out.mp4.part", plan.argv[#plan.argv])
    assert.equal("job", plan.cwd)
    assert.equal(60, plan.timeout)
  end)

  it("puts no text of the prompt into a graph or a drawing", function()
    for _, make in ipairs { render.clip, render.from_images } do
      for _, abilities in ipairs { false, { drawtext = true } } do
        local plan = make(image_options {
          prompt = HOSTILE, handles = { HOSTILE }, abilities = abilities or nil,
        })
        for _, file in ipairs(plan.files) do
          if file.name:find("graph") or file.name:find("%.svg$") then
            assert.is_nil(file.text:find("zqx", 1, true), file.name)
          end
        end
      end
    end
  end)

  it("escapes the prompt and the handles in the overlay", function()
    local plan = render.clip(clip_options { prompt = HOSTILE, handles = { "{\\fs90}" } })
    local overlay = text_of(plan, "overlay.ass")
    assert.is_nil(overlay:find("{\\b1}", 1, true))
    assert.is_nil(overlay:find("{\\fs90}", 1, true))
    assert.truthy(overlay:find("\\{\\\u{2060}b1\\}", 1, true))
  end)

  it("escapes the words about a character", function()
    local plan = render.character_sheet {
      source = "clip.mp4", handle = "{h}", traits = "{\\b1}", safety = "{\\s1}", folder = "job",
    }
    local lettering = text_of(plan, "sheet.ass")
    for _, tag in ipairs { "{h}", "{\\b1}", "{\\s1}" } do
      assert.is_nil(lettering:find(tag, 1, true))
    end
    assert.truthy(lettering:find("@\\{h\\}", 1, true))
  end)

  it("says on every clip that it is a preview", function()
    for _, plan in ipairs { render.clip(clip_options()), render.from_images(image_options()) } do
      assert.truthy(text_of(plan, "overlay.ass"):find("PREVIEW · NOT SORA", 1, true))
      assert.truthy(table.concat(plan.argv, "\n"):find("comment=Preview, not Sora: ", 1, true))
    end
  end)

  it("draws the mark on marked clips only", function()
    local function has_mark(marked)
      local overlay = text_of(render.clip(clip_options { marked = marked }), "overlay.ass")
      return overlay:find("}PREVIEW\n", 1, true) ~= nil
    end
    assert.is_true(has_mark(true))
    assert.is_false(has_mark(false))
  end)

  it("keeps the comment within 600 characters", function()
    local plan = render.clip(clip_options { prompt = ("山"):rep(10000) })
    local comment = table.concat(plan.argv, "\n"):match("comment=Preview, not Sora: ([^\n]*)")
    assert.equal(600, utf8.len(comment))
  end)

  it("aligns text that is written from the right on the right", function()
    local overlay = text_of(render.clip(clip_options { prompt = "שלום עולם" }), "overlay.ass")
    local style = overlay:match("\nStyle: Caption,[^\n]*")
    assert.truthy(style:find(",3,%d+,%d+,0,%-1$"))
  end)

  it("writes paths so that they name no other protocol", function()
    local options = image_options()
    options.images[1].path = "http://example.org/1.jpg"
    local argv = table.concat(render.from_images(options).argv, "\n")
    assert.truthy(argv:find("\nfile:http://example.org/1.jpg\n", 1, true))
  end)

  it("makes a clip without SVG and libass when they are missing", function()
    local plan = render.clip(clip_options { abilities = { drawtext = true }, marked = true })
    local graph = text_of(plan, "graph.txt")
    assert.is_nil(graph:find("subtitles", 1, true))
    assert.truthy(graph:find("textfile=caption1.txt:expansion=none", 1, true))
    for _, file in ipairs(plan.files) do assert.is_nil(file.name:find("%.svg$")) end
  end)

  it("makes a poster rather than a character sheet when SVG is missing", function()
    local plan = render.character_sheet {
      source = "clip.mp4", handle = "fox", folder = "job", abilities = {},
    }
    assert.equal("out.jpg", plan.output)
    assert.same({}, plan.files)
  end)
end)
