-- The states of an attempt, one row each: what the library does with an attempt in that state, and
-- what people are told about it. The moves between states are rules of the schema
-- (src/journal/schema.sql); README.md in this folder says who makes each move, and when.
--
-- To add a state: a row here, the CHECK and the triggers of the schema, a row in README.md.
-- spec/reel/journal/states_spec.lua compares the three.

---@class reel.AttemptState
---@field name string
---@field is_live? boolean   A call has at most one attempt in such a state.
---@field is_free? boolean   Nothing was billed for it.
---@field has_clip? boolean  It was billed, and there is a clip of it or one may still come.
---@field step "send"|"retry"|"await_sender"|"await_answer"|"await_callback"|"follow"|"collect"
---  |"substitute"           What a call does whose latest attempt this is (pay/ensure.lua).
---@field fate "pay"|"ambiguous"|"running"|"done"|"failed"|"recover"|"substitute"
---  What `reel plan` expects of that call (pay/plan.lua).
---@field on_callback "unsent"|"refused"|"wait"|"confirm"|"follow"|"follow_if_known"
---  What a callback for it sets off (webhook/reconcile.lua).
---@field can_adopt? boolean           `reel adopt` may give it a task.
---@field resolve_as? "absent"|"abandoned"  The state that `reel resolve` gives it; nil: refused.
---@field group? "needing"|"making"|"made"  Its part of the gallery; nil: the part without clips.
---@field meaning string     What `reel tasks --help` says about it, on one line.
---@field next_step? string  What a person can do about it. #ATTEMPT stands for the attempt's
---  number, #TASK for its task id.

---@type reel.AttemptState[] | table<string, reel.AttemptState>
local states = {
  {
    name = "ambiguous", is_live = true, step = "await_callback", fate = "ambiguous",
    on_callback = "confirm", can_adopt = true, resolve_as = "absent", group = "needing",
    meaning = "sent without a clear answer: perhaps billed, never sent again by reel",
    next_step = "sent, outcome unknown. Look for it in the vendor's log, then: reel adopt #ATTEMPT "
      .. "TASK_ID if it is there, reel resolve #ATTEMPT --absent --why \"…\" if it is not",
  },
  {
    name = "missing", is_live = true, has_clip = true, step = "follow", fate = "running",
    on_callback = "follow", resolve_as = "abandoned", group = "needing",
    meaning = "accepted, but the vendor has no record of it any more",
    next_step = "the vendor has no record of the task. reel wait #ATTEMPT asks again; "
      .. "reel resolve #ATTEMPT --absent --why \"…\" gives it up",
  },
  {
    name = "intent", is_live = true, is_free = true, step = "await_sender", fate = "pay",
    on_callback = "unsent", meaning = "about to be sent",
  },
  {
    name = "latched", is_live = true, step = "await_answer", fate = "recover",
    on_callback = "wait", group = "making", meaning = "being sent",
  },
  {
    name = "created", is_live = true, has_clip = true, step = "follow", fate = "running",
    on_callback = "follow", group = "making", meaning = "accepted, being made",
  },
  {
    name = "succeeded", is_live = true, has_clip = true, step = "collect", fate = "done",
    on_callback = "follow_if_known", group = "made", meaning = "done",
  },
  {
    name = "failed", step = "retry", fate = "failed", on_callback = "follow_if_known",
    meaning = "accepted, but the vendor could not make it",
  },
  {
    name = "refused", is_free = true, step = "send", fate = "pay", on_callback = "refused",
    meaning = "not accepted, not billed",
  },
  {
    name = "withdrawn", is_free = true, step = "send", fate = "pay", on_callback = "unsent",
    meaning = "given up before it was sent",
  },
  {
    name = "absent", is_free = true, step = "send", fate = "pay", on_callback = "confirm",
    can_adopt = true, meaning = "ambiguous, and given up by your decision",
  },
  {
    name = "abandoned", step = "send", fate = "pay", on_callback = "confirm", can_adopt = true,
    meaning = "missing, and given up by your decision",
  },
  {
    name = "surplus", has_clip = true, step = "substitute", fate = "substitute",
    on_callback = "follow", group = "made",
    meaning = "found later, when its call had another task already",
    next_step = "paid, but its call has another task; the next equal call that would pay (take "
      .. "= 2, or a failed one that is made again) gets it, and reel.attach(\"#TASK\") at once",
  },
}

for _, state in ipairs(states) do states[state.name] = state end

return states
