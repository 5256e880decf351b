-- reel resolve ATTEMPT --absent|--resend --why TEXT: a person decides that an attempt made no task,
-- or that its call may be sent again anyway.
local attempts = require "reel.show.attempts"
local decide = require "reel.pay.decide"
local output = require "reel.base.output"
local usage = require "reel.show.usage"

local resolve = {
  name = "resolve",
  summary = "Decide that an ambiguous or missing attempt made nothing, or is sent again anyway.",
  usage = "[options] ATTEMPT --absent|--resend --why TEXT",
  epilog = [[
Look into the vendor's log first: if the task is there, use reel adopt instead.
After either decision, the next run that asks for this call sends it again and pays for it.
The decisions differ in what is recorded: --absent says that you looked and no task was made;
--resend says that you want another task whatever became of the first, so that both may be
billed. A task that is found later can still be adopted.]],
  sends_nothing = true,
}

function resolve.describe(parser)
  parser:argument("ATTEMPT", "Number of the attempt; reel tasks lists them."):target("attempt")
    :convert(attempts.number)
  return parser:flag("--absent", "The vendor's log has no such task."),
    parser:flag("--resend", "Send the call again, even if the first task may have been paid."),
    parser:option("--why", "The reason, kept in the journal; required."):argname("TEXT")
end

local texts = {
  absent = "attempt %d is %s: it is recorded that the vendor made no task of it. The next run that "
    .. "asks for this call sends it again",
  resend = "attempt %d is %s: the next run that asks for this call sends it again and pays for it, "
    .. "even if the first task is found",
}

local function refuse_incomplete_decision(args)
  if args.absent and args.resend then usage.raise("--absent and --resend exclude each other") end
  if not args.absent and not args.resend then
    usage.raise("resolve needs --absent or --resend", "reel resolve --help says what they mean")
  end
  if not args.why or not args.why:find("%S") then
    usage.raise("resolve needs a reason", '--why "no such task in the log, looked on Monday"')
  end
end

function resolve.run(args)
  refuse_incomplete_decision(args)
  attempts.journal()
  local kind = args.absent and "absent" or "resend"
  local state = decide.resolve(args.attempt, kind, args.why)
  if args.json then
    output.print_json({ attempt = args.attempt, state = state, decision = kind })
  else
    output.print(texts[kind]:format(args.attempt, state))
  end
  return 0
end

return resolve
