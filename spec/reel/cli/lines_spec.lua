require "reel.core"
local lines = require "reel.cli.lines"
local terminal = require "reel.core.terminal"

local function task(fields)
  local made = {
    id = "281e5b0f9c7d4a6e8b1a", model = "sora-2-text-to-video", state = "generating",
    input = { prompt = "A lighthouse" },
  }
  for name, value in pairs(fields or {}) do made[name] = value end
  return made
end

describe("reel.cli.lines", function()
  it("fits text to an exact number of columns", function()
    assert.same({ "abc   ", "abcdef", "abcd…" },
      { lines.fit("abc", 6), lines.fit("abcdef", 6), lines.fit("abcdef", 5) })
  end)

  it("never splits a wide character", function()
    for columns = 1, 12 do
      local fitted = lines.fit("燈塔守望者 with e\u{301}", columns)
      assert.equal(columns, terminal.width(fitted))
      assert.is_truthy(utf8.len(fitted))
    end
  end)

  it("labels a task by its model and its prompt on one line", function()
    assert.equal("text to video  A light house",
      lines.label(task { input = { prompt = "A light\n\thouse" } }))
    assert.equal("watermark remover  281e5b0f9c7d",
      lines.label(task { model = "sora-watermark-remover", input = { video_url = "u" } }))
  end)

  it("lets no escape sequence of a prompt reach the terminal", function()
    assert.is_nil(lines.label(task { input = { prompt = "a\27[2Jb\u{9B}c" } }):find("[\27\x9B]"))
  end)

  it("shows durations as people read them", function()
    assert.same({ "0 s", "59 s", "1:00", "1:01:01" }, {
      lines.duration(0.9), lines.duration(59.9), lines.duration(60), lines.duration(3661),
    })
  end)

  it("keeps a live line below the terminal's width", function()
    local line = lines.live("text to video  A lighthouse", task { progress = 45.6 }, 65, 60)
    assert.equal("text to video  A lighthouse         generating 45%     1:05", line)
    assert.equal(59, terminal.width(line))
  end)

  it("keeps a minimum of the label on a narrow terminal", function()
    assert.matches("^text to vid…  waiting", lines.live("text to video  A", task {
      state = "waiting" }, 0, 20))
  end)

  it("describes each event in a plain line", function()
    local function plain(kind, fields, more)
      local event = { type = kind, task = task(fields) }
      for name, value in pairs(more or {}) do event[name] = value end
      return (lines.plain(event):gsub("^281e5b0f9c7d  ", ""))
    end
    assert.same({
      "accepted  text to video  A lighthouse", "generating 45%", "queuing", "done",
      "done: @ranger", "failed: too dark", "saved a.mp4",
    }, {
      plain("accepted"), plain("state", { progress = 45 }), plain("state", { state = "queuing" }),
      plain("settled", { state = "success" }),
      plain("settled", { state = "success", handle = "@ranger" }),
      plain("settled", { state = "fail", fail_msg = "too dark" }),
      plain("saved", {}, { path = "a.mp4" }),
    })
    assert.equal("slow down", lines.plain { type = "retry", message = "slow down" })
    assert.is_nil(lines.plain { type = "of the future" })
  end)
end)
