-- Answers to a create that do not say whether it was accepted: there is one POST, and a person is
-- asked.
local job = require "reel.core" and require "reel.core.job"
local journals = require "support.journals"
local project = require "support.project"
local vendor = require "support.vendor"
local wait_until = require "support.wait_until"

local NEEDS_A_PERSON <const> = 3

local function start(options)
  local service = vendor.start(options)
  journals.defer(function() service:stop() end)
  return project.new(service), service
end

local function ambiguous(folder)
  return folder:with_journal(function(journal)
    return journals.rows(journal, "SELECT attempt_id FROM attempt WHERE state = 'ambiguous'")
  end)
end

local function assert_asks(result, number)
  assert.equal(NEEDS_A_PERSON, result.code)
  assert.matches("ambiguous: .*attempt " .. number, result.stderr)
  assert.matches("reel adopt " .. number .. " TASK_ID", result.stderr, 1, true)
  assert.matches("reel resolve " .. number .. " --absent", result.stderr, 1, true)
end

describe("a create on a warmed connection", function()
  after_each(function()
    journals.clean_up()
    assert.same({}, job.failures())
  end)

  for _, fault in ipairs {
    "reset", "close", "cut_status", "cut_headers", "cut_body", "cut_chunked",
    "cut_close_delimited", "html_502", "html_200", "empty_200", "truncated_json", "no_task_id",
    "expect_417", "redirect_301", "redirect_307", "code_500", "code_501", "code_505", "code_999",
    "same_task_id",
  } do
    it("is sent once, kept and settled after " .. fault, function()
      local folder, service = start { create = { "ok", fault } }
      folder:add_script("warmed.lua")
      assert_asks(folder:run("warmed.lua"), 2)
      assert_asks(folder:run("warmed.lua"), 2) -- it sends nothing and asks again
      assert.same({ 2, 1 }, { service:count "create", #ambiguous(folder) })
      assert.same({}, folder:faults())
      local made = #service:ledger()
      assert.same({ made == 2 and "adopt" or "resolve" }, folder:settle())
      assert.equal(0, folder:run("warmed.lua").code)
      assert.same({ 2, made == 2 and 2 or 3 }, { #service:ledger(), service:count "create" })
      assert.same({}, folder:faults())
    end)
  end

  it("holds further ones after three in a row without a clear answer", function()
    local folder, service = start { create = { "reset", "html_502", "cut_body" } }
    for _, shot in ipairs { "a dune", "a lake", "a fjord" } do
      assert.equal(NEEDS_A_PERSON, folder:shoot(shot).code)
    end
    for _ = 1, 2 do
      local held = folder:shoot("a reef")
      assert.equal(NEEDS_A_PERSON, held.code)
      assert.matches("not sent", held.stderr)
    end
    assert.equal(3, service:count "create")
    assert.same({}, folder:faults())
    assert.same({ "adopt", "adopt", "adopt" }, folder:settle())
    assert.equal(0, folder:shoot("a dune", "a lake", "a fjord", "a reef").code)
    assert.same({ 4, 4 }, { service:count "create", #service:ledger() })
    assert.same({}, folder:faults())
  end)

  it("that is found after it was given up is kept as surplus", function()
    local folder, service = start { create = { "reset" } }
    assert.equal(NEEDS_A_PERSON, folder:shoot("a dune").code)
    local function adopt(id) return folder:run("adopt", "1", id) end
    assert.equal(0, folder:run("resolve", "1", "--resend", "--why", "in a hurry").code)
    assert.equal(0, folder:shoot("a dune").code)
    local ledger = service:ledger()
    assert.equal(2, #ledger)
    assert.equal(1, adopt(ledger[2].task_id).code) -- this task belongs to the other attempt
    assert.equal(0, adopt(ledger[1].task_id).code)
    assert.same({ succeeded = 1, surplus = 1 }, folder:states())
    assert.equal(0, folder:shoot("a dune").code)
    assert.equal(2, service:count "create")
    assert.same({}, folder:faults())
  end)

  it("is not adopted with a task of another input", function()
    local folder, service = start { create = { "ok", "reset", { code = 402 } } }
    assert.equal(0, folder:shoot("a lake").code)
    assert.equal(NEEDS_A_PERSON, folder:shoot("a dune").code)
    service:script("create", { "reset" })
    assert.equal(NEEDS_A_PERSON, folder:shoot("a reef").code)
    local ledger = service:ledger()
    for _, wrong in ipairs { ledger[1].task_id, ledger[3].task_id, ("0"):rep(32) } do
      assert.equal(1, folder:run("adopt", "2", wrong).code)
    end
    assert.equal(2, folder:states().ambiguous)
    assert.same({}, folder:faults())
  end)

  it("whose answer the journal cannot take has it from the spool in the next run", function()
    local folder, service = start { create = { function(connection, request, service)
      local id = service:accept(request)
      while not service.may_answer do connection:sleep(0.01) end
      connection:answer(200, ('{"code":200,"data":{"taskId":"%s"}}'):format(id))
    end } }
    local path = folder.folder .. "/.reel/journal.db"
    local run = folder:start(nil, "--quiet", "shots.lua", "a dune")
    service:wait_for("create", 1)
    local unlock = journals.lock(folder.base, path)
    service:control(function(service_) service_.may_answer = true end)
    wait_until(function()
      local file <close> = io.open(path .. ".spool", "rb")
      return file and file:read("a"):find("}\n$")
    end)
    run:kill()
    unlock()
    local damage = io.open(path .. ".spool", "ab")
    damage:write("0123456789abcdef0123456789abcdef 200 0 9223372036854775807\n{")
    damage:close()
    local rerun = folder:shoot("a dune")
    assert.equal(0, rerun.code)
    assert.matches("the spool file .*journal.db.spool has 60 bytes that are no whole answer",
      rerun.stderr)
    assert.equal("", folder:shoot("a dune").stderr)
    assert.same({ 1, { succeeded = 1 } }, { service:count "create", folder:states() })
    assert.same({}, folder:faults())
  end)
end)
