-- What a person may decide about an attempt, and what is refused because money hangs on it.
local bounded = require "support.bounded"
local failure = require "support.failure"
local fresh_reel = require "support.fresh_reel"
local json = require "reel.base.json"
local vendor = require "support.vendor"
local it = bounded(it)

local dune <const> = { prompt = "a dune", n_frames = "15" }

-- A library whose first call is ambiguous although the vendor has taken it; the module that settles
-- it, the journal and the vendor.
local function start(options)
  options = options or { create = { "reset" } }
  local service = vendor.start(options)
  finally(function() service:stop() end)
  local reel = fresh_reel(service:settings())
  pcall(reel.text_to_video, dune)
  return reel, require "reel.pay.decide", require("reel.session").journal(), service
end

local function id_of(service, place)
  return service:ledger()[place or 1].task_id
end

describe("reel.pay.decide.adopt", function()
  it("gives the attempt its task, which the call has from then on", function()
    local reel, decide, journal, service = start()
    assert.equal("created", decide.adopt(1, id_of(service)))
    assert.equal(id_of(service), reel.text_to_video(dune):wait().id)
    assert.equal(1, service:count "create")
    assert.equal("succeeded", journal:attempt(1).state)
    assert.equal("adopt", journal:history(1)[1].kind)
  end)

  it("takes echoes with nulls, other orders and added callbacks", function()
    local _, decide, _, service = start { create = { "reset" }, record = { { record = {
      param = '{"model":"sora-2-text-to-video","callBackUrl":null,"extra":1,'
        .. '"input":"{\\"n_frames\\":\\"15\\",\\"prompt\\":\\"a dune\\",\\"size\\":null}"}' } } } }
    assert.equal("created", decide.adopt(1, id_of(service)))
  end)

  it("refuses a task of another input and shows the difference", function()
    local reel, decide, journal, service = start { create = { "reset" } }
    reel.text_to_video { prompt = "a lake" }
    local other = id_of(service, 2)
    service:script("create", { "reset" })
    pcall(reel.text_to_video, { prompt = "a hill" })
    local err = failure(decide.adopt, 1, id_of(service, 3))
    assert.equal("invalid", err.kind)
    assert.matches('n_frames was sent as "15", the task has nothing; '
      .. 'prompt was sent as "a dune", the task has "a hill"$', err.message)
    assert.matches("belongs to attempt 2 already", failure(decide.adopt, 1, other).message)
    assert.equal("ambiguous", journal:attempt(1).state)
  end)

  local wrong <const> = {
    { "a task of another model", { { model = "x", param = '{"model":"x","input":{}}' },
      "is of model x, attempt 1 asked for sora%-2%-text%-to%-video" } },
    { "a record that does not tell its input", { { param = "" }, "does not tell its input" } },
    { "a task that another attempt's callback names", { { param =
      '{"model":"sora-2-text-to-video","callBackUrl":"http://me/0123456789abcdef0123456789abcdef",'
      .. '"input":{"prompt":"a dune","n_frames":"15"}}' }, "names another attempt" } },
  }
  for _, entry in ipairs(wrong) do
    local title, case = table.unpack(entry)
    it("refuses " .. title, function()
      local _, decide, journal, service = start { create = { "reset" },
        record = { { record = case[1] } } }
      local err = failure(decide.adopt, 1, id_of(service))
      assert.equal("invalid", err.kind)
      assert.matches(case[2], err.message)
      assert.equal("ambiguous", journal:attempt(1).state)
    end)
  end

  it("refuses an id that the vendor does not know", function()
    local _, decide, journal = start()
    assert.equal("missing", failure(decide.adopt, 1, "0123").kind)
    assert.equal("ambiguous", journal:attempt(1).state)
  end)

  it("refuses attempts that have a task, and those that do not exist", function()
    local reel, decide, _, service = start {}
    assert.matches("attempt 1 is created and has task", failure(decide.adopt, 1, "0123").message)
    assert.matches("there is no attempt 7", failure(decide.adopt, 7, "0123").message)
    assert.equal(1, service:count "create")
    assert.equal(0, service:count "record")
    assert.equal("waiting", reel.text_to_video(dune).state)
  end)

  it("takes a late find as the call's task while the call has no other", function()
    local reel, decide, _, service = start()
    decide.resolve(1, "absent", "looked")
    assert.equal("created", decide.adopt(1, id_of(service)))
    assert.equal(id_of(service), reel.text_to_video(dune).id)
    assert.equal(1, service:count "create")
  end)

  it("keeps a late find as surplus once the call was paid for again", function()
    local reel, decide, journal, service = start()
    decide.resolve(1, "resend", "need it today")
    local second = reel.text_to_video(dune).id
    assert.equal("surplus", decide.adopt(1, id_of(service)))
    assert.equal(second, reel.text_to_video(dune).id)
    assert.same({ "surplus", id_of(service) }, { journal:attempt(1).state,
      journal:attempt(1).task_id })
    assert.equal(2, #service:ledger())
  end)

  it("knows the upload of a local file by its content", function()
    local service = vendor.start { create = { "reset" } }
    local path = os.tmpname()
    finally(function() service:stop() os.remove(path) end)
    local file = assert(io.open(path, "wb"))
    file:write("\x89PNG\r\n\x1A\n" .. ("x"):rep(100))
    file:close()
    local reel = fresh_reel(service:settings())
    pcall(reel.image_to_video, { prompt = "it moves", image_urls = { path } })
    local sent = json.decode(service:ledger()[1].body).input.image_urls[1]
    local function tell(url)
      service:script("record", { { record = { param = ('{"model":"sora-2-image-to-video","extra":1,'
        .. '"input":{"prompt":"it moves","image_urls":["%s"]}}'):format(url) } } })
    end
    local decide = require "reel.pay.decide"
    tell("https://files.example/0123456789abcdef-00000000.png")
    assert.matches("made from another input", failure(decide.adopt, 1, id_of(service)).message)
    tell(sent)
    assert.equal("created", decide.adopt(1, id_of(service)))
  end)
end)

describe("reel.pay.decide.resolve", function()
  for _, kind in ipairs { "absent", "resend" } do
    it("lets the next call send again after " .. kind, function()
      local reel, decide, journal, service = start()
      assert.equal("ambiguous", failure(reel.text_to_video, dune).kind)
      assert.equal("absent", decide.resolve(1, kind, "looked into the log"))
      assert.equal(1, service:count "create")
      local second = reel.text_to_video(dune)
      assert.equal(id_of(service, 2), second.id)
      local decisions = journal:history(1)
      assert.same({ 1, kind, "looked into the log" }, { #decisions, decisions[1].kind,
        decisions[1].why })
    end)
  end

  it("gives up a missing task", function()
    local reel, decide, journal, service = start {}
    journal:missing(service.url, id_of(service), true)
    assert.equal("abandoned", decide.resolve(1, "absent", "gone for a week"))
    assert.equal("abandon", journal:history(1)[1].kind)
    require("reel.session").calls = {} -- as in the next run
    local second = reel.text_to_video(dune)
    assert.equal(id_of(service, 2), second.id)
  end)

  it("needs a reason", function()
    local _, decide, journal = start()
    for _, why in ipairs { "", "  \n ", 7, false } do
      assert.matches("a reason is needed", failure(decide.resolve, 1, "absent", why).message)
    end
    assert.equal("ambiguous", journal:attempt(1).state)
  end)

  it("leaves alone what is not open", function()
    local _, decide, journal = start {}
    assert.matches("attempt 1 is created; only ambiguous and missing",
      failure(decide.resolve, 1, "absent", "why not").message)
    assert.same({}, journal:history(1))
  end)
end)
