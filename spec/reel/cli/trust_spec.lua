-- A folder that says where the key goes, and the commands that run there.
local process = require "support.program" and require "reel.core.process"
local json = require "reel.base.json"
local program = require "support.program"

-- A program whose key is the user's and whose base URL only the folder's file names.
local function start(settings)
  local reel = program.start()
  finally(function() reel:finish() end)
  for name, value in pairs(settings or {}) do reel.settings[name] = value end
  reel.settings.XDG_STATE_HOME = reel.folder .. "/state"
  reel.vendor_url = reel.vendor.url
  reel.vendor.url = ""
  reel:write("reel.conf.lua", ("return { base_url = %q }"):format(reel.vendor_url))
  return reel
end

local function requests(reel)
  return reel.vendor:count "credit" + reel.vendor:count "create" + reel.vendor:count "record"
end

describe("a folder that names a base URL", function()
  it("gets no key by any command, and the commands without a request work", function()
    local reel = start()
    reel:script("a.lua", 'reel.text_to_video { prompt = "a dune" }')
    reel:write("a.png", "not a picture")
    reel:script("b.lua", 'reel.upload "a.png"')
    reel:script("c.lua", 'reel.attach "00000000000000000000000000000000"')
    for _, words in ipairs { { "credits" }, { "a.lua" }, { "b.lua" }, { "c.lua" },
      { "make", "sora-2-text-to-video", "prompt=x" }, { "wait", "0a000000000000000000" } } do
      local result = reel:run(table.unpack(words))
      assert.equal(2, result.code, words[1])
      assert.matches("the API key from KIE_API_KEY is not sent: base_url is set by ", result.stderr)
    end
    for _, words in ipairs { { "credits", "--ledger" }, { "plan", "a.lua" },
      { "models" } } do
      assert.equal(0, reel:run(table.unpack(words)).code, words[1])
    end
    assert.equal(0, requests(reel))
    assert.equal(0, #reel.vendor:ledger())
  end)

  it("is told about by doctor", function()
    local reel = start()
    local found = {}
    for _, finding in ipairs(reel:json "doctor") do found[finding.check] = finding end
    assert.matches("the settings file of this folder decides where prompts go",
      found.base_url.text, 1, true)
    assert.is_false(found.key.ok)
    assert.matches("which is not trusted", found.key.text, 1, true)
    assert.equal("not tested, since there is no key to send", found.API.text)
    assert.equal(0, requests(reel))
  end)

  it("works with --local, which uses neither its address nor its proxy", function()
    local reel = start()
    reel:write("reel.conf.lua", "return { base_url = 'https://b.example', proxy = 'b.example:1' }")
    local result = reel:run("--local", "credits")
    assert.equal("", result.stderr:gsub("reel: [^\n]*\n", ""))
    assert.equal(0, result.code)
  end)

  it("gets the key after reel trust, until the file changes or the trust is taken back", function()
    local reel = start()
    local path = reel.folder .. "/reel.conf.lua"
    assert.equal(2, reel:run("credits").code)
    local told = reel:run("trust")
    assert.equal(("trusted: %s\n  base_url = %s: the key and all prompts go there\n"):format(path,
      reel.vendor_url), told.stdout)
    assert.equal(0, reel:run("credits").code)
    reel:write("reel.conf.lua", ("return { base_url = %q } --"):format(reel.vendor_url))
    assert.matches("which has changed since it was trusted", reel:run("credits").stderr)
    assert.equal(0, reel:run("trust", reel.folder .. "/").code)
    assert.equal(0, reel:run("credits").code)
    assert.equal("not trusted any longer: " .. path .. "\n", reel:run("trust", "--revoke").stdout)
    assert.equal("was not trusted: " .. path .. "\n",
      reel:run("trust", "--revoke").stdout)
    assert.equal(2, reel:run("credits").code)
  end)
end)

describe("reel trust", function()
  it("shows what the file sets, without passwords, also as JSON", function()
    local reel = start()
    reel:write("reel.conf.lua", [[return { poll_first = 3, proxy = "http://me:s3cret@p:1",
      journal = "../j.db", allow_http = true }]])
    local told = reel:run("trust").stdout
    assert.same({ "journal = " .. reel.folder .. "/../j.db: the journal is written there",
      "proxy = http://…@p:1: all requests pass through it",
      "allow_http = true: the key and all prompts may go over the network unencrypted" },
      { told:match("\n  ([^\n]*)\n  ([^\n]*)\n  ([^\n]*)\n$") })
    assert.not_matches("s3cret", told, 1, true)
    local found = reel:json "trust"
    assert.same({ name = "journal", value = reel.folder .. "/../j.db",
      decides = "the journal is written there" }, found[1].settings[1])
    assert.is_true(found[1].trusted)
  end)

  it("remembers nothing where there is nothing to trust", function()
    local reel = start()
    reel:write("reel.conf.lua", "return { poll_first = 3 }")
    assert.equal(reel.folder .. "/reel.conf.lua sets nothing that needs trust\n",
      reel:run("trust").stdout)
    assert.is_false(reel:has "state")
  end)

  local refusals = {
    { nil, "there is no PATH" },
    { "while true do end", "PATH: it runs for too long" },
    { "return { base_url = 'b.example' }", "base_url from PATH is b.example: expected" },
    { "return { colour = 1 }", 'unknown setting "colour" in PATH' },
  }
  for _, case in ipairs(refusals) do
    it("refuses " .. (case[1] or "a folder without a file"), function()
      local reel = start()
      if case[1] then
        reel:write("reel.conf.lua", case[1])
      else
        os.remove(reel.folder .. "/reel.conf.lua")
      end
      local result = reel:run("trust")
      assert.equal(2, result.code)
      local words = case[2]:gsub("PATH", (reel.folder .. "/reel.conf.lua"))
      assert.matches(words, result.stderr, 1, true)
      assert.is_false(reel:has "state")
    end)
  end
end)

describe("a .reel that is a link", function()
  it("stops the commands that need it, and no others", function()
    local reel = program.start()
    finally(function() reel:finish() end)
    assert(os.execute(("mkdir %s/other && ln -s other %s/.reel"):format(reel.folder, reel.folder)))
    reel:script("a.lua", 'reel.text_to_video { prompt = "a dune" }')
    for _, words in ipairs { { "a.lua" }, { "tasks" }, { "gallery" }, { "--local", "credits" },
      { "plan", "a.lua" } } do
      local result = reel:run(table.unpack(words))
      assert.equal(2, result.code, words[#words])
      assert.matches("/.reel is a symbolic link, but reel keeps its files in a folder of the "
        .. "project itself; move the folder that the link leads to here", result.stderr, 1, true)
    end
    assert.equal(0, reel:run("models").code)
    assert.equal(0, reel.vendor:count "create")
    local names = process.run { argv = { "ls", "-A", reel.folder .. "/other" }, timeout = 5 }
    assert.equal("", names.stdout)
  end)
end)

describe("a folder that names a place to listen", function()
  it("is refused by reel receive, unless the place is loopback or the user's own", function()
    local reel = start()
    reel:write("reel.conf.lua", "return { callback_listen = '0.0.0.0:0' }")
    local result = reel:run("receive")
    assert.equal(2, result.code)
    assert.matches("callback_listen is set by ", result.stderr, 1, true)
    local findings = {}
    for _, finding in ipairs(reel:json "doctor") do findings[finding.check] = finding.text end
    assert.matches("callback_listen is set by ", findings.callback_listen, 1, true)
    assert.is_nil(json.decode(result.stdout))
  end)
end)
