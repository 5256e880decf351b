require "reel.core"
local board = require "reel.show.board"

local MODEL <const> = "sora-2-text-to-video"

local function call(prompt)
  return { model = { name = MODEL }, input = { prompt = prompt } }
end

local function task(prompt, fields)
  local made = { id = "281e5b0f9c7d4a6e8b1a", model = MODEL, state = "waiting",
    input = { prompt = prompt } }
  for name, value in pairs(fields or {}) do made[name] = value end
  return made
end

describe("reel.show.board", function()
  local now, current

  before_each(function()
    now = 100
    current = board.new(function() return now end)
  end)

  local function apply(kind, fields)
    fields.type = kind
    return current:apply(fields)
  end

  local function labels()
    local list = {}
    for i, row in ipairs(current:rows()) do list[i] = row.label:gsub("^.*  ", "") end
    return list
  end

  it("gives a call the place that its task takes over", function()
    local first, second = call "one", call "two"
    apply("sending", { call = first })
    apply("sending", { call = second })
    apply("accepted", { call = first, task = task "one" })
    apply("answered", { call = first, task = {} })
    assert.same({ "one", "two" }, labels())
    assert.same({ 1, 1 }, { current:counts() })
  end)

  it("counts the tasks that have ended and the calls that got no task", function()
    local good, bad, refused = task "a", task "b", call "c"
    apply("accepted", { task = good })
    apply("accepted", { task = bad })
    apply("sending", { call = refused })
    apply("answered", { call = refused })
    good.state, bad.state = "success", "fail"
    assert.equal(good, apply("settled", { task = good }).task)
    assert.equal(bad, apply("settled", { task = bad }).task)
    assert.is_nil(apply("settled", { task = good }))
    assert.same({ 1, 2, 0, 3 }, { current.done, current.failed, current:count(), current:total() })
  end)

  it("shows a task of another process while somebody waits for it", function()
    local one, known = call "one", task "one"
    apply("elsewhere", { call = one })
    assert.is_true(current:rows()[1].is_elsewhere)
    apply("answered", { call = one, task = known })
    assert.same({}, current:rows())
    apply("watched", { task = known })
    apply("watched", { task = known })
    assert.same({ "one" }, labels())
    apply("left", { task = known })
    assert.same({}, current:rows())
    assert.same(0, current:spent().untold)
  end)

  it("keeps why a call is tried again until it has its task", function()
    local one = call "one"
    apply("sending", { call = one })
    apply("retry", { call = one, reason = "slow down", seconds = 5 })
    assert.same({ reason = "slow down", until_s = 105 }, current:rows()[1].retry)
    apply("accepted", { call = one, task = task "one" })
    assert.is_nil(current:rows()[1].retry)
  end)

  it("sums up what is known of the cost", function()
    apply("accepted", { task = task("told", { credits = 35 }) })
    apply("accepted", { task = task "estimated" })
    apply("accepted", { task = task("unknown", { model = "no/such" }) })
    assert.same({ charged = 35, estimate = 30, untold = 2, unpriced = 1 }, current:spent())
  end)

  it("remembers what was paid for, but does not keep the tasks", function()
    local kept = setmetatable({}, { __mode = "k" })
    for credits = 10, 20, 10 do
      local made = task("a", { credits = credits })
      apply("accepted", { task = made })
      apply("settled", { task = made })
      kept[made] = true
    end
    collectgarbage()
    assert.is_nil(next(kept))
    assert.same({ charged = 30, estimate = 0, untold = 0, unpriced = 0 }, current:spent())
  end)

  it("says how long a task has been running, by the task itself if it knows", function()
    apply("accepted", { task = task "a" })
    apply("watched", { task = task("b", { elapsed = 70 }) })
    now = 109
    local rows = current:rows()
    assert.same({ 9, 70 }, { current:elapsed(rows[1]), current:elapsed(rows[2]) })
  end)
end)
