-- reel receive: stores callbacks while no script runs, so that the next run finds them.
local defer = require "reel.base.defer"
local listener = require "reel.webhook.listener"
local job = require "reel.core.job"
local output = require "reel.base.output"
local report = require "reel.show.report"
local config = require "reel.config"
local session = require "reel.session"
local usage = require "reel.show.usage"

local receive = {
  name = "receive",
  summary = "Store the vendor's callbacks in the journal while no script runs.",
  epilog = [[
Listens at callback_listen (REEL_CALLBACK_LISTEN) until it is interrupted. It sends no
request itself: the next run that uses the journal reads the tasks of the callbacks. While
a run uses the port, the command waits. With KIE_WEBHOOK_KEY only signed callbacks are
accepted.]],
  ends_by_interrupt = true,
  sends_nothing = true,
}

local FAILED <const> = 1
local PAUSE <const> = 0.5 -- seconds between tries to listen

function receive.describe(parser)
  return parser:option("--listen", "Where to listen, in place of callback_listen.")
    :argname("HOST:PORT")
end

local function wait_for_port(address, as_json)
  local opened = listener.open(address, function() end)
  if opened then return opened end
  report.notice(("waiting: %s is used by a run, which stores callbacks too, or by another program")
    :format(address), as_json)
  repeat
    job.sleep(PAUSE)
    opened = listener.open(address, function() end)
  until opened
  return opened
end

function receive.run(args)
  if config.usable("journal") == "none" then
    usage.raise("receive stores callbacks in the journal, but the journal is turned off")
  end
  config.configure({ callback_listen = args.listen })
  session.journal()
  local opened = wait_for_port(config.usable("callback_listen"), args.json)
  local _ <close> = defer(opened.close, opened)
  output.print("listening on " .. opened.url)
  if not output.flush() then return FAILED end
  job.signal():wait()
end

return receive
