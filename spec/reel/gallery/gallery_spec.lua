-- reel gallery as people run it, against a fake vendor.
local clips = require "support.clips"
local journals = require "support.journals"
local program = require "support.program"

local function start(options)
  local reel = program.start(options)
  finally(function() reel:finish() end)
  return reel
end

local function read(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read("a")
end

-- The page without its footer, which says when it was made.
local function timeless(html)
  return (html:gsub("<footer>.-</footer>", ""))
end

local a_dune <const> = [[reel.text_to_video({ prompt = "a dune" }, { key = "the dune" }):wait()]]

-- A project with one clip.
local function with_clip(options)
  local reel = start(options)
  reel:script("a.lua", a_dune)
  assert.equal(0, reel:run("a.lua").code)
  return reel, reel.vendor:ledger()[1].task_id
end

describe("reel gallery", function()
  it("makes a page beside the journal and prints its path", function()
    local reel, id = with_clip()
    local result = reel:run("gallery")
    assert.equal(0, result.code, result.stderr)
    assert.equal(reel.folder .. "/.reel/gallery.html\n", result.stdout)
    local html = read(reel.folder .. "/.reel/gallery.html")
    assert.matches('src="media/' .. id .. '%-1.mp4"', html)
    for _, words in ipairs { "a dune", "the dune", "succeeded", id, "Made in" } do
      assert.is_truthy(html:find(words, 1, true), words)
    end
    assert.is_nil(html:find(reel.vendor.key, 1, true))
    assert.equal(1, #reel.vendor:ledger())
  end)

  it("makes the page elsewhere on request, and again, but never replaces another file", function()
    local reel, id = with_clip()
    assert(os.execute("mkdir '" .. reel.folder .. "/my pages'"))
    for _ = 1, 2 do
      assert.equal("my pages/all.html\n", reel:run("gallery", "-o", "my pages/all.html").stdout)
    end
    assert.matches('src="%.%./%.reel/media/' .. id, read(reel.folder .. "/my pages/all.html"))
    local result = reel:run("gallery", "-o", "a.lua")
    assert.equal(2, result.code)
    assert.matches("a.lua exists and is not a page of reel gallery", result.stderr)
    assert.matches("a dune", read(reel.folder .. "/a.lua"))
    assert.matches("^reel: cannot write the page: ", reel:run("gallery", "-o", "no/a.html").stderr)
  end)

  it("prints a JSON object on request", function()
    local reel = with_clip()
    assert.same({ { path = "all.html", attempts = 1 } }, (reel:json("gallery", "-o", "all.html")))
  end)

  it("says so when nothing was made, and makes nothing", function()
    local reel = start()
    local result = reel:run("gallery", "-o", "all.html")
    assert.equal(2, result.code)
    assert.matches("nothing was made in this folder", result.stderr)
    assert.is_false(reel:has "all.html")
    assert.is_false(reel:has ".reel")
  end)

  it("shows an attempt of unknown outcome first, and says what to do", function()
    local reel = start { create = { "reset" } }
    reel:script("a.lua", [[pcall(reel.text_to_video, { prompt = "a lake" })]] .. "\n" .. a_dune)
    reel:run("a.lua")
    reel:run("gallery")
    local html = read(reel.folder .. "/.reel/gallery.html")
    local first = html:match("<article.-</article>")
    assert.matches('data%-state="ambiguous"', first)
    assert.matches("reel adopt 1 TASK_ID", first)
    assert.matches("a lake", first)
  end)

  it("shows the saved copy of a clip that is not kept any more", function()
    local reel, id = with_clip()
    reel:run("save", id, "-o", "dune")
    assert(os.remove(reel.folder .. "/.reel/media/" .. id .. "-1.mp4"))
    reel:run("gallery")
    assert.matches('src="%.%./dune.mp4"', read(reel.folder .. "/.reel/gallery.html"))
    assert(os.remove(reel.folder .. "/dune.mp4"))
    reel:run("gallery")
    assert.matches("The file is gone%. To fetch it again: reel save 1 %-o FILE",
      read(reel.folder .. "/.reel/gallery.html"))
  end)

  it("makes a page without pictures when there is no ffmpeg", function()
    local reel = with_clip()
    reel.settings.PATH = reel.folder
    local result = reel:run("gallery")
    assert.equal(0, result.code, result.stderr)
    assert.matches("no pictures without ffmpeg", result.stderr)
    assert.matches("<video [^>]*></video>", read(reel.folder .. "/.reel/gallery.html"))
  end)

  it("makes one picture for clips of the same content", function()
    if not clips.can_make() then return pending("needs the program ffmpeg") end
    local reel = with_clip { file = { always = { body = clips.make(1) } } }
    assert.equal(0, reel:run("gallery").code)
    local html = read(reel.folder .. "/.reel/gallery.html")
    local poster = html:match('poster="(data:image/jpeg;base64,[%w+/=]+)"')
    assert.is_truthy(poster)
    assert.matches("<dt>Length</dt><dd dir=\"auto\">1 s</dd>", html)
    reel.settings.PATH = reel.folder -- without ffmpeg
    assert.equal("", reel:run("gallery").stderr)
    assert.equal(timeless(html), timeless(read(reel.folder .. "/.reel/gallery.html")))
    local left = io.popen("ls " .. reel.folder .. "/.reel/posters"):read("a")
    assert.matches("^%x+%.jpg\n$", left)
    assert.equal(64 + 5, #left)
  end)

  it("writes no picture where a hash of the journal leads", function()
    if not clips.can_make() then return pending("needs the program ffmpeg") end
    local reel = with_clip { file = { always = { body = clips.make(1) } } }
    local journal = assert(require "reel.core.journal".open(reel.folder .. "/.reel/journal.db"))
    journals.rows(journal, "UPDATE artifact SET sha256 = '../../evil'")
    journal:close()
    assert.equal(0, reel:run("gallery").code)
    assert.is_false(reel:has "evil.jpg")
    assert.equal("", io.popen("ls " .. reel.folder .. "/.reel/posters"):read("a"))
  end)
end)
