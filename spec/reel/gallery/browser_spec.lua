-- The page in a real browser, opened as a file.
local browsers = require "support.browser"
local clips = require "support.clips"
local program = require "support.program"

local HOSTILE <const> = [[<img src=x onerror="document.title='hurt'"><script>]]
  .. [[document.title = 'hurt'</script></p></style> "quoted" 'too' &amp;]]

local ENTER <const> = "\u{E007}"

describe("reel gallery in a browser", function()
  if not browsers.are_here() then return pending("needs chromium and chromium-driver") end
  if not clips.can_make() then return pending("needs the program ffmpeg") end

  local reel, browser

  -- Two clips, one task that failed and one attempt whose outcome is unknown.
  lazy_setup(function()
    reel = program.start {
      create = { "ok", "ok", "ok", "reset" }, file = { always = { body = clips.make(4) } },
      record = { "ok", "ok", { record = { state = "fail", failMsg = "too bad" } } }, polls = 0,
    }
    reel:script("a.lua", ([[
      reel.text_to_video { prompt = %q }:wait()
      reel.text_to_video({ prompt = "Sea and WIND" }, { key = "the sea" }):wait()
      pcall(function() reel.text_to_video { prompt = "a third" }:wait() end)
      pcall(reel.text_to_video, { prompt = "a lake" })]]):format(HOSTILE))
    reel:run("a.lua")
    local result = reel:run("gallery")
    assert(result.code == 0, result.stderr)
    assert(os.execute("mkdir " .. reel.folder .. "/browser"))
    browser = browsers.start(reel.folder .. "/browser")
  end)

  lazy_teardown(function()
    if browser then browser:stop() end
    reel:finish()
  end)

  before_each(function()
    browser:pretend(1280, "light")
    browser:open("file://" .. reel.folder .. "/.reel/gallery.html")
  end)

  local function shown()
    return browser:run([[return [...document.querySelectorAll(".card")]
      .filter((card) => card.getClientRects().length > 0)
      .map((card) => card.dataset.state).join(" ")]])
  end

  local function set(selector, value)
    browser:run([[const field = document.querySelector(arguments[0]);
      field.value = arguments[1];
      field.dispatchEvent(new Event(field.tagName === "INPUT" ? "input" : "change"));]],
      selector, value)
  end

  it("shows everything, first what needs a person, and logs nothing on the console", function()
    assert.equal("ambiguous succeeded succeeded failed", shown())
    assert.equal("4 of 4", browser:run "return document.querySelector('#count').textContent")
    assert.same({}, browser:console())
  end)

  it("shows a prompt that is full of markup as text", function()
    assert.is_true(browser:run([[return [...document.querySelectorAll(".about")]
      .some((about) => about.textContent === arguments[0])]], HOSTILE))
    assert.matches("· reel$", browser:run "return document.title")
    assert.equal(0, browser:run "return document.querySelectorAll('img').length")
    assert.equal(1, browser:run "return document.scripts.length")
  end)

  it("shows posters, and plays one clip at a time", function()
    assert.is_true(browser:run [[return [...document.querySelectorAll("video")]
      .every((video) => video.poster.startsWith("data:image/jpeg") && video.readyState === 0)]])
    browser:run "document.querySelectorAll('video').forEach((video) => { video.muted = true; })"
    browser:run "document.querySelectorAll('video')[0].play()"
    assert.is_true(browser:wait([[const video = document.querySelectorAll("video")[0];
      return video.currentTime > 0.2 && video.videoWidth === 160]], 20))
    browser:run "document.querySelectorAll('video')[1].play()"
    assert.is_true(browser:wait([[const [first, second] = document.querySelectorAll("video");
      return first.paused && second.currentTime > 0.2]], 20))
    assert.same({}, browser:console())
  end)

  it("loads the posters under its policy", function()
    assert.equal(160, browser:run [[
      const image = new Image();
      image.src = document.querySelector("video").poster;
      return image.decode().then(() => image.naturalWidth)]])
  end)

  it("filters by words, state and model", function()
    set("#words", "wind  SEA")
    assert.equal("succeeded", shown())
    set("#words", "the sea")
    assert.equal("succeeded", shown())
    set("#words", "nowhere")
    assert.equal("", shown())
    assert.is_false(browser:run "return document.querySelector('#nothing').hidden")
    browser:run "document.querySelector('#clear').click()"
    assert.equal("ambiguous succeeded succeeded failed", shown())
    set("#state", "failed")
    assert.equal("failed", shown())
    set("#words", "lake")
    assert.equal("", shown())
    set("#state", "")
    assert.equal("ambiguous", shown())
    set("#words", "")
    set("#model", "sora-2-text-to-video")
    assert.equal("ambiguous succeeded succeeded failed", shown())
  end)

  it("can be used with the keyboard alone", function()
    browser:type("/")
    assert.equal("words", browser:run "return document.activeElement.id")
    browser:type("lake/")
    assert.equal("lake/", browser:run "return document.querySelector('#words').value")
    set("#words", "")
    browser:run "document.querySelector('.card summary').focus()"
    browser:type(ENTER)
    assert.is_true(browser:run "return document.querySelector('.card details').open")
  end)

  it("names every control and player", function()
    assert.equal("", browser:run [[
      return [...document.querySelectorAll("input, select")]
        .filter((field) => field.labels.length === 0).map((field) => field.id).join()]])
    assert.is_true(browser:run [[return [...document.querySelectorAll("video, article")]
      .every((element) => element.getAttribute("aria-label"))]])
  end)

  it("fits a phone and a desktop, in light and dark", function()
    local grounds = {}
    for _, width in ipairs { 390, 1280 } do
      for _, scheme in ipairs { "light", "dark" } do
        browser:pretend(width, scheme)
        assert.is_true(browser:run "return document.documentElement.scrollWidth <= innerWidth")
        grounds[scheme] = browser:run "return getComputedStyle(document.body).backgroundColor"
      end
    end
    assert.are_not.equal(grounds.light, grounds.dark)
  end)

  it("runs and loads nothing except its own parts", function()
    browser:run [[
      window.broken = [];
      document.addEventListener("securitypolicyviolation",
        (event) => window.broken.push(event.effectiveDirective));
      const add = (name, fields) => document.body.append(
        Object.assign(document.createElement(name), fields));
      add("script", { textContent: "window.hurt = true" });
      add("style", { textContent: "body { display: none }" });
      add("img", { src: "http://127.0.0.1:1/x.png" });
      add("video", { src: "http://127.0.0.1:1/x.mp4", preload: "auto" });]]
    assert.is_true(browser:wait("return window.broken.length === 4", 10))
    assert.equal("img-src media-src script-src-elem style-src-elem",
      browser:run "return window.broken.sort().join(' ')")
    assert.is_true(browser:run "return window.hurt === undefined")
  end)

  it("says so when a clip was moved", function()
    browser:run [[const video = document.querySelector("video");
      video.src = "media/gone.mp4";
      video.play().catch(() => {});]]
    assert.is_true(browser:wait([[return document.querySelector(".notice[role=alert]") !== null]],
      10))
  end)
end)
