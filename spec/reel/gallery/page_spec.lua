-- The page as text: its policy, its sections, and how it shows text that would be markup.
local core = require "reel.core"
local digest = require "reel.core.digest"
local page = require "reel.gallery.page"

local HOSTILE <const> = [["'><script>alert(1)</script><img src=x onerror=alert(2)></style></html>]]

local function entry(changes)
  local made = {
    number = 1, state = "succeeded", part = "made", model = "text to video", model_name = "m",
    about = "a dune", files = {}, facts = {}, details = {}, is_portrait = false,
  }
  for name, value in pairs(changes or {}) do made[name] = value end
  return made
end

local function clip(changes)
  local file = { name = "a.mp4", path = "/p/.reel/media/a.mp4", extension = "mp4", kind = "video",
    sha256 = "0", poster = "data:image/jpeg;base64,AAAA" }
  for name, value in pairs(changes or {}) do file[name] = value end
  return file
end

local function html_of(list, folder)
  return page.html(list, { project = "p", folder = folder or "/p/.reel" })
end

local function hash_of(content)
  local raw = digest.sha256(content):gsub("..", function(hex)
    return string.char(tonumber(hex, 16))
  end)
  return "'sha256-" .. digest.base64(raw) .. "'"
end

local function count(html, words)
  local _, found = html:gsub(words:gsub("%p", "%%%0"), "")
  return found
end

describe("reel.gallery.page", function()
  it("allows its own style and script by their hashes and nothing else to run", function()
    local html = html_of { entry() }
    local policy = html:match('http%-equiv="Content%-Security%-Policy" content="([^"]*)"')
    assert.equal("default-src 'none'; style-src " .. hash_of(html:match("<style>(.-)</style>"))
      .. "; script-src " .. hash_of(html:match("<script>(.-)</script>"))
      .. "; img-src data:; media-src 'self' file:; base-uri 'none'; form-action 'none'", policy)
    assert.is_true(html:find("Content%-Security") < html:find("<style>"))
  end)

  it("has no second style or script, no event handler and no address of another host", function()
    local html = html_of { entry { files = { clip() } },
      entry { files = { clip { name = "a.bin", kind = false } } } }
    assert.same({ 1, 1 }, { count(html, "<style"), count(html, "<script") })
    assert.is_nil(html:find("<[^>]* style="))
    assert.is_nil(html:find("<[^>]* on%a+="))
    for _, name in ipairs { "src", "href", "poster", "action" } do
      for value in html:gmatch("<[^>]* " .. name .. '="([^"]*)"') do
        local is_elsewhere = value:find("^%a[%w+.-]*:") or value:find("^/")
        assert.is_true(not is_elsewhere or value:find("^data:image/jpeg;base64,") ~= nil, value)
      end
    end
  end)

  it("shows markup as text, in whatever field it is", function()
    local html = html_of { entry {
      about = HOSTILE, state = HOSTILE, model = HOSTILE, model_name = HOSTILE, handle = HOSTILE,
      reason = HOSTILE, note = HOSTILE, facts = { { HOSTILE, HOSTILE } },
      details = { { HOSTILE, HOSTILE } },
      files = { clip { path = "/p/.reel/" .. HOSTILE }, clip { name = HOSTILE, kind = false } },
    } }
    assert.same({ 1, 1, 1, 1 }, { count(html, "<script"), count(html, "</script"),
      count(html, "</style"), count(html, "</html") })
    assert.is_nil(html:find("<img", 1, true))
    assert.is_truthy(html:find("&lt;img src=x onerror=alert(2)&gt;", 1, true))
  end)

  it("replaces no placeholder inside inserted text", function()
    local html = html_of { entry { about = "${script} %1 ${policy}" } }
    assert.is_truthy(html:find("${script} %1 ${policy}", 1, true))
  end)

  it("names clips by their paths from its folder, and loads none before it is played", function()
    local list = { entry { files = { clip { path = "/p/.reel/media/a b.mp4" } } } }
    assert.matches('<video controls playsinline preload="none" src="media/a%%20b.mp4" '
      .. 'poster="data:image/jpeg;base64,AAAA" aria%-label="text to video 1: a dune"></video>',
      html_of(list))
    assert.matches('src="%.%./p/%.reel/media/a%%20b.mp4"', html_of(list, "/pages"))
  end)

  it("says how to get a clip that is gone", function()
    local file = clip()
    file.path = nil
    assert.matches("The file is gone. To fetch it again: reel save 7 %-o FILE",
      html_of { entry { number = 7, files = { file } } })
  end)

  it("shows first what needs a person, and marks each state", function()
    local html = html_of {
      entry { state = "failed", part = "without", reason = "moderated" }, entry(),
      entry { state = "ambiguous", part = "needing", note = "look into the log" },
    }
    local titles = {}
    for title in html:gmatch("<h2[^>]*>([^<]*)</h2>") do titles[#titles + 1] = title end
    assert.same({ "Needs you", "Made", "Without a result" }, titles)
    assert.matches('<p class="note" dir="auto">look into the log</p>', html)
    assert.matches('<p class="note" dir="auto">moderated</p>', html)
    assert.matches('<a href="#needing">1 waiting for you</a>', html)
    assert.matches('data%-state="ambiguous"', html)
  end)

  it("offers each state and model once", function()
    local html = html_of { entry(), entry(), entry { state = "failed", part = "without" } }
    assert.matches('<option value="">All states</option><option value="failed">failed %(1%)'
      .. '</option><option value="succeeded">succeeded %(2%)</option></select>', html)
    assert.matches('<option value="m">text to video %(3%)</option></select>', html)
  end)

  it("says so when nothing was made", function()
    local html = html_of {}
    assert.matches("Nothing was made here yet%.", html)
    assert.equal(page.BEGINNING, html:sub(1, #page.BEGINNING))
    assert.matches("Made by reel " .. core.version:gsub("%p", "%%%0"), html)
  end)
end)
