-- What the reel.conf.lua of a folder may decide about a key that it does not have itself.
require "reel.core"
local lfs = require "lfs"
local sources = require "reel.config.sources"
local trust = require "reel.config.trust"

local KEY <const> = "sk-0123456789abcdef"

local root, folder, variables

local function run(command, ...)
  assert(os.execute(command:format(...)))
end

local function write(path, content, mode)
  local file = assert(io.open(path, "w"))
  file:write(content)
  file:close()
  run("chmod %s %s", mode or "644", path)
  return path
end

before_each(function()
  root = os.tmpname()
  os.remove(root)
  folder = root .. "/project"
  for _, path in ipairs { root, folder, root .. "/config", root .. "/config/reel" } do
    assert(lfs.mkdir(path))
  end
  variables = { XDG_CONFIG_HOME = root .. "/config", XDG_STATE_HOME = root .. "/state" }
end)

after_each(function() run("rm -rf %s", root) end)

local function env(name) return variables[name] end

local function conf(content, mode)
  return write(folder .. "/reel.conf.lua", content, mode)
end

local function user_config(content, mode)
  return write(root .. "/config/reel/config.lua", content, mode)
end

local function load(options)
  options = options or {}
  options.script_dir, options.env = folder, env
  return assert(sources.load(options))
end

describe("the user's own configuration", function()
  it("counts more than reel.conf.lua and less than the environment", function()
    conf "return { poll_first = 4 }"
    local path = user_config "return { poll_first = 3, journal = 'own.db' }"
    local settings = load()
    assert.same({ 3, path }, { settings.poll_first, settings.source.poll_first })
    assert.equal(root .. "/config/reel/own.db", settings.journal)
    variables.REEL_POLL_FIRST = "2"
    assert.equal(2, load().poll_first)
  end)

  it("lies in ~/.config where XDG_CONFIG_HOME does not say an absolute path", function()
    variables = { HOME = root, XDG_CONFIG_HOME = "config" }
    run("mkdir -p %s/.config/reel", root)
    write(root .. "/.config/reel/config.lua", "return { poll_first = 3 }")
    assert.equal(3, load().poll_first)
    variables = {}
    assert.equal("default", load().source.poll_first)
  end)

  it("may have the key, in a file of mode 0600", function()
    local content = ('return { api_key = "%s", base_url = "https://a.example" }'):format(KEY)
    user_config(content, "600")
    assert.equal(KEY, load().api_key)
    user_config(content)
    local settings, err = sources.load { script_dir = folder, env = env }
    assert.is_nil(settings)
    assert.matches("has mode 0644, so others may read the key", err.message)
  end)

  it("is checked as reel.conf.lua is", function()
    for _, case in ipairs { { "while true do end", "600", "it runs for too long" },
      { "return { colour = 1 }", "600", 'unknown setting "colour" in ' },
      { "return {}", "606", "can be written by others" } } do
      user_config(case[1], case[2])
      local _, err = sources.load { script_dir = folder, env = env }
      assert.equal("config", err.kind)
      assert.matches(case[3], err.message, 1, true)
    end
  end)
end)

describe("a key of the user's own", function()
  -- Where the key comes from: each sets it up and returns the arguments of sources.load.
  local keys = {
    { "configure", function() return { arguments = { api_key = KEY } } end },
    { "KIE_API_KEY", function() variables.KIE_API_KEY = KEY end },
    { "a file of the environment", function()
      variables.REEL_API_KEY_FILE = write(root .. "/key", KEY, "600")
    end },
    { "the user's configuration", function()
      user_config(('return { api_key = "%s" }'):format(KEY), "600")
    end },
    { "a file of the user's configuration", function()
      write(root .. "/config/reel/key", KEY, "600")
      user_config "return { api_key_file = 'key' }"
    end },
  }
  -- What a folder may say: settings, the first name of the message, the shown value, the way out.
  local claims = {
    { "base_url = 'https://b.example'", "base_url is", "https://b.example",
      "it yourself: --base-url or REEL_BASE_URL" },
    { "upload_url = 'https://b.example'", "upload_url is", "https://b.example",
      "it yourself: REEL_UPLOAD_URL" },
    { "proxy = 'http://me:s3cret@b.example:1'", "proxy is", "http://…@b.example:1",
      "it yourself: REEL_PROXY" },
    { "ca_file = 'ca.pem'", "ca_file is", "/ca.pem", "it yourself: REEL_CA_FILE" },
    { "callback_url = 'https://b.example'", "callback_url is", "https://b.example",
      "it yourself: REEL_CALLBACK_URL" },
    { "base_url = 'https://b.example', proxy = 'b.example'", "base_url and proxy are",
      "https://b.example", "them yourself: --base-url or REEL_BASE_URL; REEL_PROXY" },
  }

  for _, key in ipairs(keys) do
    for _, claim in ipairs(claims) do
      it(("from %s is not sent because of %s"):format(key[1], claim[1]), function()
        local options = key[2]() or {}
        write(folder .. "/ca.pem", "")
        local path = conf("return { " .. claim[1] .. " }")
        local settings = load(options)
        assert.is_nil(settings.api_key)
        local message = settings.refusals.api_key
        assert.equal(("the API key from %s is not sent: %s set by %s, which is not trusted, and "):
          format(settings.source.api_key, claim[2], path),
          message:match("^.*which is not trusted, and "))
        assert.matches(claim[3], message, 1, true)
        assert.equal("If that is meant, run: reel trust " .. folder .. ", or set " .. claim[4],
          message:match("If that is meant.*$"))
      end)
    end
  end

  it("is not needed for a proxy and certificates of the folder to be refused", function()
    write(folder .. "/ca.pem", "")
    conf "return { proxy = 'b.example:1', ca_file = 'ca.pem' }"
    local settings = load()
    assert.same({}, { settings.proxy, settings.ca_file })
    assert.matches("^proxy is set by ", settings.refusals.proxy)
    assert.matches("^ca_file is set by ", settings.refusals.ca_file)
    conf(('return { proxy = "b.example:1", api_key = "%s" }'):format(KEY), "600")
    assert.equal("b.example:1", load().proxy)
  end)

  it("is sent when a source of the user's names the same settings", function()
    variables.KIE_API_KEY = KEY
    conf "return { base_url = 'https://b.example', proxy = 'b.example' }"
    variables.REEL_PROXY = "none"
    assert.is_nil(load().api_key)
    assert.equal(KEY, load({ flags = { base_url = "https://c.example" } }).api_key)
    assert.equal(KEY, load({ arguments = { base_url = "https://c.example" } }).api_key)
    user_config "return { base_url = 'https://c.example' }"
    assert.equal(KEY, load().api_key)
  end)

  it("is sent when the file says nothing about where it goes", function()
    variables.KIE_API_KEY = KEY
    conf [[return { poll_first = 4, max_new = 1, quiet = true, proxy = "none", journal = "j.db",
      callback_listen = "127.0.0.1:80", retry_failed = true, log_level = "debug" }]]
    assert.equal(KEY, load().api_key)
  end)

  it("can be freed by a command that a shell takes as it is", function()
    variables.KIE_API_KEY = KEY
    folder = root .. "/it's a folder"
    assert(lfs.mkdir(folder))
    local file = assert(io.open(folder .. "/reel.conf.lua", "w"))
    file:write("return { proxy = 'b.example' }")
    file:close()
    local wanted = "run: reel trust '" .. root .. "/it'\\''s a folder', or"
    assert.matches(wanted, load().refusals.api_key, 1, true)
  end)

  it("is hidden in logs although it is not sent", function()
    variables.KIE_API_KEY = KEY
    conf "return { base_url = 'https://b.example' }"
    assert.same({ KEY }, load().secrets)
  end)

  it("is that of the local service under --local, and goes there", function()
    conf "return { base_url = 'https://b.example', proxy = 'b.example' }"
    assert.equal("local", load({ is_local = true,
      arguments = { api_key = "local", base_url = "http://127.0.0.1:1" } }).api_key)
    variables.KIE_API_KEY = KEY
    assert.is_nil(load({ is_local = true }).api_key)
  end)

  it("is sent once the file is trusted, until the file changes", function()
    variables.KIE_API_KEY = KEY
    local content = "return { base_url = 'https://b.example' }"
    local path = conf(content)
    trust.store(path, content, env)
    assert.equal(KEY, load().api_key)
    conf "return { base_url = 'https://evil.example' }"
    assert.matches("which has changed since it was trusted", load().refusals.api_key, 1, true)
    conf(content)
    assert.equal(KEY, load().api_key)
    assert.is_true(trust.revoke(path, env))
    assert.is_nil(load().api_key)
  end)
end)

describe("a key of reel.conf.lua itself", function()
  it("goes where the file says", function()
    conf(('return { api_key = "%s", base_url = "https://b.example", proxy = "b.example" }')
      :format(KEY), "600")
    assert.equal(KEY, load().api_key)
  end)

  it("may stand in a file inside its folder", function()
    write(folder .. "/key", KEY, "600")
    conf "return { api_key_file = 'key', base_url = 'https://b.example' }"
    assert.equal(KEY, load().api_key)
  end)

  for _, name in ipairs { "../outside", "link", "up/outside", "/ROOT/outside" } do
    it("does not stand in a file outside, as " .. name, function()
      write(root .. "/outside", KEY, "600")
      run("ln -s ../outside %s/link; ln -s .. %s/up", folder, folder)
      local path = conf(("return { api_key_file = '%s' }"):format((name:gsub("^/ROOT", root))))
      local settings = load()
      assert.is_nil(settings.api_key)
      assert.matches("^api_key_file is set by " .. path:gsub("%-", "%%-")
        .. ", which is not trusted, and its content is sent as the key", settings.refusals.api_key)
      assert.same({}, settings.secrets)
    end)
  end

  it("does not replace a key of the user's", function()
    variables.KIE_API_KEY = KEY
    conf "return { api_key_file = '../outside' }"
    assert.equal(KEY, load().api_key)
  end)
end)

describe("a folder that is not trusted", function()
  it("keeps its journal inside", function()
    run("ln -s .. %s/up", folder)
    for _, name in ipairs { "../j.db", "up/j.db", root .. "/j.db", "up/none/j.db" } do
      conf(("return { journal = '%s' }"):format(name))
      local settings = load()
      assert.is_nil(settings.journal)
      assert.matches("^journal is set by .*: %-%-journal or REEL_JOURNAL$",
        settings.refusals.journal)
    end
    conf "return { journal = 'db/j.db' }"
    assert.equal(folder .. "/db/j.db", load().journal)
  end)

  it("listens for callbacks on loopback only", function()
    for _, address in ipairs { "0.0.0.0:80", "[::]:80", "192.168.1.1:80" } do
      conf(("return { callback_listen = '%s' }"):format(address))
      assert.matches("^callback_listen is set by .*whoever reaches this address may connect",
        load().refusals.callback_listen)
    end
    for _, address in ipairs { "127.0.0.1:80", "localhost:80", "[::1]:80" } do
      conf(("return { callback_listen = '%s' }"):format(address))
      assert.equal(address, load().callback_listen)
    end
  end)
end)

describe("http:// to another machine", function()
  before_each(function() variables.KIE_API_KEY = KEY end)

  it("gets no key", function()
    for _, name in ipairs { "base_url", "upload_url" } do
      local settings = load { arguments = { [name] = "http://a.example" } }
      assert.is_nil(settings.api_key)
      assert.equal(("the API key from KIE_API_KEY is not sent: %s is http://a.example (from "
        .. "configure), so everything would go over the network unencrypted, with the key. Write "
        .. "https://, or say that it is meant: --allow-http or REEL_ALLOW_HTTP=1"):format(name),
        settings.refusals.api_key)
    end
  end)

  it("gets a key when a source of the user's allows it", function()
    local function key(options)
      options.arguments = { base_url = "http://a.example" }
      return load(options).api_key
    end
    assert.equal(KEY, key { flags = { allow_http = true } })
    variables.REEL_ALLOW_HTTP = "1"
    assert.equal(KEY, key {})
    variables.REEL_ALLOW_HTTP = nil
    local content = "return { allow_http = true }"
    local path = conf(content)
    assert.is_nil(key {})
    trust.store(path, content, env)
    assert.equal(KEY, key {})
  end)

  it("is no question on loopback and in private networks", function()
    for _, host in ipairs { "127.0.0.1:80", "localhost", "[::1]", "192.168.1.5", "10.0.0.1" } do
      assert.equal(KEY, load({ arguments = { base_url = "http://" .. host } }).api_key)
    end
  end)
end)
