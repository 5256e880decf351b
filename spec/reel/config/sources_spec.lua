local config = require "reel.core" and require "reel.config.sources"
local lfs = require "lfs"

local KEY <const> = "sk-0123456789abcdef"

local folder

before_each(function()
  folder = os.tmpname()
  os.remove(folder)
  assert(lfs.mkdir(folder))
end)

after_each(function()
  os.execute("rm -rf '" .. folder .. "'")
end)

local function write(name, content, mode)
  local path = folder .. "/" .. name
  local file = assert(io.open(path, "w"))
  file:write(content)
  file:close()
  os.execute(("chmod %s '%s'"):format(mode or "644", path))
  return path
end

local function load(options, variables)
  options.env = function(name) return (variables or {})[name] end
  options.script_dir = folder
  return config.load(options)
end

local function refusal(options, variables)
  local result, err = load(options, variables)
  assert.is_nil(result)
  assert.equal("config", err.kind)
  return err.message
end

describe("reel.config defaults", function()
  it("are those of the documentation", function()
    local result = assert(load {})
    for _, name in ipairs { "source", "is_of_project", "refusals", "secrets" } do
      result[name] = nil
    end
    assert.same({
      base_url = "https://api.kie.ai", upload_url = "https://kieai.redpandaai.co",
      journal = folder .. "/.reel/journal.db", project_folder = folder,
      poll_first = 5, poll_max = 15, wait_timeout = 1800,
      create_rate = { count = 20, seconds = 10 }, create_parallel = 4,
      callback_listen = "127.0.0.1:0", allow_http = false, retry_failed = false, quiet = false,
      json = false, log_level = "info",
    }, result)
  end)

  it("find the nearest .reel folder upward", function()
    assert(lfs.mkdir(folder .. "/.reel"))
    assert(lfs.mkdir(folder .. "/scenes"))
    assert(lfs.mkdir(folder .. "/scenes/one"))
    local result = config.load { script_dir = folder .. "/scenes/one", env = function() end }
    assert.equal(folder .. "/.reel/journal.db", result.journal)
  end)

  it("upload to the origin of another base URL", function()
    local function upload_url(base_url)
      return load({ arguments = { base_url = base_url } }).upload_url
    end
    assert.equal("http://127.0.0.1:8080", upload_url "http://127.0.0.1:8080/api-proxy/")
    assert.equal("https://kieai.redpandaai.co", upload_url "https://api.kie.ai.:443")
    assert.equal("https://kieai.redpandaai.co", upload_url "https://api.kie.ai/")
    assert.equal("https://up.example", load({ arguments = { base_url = "http://[::1]:80",
      upload_url = "https://up.example" } }).upload_url)
  end)
end)

describe("reel.config sources", function()
  it("count in the order argument, flag, environment, file, default", function()
    write("reel.conf.lua", "return { poll_first = 4 }")
    local variables = { REEL_POLL_FIRST = "3" }
    local function resolved(options, env)
      local result = assert(load(options, env))
      return { result.poll_first, result.source.poll_first }
    end
    assert.same({ 4, folder .. "/reel.conf.lua" }, resolved({}))
    assert.same({ 3, "REEL_POLL_FIRST" }, resolved({}, variables))
    assert.same({ 2, "--poll-first" }, resolved({ flags = { poll_first = "2" } }, variables))
    assert.same({ 1, "configure" },
      resolved({ flags = { poll_first = "2" }, arguments = { poll_first = 1 } }, variables))
  end)

  it("let false count as a value", function()
    local result = load({ arguments = { retry_failed = false } }, { REEL_RETRY_FAILED = "1" })
    assert.is_false(result.retry_failed)
  end)

  it("take an empty variable as none", function()
    assert.equal("default", load({}, { REEL_POLL_FIRST = "" }).source.poll_first)
  end)

  it("read texts of flags and variables", function()
    local result = assert(load({ flags = { max_new = "0", create_rate = "5/2.5" } },
      { REEL_MAX_CREDITS = "12.5", REEL_QUIET = "yes", REEL_LOG_LEVEL = "debug" }))
    assert.same({ 0, { count = 5, seconds = 2.5 }, 12.5, true, "debug" },
      { result.max_new, result.create_rate, result.max_credits, result.quiet, result.log_level })
    assert.equal("integer", math.type(result.max_new))
  end)

  it("let no file that is not trusted turn the journal off", function()
    write("reel.conf.lua", 'return { journal = "none" }')
    local result = load({})
    assert.is_nil(result.journal)
    assert.matches("journal is set by .*reel trust", result.refusals.journal)
    assert.equal("none", load({ flags = { journal = "none" } }).journal)
  end)

  it("read paths of the file relative to the file", function()
    write("reel.conf.lua", 'return { journal = "db/j.db" }')
    assert.equal(folder .. "/db/j.db", load({}).journal)
    assert.equal("x.db", load({ flags = { journal = "x.db" } }).journal)
  end)
end)

describe("reel.config file", function()
  it("sees no function", function()
    write("reel.conf.lua", "return { poll_first = os and 1 or print and 2 or 3 }")
    assert.equal(3, load({}).poll_first)
  end)

  it("is refused when it does not parse, fails or returns no table", function()
    write("reel.conf.lua", "return {")
    assert.matches("/reel%.conf%.lua: line 1: unexpected symbol$", refusal {})
    write("reel.conf.lua", "return os.getenv('HOME')")
    assert.matches("/reel%.conf%.lua: line 1: attempt to index a nil value$", refusal {})
    write("reel.conf.lua", "return 7")
    assert.matches("/reel%.conf%.lua: it must return a table, but returns a number$", refusal {})
    write("reel.conf.lua", "\27Lua")
    assert.matches("/reel%.conf%.lua: attempt to load a binary chunk$", refusal {})
  end)

  local programs = {
    { "an endless loop", "while true do end", "it runs for too long" },
    { "a text of gigabytes", "local s = 'x' while true do s = s .. s end",
      "it needs more than 16 MiB of memory" },
    { "a method of strings", "return { journal = ('a'):rep(9):find(('.-'):rep(9) .. 'b') }",
      "line 1: attempt to index a string value" },
  }
  for _, entry in ipairs(programs) do
    it("may not have " .. entry[1], function()
      write("reel.conf.lua", entry[2])
      assert.equal(folder .. "/reel.conf.lua: " .. entry[3], refusal {})
    end)
  end

  it("is a regular file of at most 1 MiB", function()
    local path = folder .. "/reel.conf.lua"
    os.execute("mkfifo " .. path)
    assert.equal("cannot read the settings: " .. path .. ": not a regular file", refusal {})
    os.remove(path)
    write("reel.conf.lua", "return {}" .. (" "):rep(1024 * 1024))
    assert.equal("cannot read the settings: " .. path .. ": larger than 1048576 bytes", refusal {})
  end)

  it("is refused when others can write it", function()
    local path = write("reel.conf.lua", "return {}", "606")
    assert.equal(path .. " can be written by others (mode 0606), so reel does not believe it; run: "
      .. "chmod go-w " .. path, refusal {})
  end)

  it("is refused when it belongs to another user", function()
    if lfs.attributes(folder, "uid") ~= 0 then return pending("only root can give a file away") end
    local path = write("reel.conf.lua", "return {}")
    os.execute("chown 12345 " .. path)
    assert.equal(path .. " belongs to another user (uid 12345), so reel does not believe it; if it "
      .. "is yours, run: sudo chown $(id -u) " .. path
      .. " (as root, run reel as that user instead)", refusal {})
  end)

  it("shows no name that can be a key", function()
    for _, name in ipairs { "sk-0123456789", "abcdef0123456789abcdef0123456789", ("a"):rep(31) } do
      write("reel.conf.lua", ("return { ['%s'] = 1 }"):format(name))
      assert.matches("has a name that is not made of small letters and _, which is no setting$",
        refusal {})
    end
  end)

  it("is not read where it is to be ignored", function()
    write("reel.conf.lua", "while true do end")
    assert.equal("default", load({ ignores_project = true }).source.poll_first)
  end)
end)

describe("reel.config errors", function()
  it("name the setting, its source, the value and what was expected", function()
    assert.equal('poll_first from REEL_POLL_FIRST is "fast": expected seconds, 0.05 to 3600',
      refusal({}, { REEL_POLL_FIRST = "fast" }))
    assert.equal("max_new from configure is -1: expected a whole number, 0 or more",
      refusal { arguments = { max_new = -1 } })
    assert.equal('create_rate from --create-rate is "20": expected a count of creates and a '
      .. 'number of seconds, like "20/10"', refusal { flags = { create_rate = "20" } })
  end)

  it("suggest the nearest name for an unknown setting", function()
    assert.equal('unknown setting "poll_frist" in configure, did you mean "poll_first"?',
      refusal { arguments = { poll_frist = 1 } })
    assert.equal('unknown setting "colour" in the flags', refusal { flags = { colour = 1 } })
    write("reel.conf.lua", "return { 'x' }")
    assert.matches("/reel%.conf%.lua has a value without a name, which is no setting$", refusal {})
  end)

  it("are none for spellings of one service, which have one origin", function()
    local spellings = {
      ["https://api.kie.ai"] = { "https://api.kie.ai", "https://api.kie.ai/", "HTTPS://API.KIE.AI",
        "https://api.kie.ai.", "https://api.kie.ai:443", "https://api.kie.ai:0443/",
        "https://api.kie.ai.:443" },
      ["https://api.kie.ai:80"] = { "https://api.kie.ai:80", "https://api.kie.ai.:080" },
      ["http://127.0.0.1"] = { "http://127.0.0.1:80", "http://127.0.0.1" },
      ["http://127.0.0.1:8080"] = { "http://127.0.0.1:08080" },
      ["http://[::1]"] = { "http://[::1]:80/" },
      ["https://a.example/Base"] = { "https://A.example:443/Base/" },
    }
    for final, list in pairs(spellings) do
      for _, spelling in ipairs(list) do
        assert.equal(final, load({ arguments = { base_url = spelling } }).base_url, spelling)
      end
    end
  end)

  it("know the other spellings of an origin", function()
    local others = require("reel.config.settings").other_spellings
    assert.same({ "https://api.kie.ai.", "https://api.kie.ai:443", "https://api.kie.ai.:443" },
      others "https://api.kie.ai")
    assert.same({ "http://127.0.0.1.:8080" }, others "http://127.0.0.1:8080")
    assert.same({ "http://[::1]:80" }, others "http://[::1]")
    assert.same({}, others "http://[::1]:8080")
  end)

  local wrong = {
    { "base_url", { "api.kie.ai", "ftp://a.example", "https://", "https://u:p@a.example",
      "https://a.example?x=1", "https://a.example#x", "https://a b", "https://a.example:0",
      "https://a.example:99999", "https://a.example:x", "https://ä.example", 7,
      "https://a.example\r\nX: y", "https://a.example:", "https://.", "http://127.1",
      "http://0x7f.0.0.1", "http://a%2eexample", "https://a|b", "http://[::1%25eth0]" } },
    { "proxy", { "socks9://a", "http://a:0", "http://u@a@b", "a b", "http://a/path",
      "http://a?x" } },
    { "poll_first", { 0, 0.04, -1, 1 / 0, 0 / 0, "1e400", "0x10", "", true, {} } },
    { "wait_timeout", { 0, "never" } },
    { "create_rate", { "0/10", "20/0", "a/b", "20/", 20, "-1/10", "99999999999999999999/1" } },
    { "create_parallel", { 0, 5, 1.5 } },
    { "callback_listen", { "8080", "127.0.0.1", "host:70000", ":80", 80 } },
    { "max_new", { 1.5, "many" } },
    { "journal", { "", "a\nb", 7 } },
    { "log_level", { "loud", 1 } },
    { "retry_failed", { "maybe", 1 } },
  }
  for _, entry in ipairs(wrong) do
    local name, values = table.unpack(entry)
    for _, value in ipairs(values) do
      it(("refuse %s = %q"):format(name, tostring(value)), function()
        assert.matches("^" .. name .. " from configure is ",
          refusal { arguments = { [name] = value } })
      end)
    end
  end

  it("do not show credentials of a URL", function()
    assert.not_matches("hunter2", refusal {
      arguments = { base_url = "https://me:hunter2@a.example" } })
  end)
end)

describe("reel.config polling", function()
  it("adapts a default to the other value", function()
    local result = load { arguments = { poll_max = 0.5 } }
    assert.same({ 0.5, 0.5 }, { result.poll_first, result.poll_max })
    result = load { arguments = { poll_first = 60 } }
    assert.same({ 60, 60 }, { result.poll_first, result.poll_max })
  end)

  it("refuses two values that do not fit", function()
    assert.equal("poll_max is 1 (from configure): expected at least poll_first, which is 2 (from "
      .. "REEL_POLL_FIRST)", refusal({ arguments = { poll_max = 1 } }, { REEL_POLL_FIRST = "2" }))
  end)
end)

describe("reel.config keys", function()
  it("come from their own variables alone", function()
    local result = load({}, { KIE_API_KEY = KEY, KIE_WEBHOOK_KEY = "hook", REEL_API_KEY = "no" })
    assert.same({ KEY, "hook" }, { result.api_key, result.webhook_key })
    assert.equal("KIE_API_KEY", result.source.api_key)
    assert.is_nil(load({}, { REEL_API_KEY = KEY }).api_key)
  end)

  it("are never flags", function()
    local message = refusal { flags = { api_key = KEY } }
    assert.matches("^api_key cannot be given as a flag", message)
    assert.not_matches(KEY, message, 1, true)
  end)

  for _, bad in ipairs { KEY .. " ", KEY .. "\n", "a b" .. KEY, KEY .. "é", KEY .. "\0" } do
    it("are printable ASCII, unlike " .. ("%q"):format(bad:gsub(KEY, "…")), function()
      local message = refusal({}, { KIE_API_KEY = bad })
      assert.equal(("api_key from KIE_API_KEY (%d characters): expected printable ASCII "
        .. "characters without spaces, at most 512"):format(#bad), message)
    end)
  end

  it("come from a file of mode 0600", function()
    local path = write("key", "\n" .. KEY .. "\n", "600")
    local result = assert(load { arguments = { api_key_file = path } })
    assert.same({ KEY, path }, { result.api_key, result.source.api_key })
  end)

  it("do not come from a file that others may read", function()
    for _, mode in ipairs { "644", "640", "604", "660", "700" } do
      local path = write("key", KEY, mode)
      local message = refusal { arguments = { api_key_file = path } }
      assert.matches("^api_key_file from configure: the file has mode ", message)
      assert.matches("chmod 600", message)
      assert.not_matches(KEY, message, 1, true)
    end
  end)

  it("do not come from a file that is missing, empty or holds more", function()
    assert.matches("there is no such file", refusal { arguments = { api_key_file = folder } })
    for _, content in ipairs { "", "two words", ("x"):rep(513) } do
      local path = write("key", content, "600")
      assert.matches("expected printable ASCII", refusal { arguments = { api_key_file = path } })
    end
  end)

  it("stay out of messages when they stand in the wrong place", function()
    assert.not_matches(KEY, refusal({ arguments = { api_key_file = KEY } }), 1, true)
    for _, content in ipairs { 'return { api_key = "%s', "return { api_key = %s .. 'x' }",
      "return { api_key = %s() }", "%s", "return { %s = 1 }" .. "}" } do
      write("reel.conf.lua", content:format((KEY:gsub("-", "_"))), "600")
      assert.not_matches("0123456789abcdef", refusal({}), 1, true)
    end
  end)

  it("come from the stronger source, whatever its form", function()
    local path = write("key", "file-key", "600")
    assert.equal("file-key", load({ flags = { api_key_file = path } },
      { KIE_API_KEY = KEY }).api_key)
    assert.equal(KEY, load({}, { KIE_API_KEY = KEY, REEL_API_KEY_FILE = path }).api_key)
  end)

  it("stand in reel.conf.lua only when nobody else can read it", function()
    local content = ('return { api_key = "%s" }'):format(KEY)
    write("reel.conf.lua", content)
    local message = refusal {}
    assert.matches("has mode 0644", message)
    assert.not_matches(KEY, message, 1, true)
    write("reel.conf.lua", content, "600")
    assert.equal(KEY, load({}).api_key)
  end)
end)

describe("reel.config transport settings", function()
  it("take the proxies that libcurl knows", function()
    for _, value in ipairs { "http://proxy.example:3128", "proxy.example:3128", "proxy.example",
      "socks5h://user:pass@10.0.0.1:1080", "https://[::1]:3128/" } do
      assert.equal(value, assert(load({}, { REEL_PROXY = value })).proxy)
    end
    assert.equal("", assert(load({}, { REEL_PROXY = "none" })).proxy)
  end)

  it("refuse what is no proxy, without its password", function()
    for _, value in ipairs { "ftp://user:secret@proxy.example", "http://user:secret@a b",
      "http://user:secret@proxy:0", "http://user:secret@", "http://user:secret@a/path" } do
      local message = refusal({}, { REEL_PROXY = value })
      assert.matches("^proxy from REEL_PROXY", message)
      assert.is_nil(message:find("secret", 1, true), value)
    end
  end)

  it("want the file of certificates to be there", function()
    write("ca.pem", "")
    local path = folder .. "/ca.pem"
    assert.equal(path, assert(load({}, { REEL_CA_FILE = path })).ca_file)
    assert.matches("^ca_file from REEL_CA_FILE: there is no file /nowhere$",
      refusal({}, { REEL_CA_FILE = "/nowhere" }))
  end)
end)
