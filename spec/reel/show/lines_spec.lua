require "reel.core"
local lines = require "reel.show.lines"
local terminal = require "reel.core.terminal"

local function task(fields)
  local made = {
    id = "281e5b0f9c7d4a6e8b1a", model = "sora-2-text-to-video", state = "generating",
    input = { prompt = "A lighthouse" },
  }
  for name, value in pairs(fields or {}) do made[name] = value end
  return made
end

describe("reel.show.lines", function()
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

  local function row(fields, label)
    return { label = label or "text to video  A lighthouse", task = task(fields) }
  end

  it("shows the state of a row, for how long, and how long it should take", function()
    assert.equal("text to video  A lighthouse          generating 45%    1:05 of ~2:10",
      lines.live(row { progress = 45.6 }, 65, 130, 70))
    assert.equal("text to video  A lighthouse          generating 45%    1:05",
      lines.live(row { progress = 45.6 }, 65, nil, 70))
  end)

  it("shows less of a row on a narrow terminal, and never more than fits", function()
    local waiting = { state = "waiting" }
    assert.equal("text to video  A lig…  waiting            9 s",
      lines.live(row(waiting), 9, 10, 46))
    assert.equal("text to video  A…  waiting", lines.live(row(waiting), 9, 10, 34))
    for columns = 1, 100 do
      for _, label in ipairs { "text to video  A lighthouse", "燈塔守望者在暴風雨中揮手" } do
        local width = terminal.width(lines.live(row({}, label), 9, 10, columns))
        assert.is_true(width < columns or columns == 1, columns .. ": " .. width)
      end
    end
  end)

  it("names calls that have no task yet", function()
    assert.equal("to send", lines.state {})
    assert.equal("sent elsewhere", lines.state { is_elsewhere = true })
  end)

  it("shows when a call is tried again, and why, as far as the line fits", function()
    local waiting = { label = "text to video  A lighthouse",
      retry = { reason = "too many\nrequests", until_s = 112 } }
    assert.equal("text to video  A lighthouse  again in 12 s: too many requests",
      (lines.retry(waiting, 100, 70):gsub("  +again", "  again")))
    assert.matches("trying again: too many requests", lines.retry(waiting, 113, 70))
    for columns = 12, 100 do
      assert.is_true(terminal.width(lines.retry(waiting, 100, columns)) < columns)
    end
  end)

  it("counts the rows that do not fit", function()
    local rows = { row(), row { state = "waiting" }, row { state = "waiting" }, {} }
    assert.equal("… and 3 more: 2 waiting, 1 to send", lines.more(rows, 2, 38))
  end)

  local function total(fields)
    local sums = { done = 0, failed = 0, running = 0, ["to send"] = 0, seconds = 65,
      spent = { charged = 0, estimate = 0, untold = 0, unpriced = 0 } }
    for name, value in pairs(fields) do sums[name] = value end
    return lines.total(sums)
  end

  it("sums up a run", function()
    assert.same({
      "3 done, 1 failed, 2 running, 4 to send  1:05",
      "1 done  30 credits  1:05",
      "1 running  ~30 credits  1:05",
      "2 running  ~65 credits (35 charged)  1:05",
      "2 running  ~30 credits and 1 of unknown price  1:05",
      "2 running  no cost  1:05",
    }, {
      total { done = 3, failed = 1, running = 2, ["to send"] = 4 },
      total { done = 1, spent = { charged = 30, estimate = 0, untold = 0, unpriced = 0 } },
      total { running = 1, spent = { charged = 0, estimate = 30, untold = 1, unpriced = 0 } },
      total { running = 2, spent = { charged = 35, estimate = 30, untold = 1, unpriced = 0 } },
      total { running = 2, spent = { charged = 0, estimate = 30, untold = 2, unpriced = 1 } },
      total { running = 2, is_free = true,
        spent = { charged = 0, estimate = 60, untold = 2, unpriced = 0 } },
    })
  end)

  it("keeps the outcome of a settled task on a line that stays", function()
    local done = task { state = "success" }
    local long = task { state = "fail", fail_msg = ("no "):rep(40) }
    assert.equal("A lighthouse             done, 9 s", lines.settled("A lighthouse", done, 9, 35))
    assert.matches("no no, 9 s$", (lines.settled("A lighthouse", long, 9, 30):gsub(" ,", ",")))
  end)

  it("passes each kind of words to the paint function", function()
    local function paint(kind, words) return "<" .. kind .. ":" .. words .. ">" end
    assert.matches("<done:done>, 9 s$",
      lines.settled("A", task { state = "success" }, 9, 40, paint))
    assert.matches("<aside: of ~10 s>$", lines.live(row(), 9, 10, 80, paint))
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
    local call = { model = { name = "sora-2-text-to-video" }, input = { prompt = "A" } }
    assert.equal("text to video  A  slow down",
      lines.plain { type = "retry", call = call, message = "slow down" })
    assert.equal("another process is sending  text to video  A",
      lines.plain { type = "elsewhere", call = call })
    assert.equal("attached  text to video  A lighthouse  queuing",
      plain("attached", { state = "queuing" }))
    assert.is_nil(lines.plain { type = "of the future" })
  end)

  it("leaves no control character of any field in any line, and no line end", function()
    local hostile = "a\27[31m\r\u{9B}2J\u{202E}\u{2069}\nb\127\xFF"
    local call = { model = { name = hostile }, input = { prompt = hostile } }
    local function shown(is_done)
      local one = task {
        id = hostile, model = hostile, state = is_done and "success" or hostile,
        input = is_done and {} or { prompt = hostile }, handle = is_done and hostile or nil,
        fail_msg = hostile,
      }
      local one_row = { label = lines.label(one), task = one,
        retry = { reason = hostile, until_s = 9 } }
      local found = {
        lines.label(one), lines.state(one_row), lines.live(one_row, 1, 2, 200),
        lines.live(one_row, 1, 2, 10), lines.retry(one_row, 1, 200),
        lines.more({ one_row }, 1, 200), lines.settled(hostile, one, 1, 200),
        lines.fit(hostile, 200), lines.cut(hostile, 200),
      }
      for _, kind in ipairs {
        "accepted", "attached", "elsewhere", "state", "settled", "saved", "retry",
      } do
        found[#found + 1] = lines.plain {
          type = kind, task = one, call = call, path = hostile, message = hostile,
        }
      end
      return found
    end
    for _, is_done in ipairs { false, true } do
      for i, line in ipairs(shown(is_done)) do
        assert.is_truthy(utf8.len(line), i)
        for _, pattern in ipairs { "%c", "\xC2[\x80-\x9F]", "\xE2\x80\xAE", "\xE2\x81\xA9" } do
          assert.is_nil(line:find(pattern), i .. ": " .. line)
        end
      end
    end
  end)
end)
