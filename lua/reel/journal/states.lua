-- Lists the states of an attempt: what the library does with an attempt in each state, and what
-- people are told about it. The schema (src/journal/schema.sql) has the rules for moves between
-- states; README.md in this folder says which module makes each move.
--
-- To add a state, add a row here and in README.md, and change the CHECK, the triggers and the index
-- of the schema. spec/reel/journal/states_spec.lua compares the three files.

---@class reel.AttemptState
---@field name string
---@field is_live? boolean   A call has at most one attempt in the live states.
---@field is_free? boolean   Nothing was billed for the attempt.
---@field has_clip? boolean  The attempt was billed and has a clip, or may still get one.
---@field step "send"|"retry"|"await_sender"|"await_answer"|"await_callback"|"follow"|"collect"
---  |"substitute"           What pay/ensure.lua does for a call whose attempt has this state.
---@field fate "pay"|"ambiguous"|"running"|"done"|"failed"|"recover"|"substitute"
---  What pay/plan.lua expects of that call.
---@field on_callback "unsent"|"refused"|"wait"|"confirm"|"follow"|"follow_if_known"
---  What webhook/reconcile.lua does with a callback for the attempt.
---@field can_adopt? boolean           Whether `reel adopt` may give the attempt a task.
---@field resolve_as? "absent"|"abandoned"  The state that `reel resolve` gives the attempt; nil:
---  `reel resolve` refuses.
---@field group? "needing"|"making"|"made"  The part of the gallery that shows the attempt; nil: the
---  part without clips.
---@field meaning string     What `reel tasks --help` says about the state, on one line.
---@field next_step? string  What a person can do about it. #ATTEMPT stands for the attempt's
---  number, #TASK for its task id.

---@type reel.AttemptState[] | table<string, reel.AttemptState>
local states = {
  {
    name = "ambiguous", is_live = true, step = "await_callback", fate = "ambiguous",
    on_callback = "confirm", can_adopt = true, resolve_as = "absent", group = "needing",
    meaning = "sent without a clear answer: perhaps billed, never sent again by reel",
    next_step = "the attempt was sent, but its outcome is unknown. Look for its task in the "
      .. "vendor's log, then: reel adopt #ATTEMPT TASK_ID if it is there, "
      .. "reel resolve #ATTEMPT --absent --why \"…\" if it is not",
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
    next_step = "the task is paid for, but its call has another one. The next equal call that "
      .. "would pay (take = 2, or a failed call that is made again) gets the task; "
      .. "reel.attach(\"#TASK\") gets it at once",
  },
}

for _, state in ipairs(states) do states[state.name] = state end

return states
