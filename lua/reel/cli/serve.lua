-- reel serve: runs the local service for other processes until it is interrupted.
local defer = require "reel.base.defer"
local local_service = require "reel.service.local"
local output = require "reel.base.output"
local report = require "reel.show.report"
local usage = require "reel.show.usage"

local serve = {
  name = "serve",
  summary = "Serve the vendor's API on loopback, with previews instead of Sora clips.",
  epilog = [[
The service accepts any key and costs nothing. To use it from another terminal:
   KIE_API_KEY=any reel --base-url http://127.0.0.1:PORT FILE]],
  ends_by_interrupt = true,
  is_offline = true,
}

local FAILED <const> = 1
local MAX_PORT <const> = 65535
local MAX_SPEED <const> = 86400

local function number_between(low, high, is_whole)
  return function(word)
    local value = tonumber(word)
    if is_whole then value = math.tointeger(value) end
    if value and value >= low and value <= high then return value end
    return nil, ("'%s' is not a%s number from %g to %g"):format(word, is_whole and " whole" or "",
      low, high)
  end
end

function serve.describe(parser)
  local function option(name, argname, doc)
    return parser:option(name, doc):argname(argname)
  end
  return option("--port", "PORT", "The port to listen at; default any free port.")
      :convert(number_between(0, MAX_PORT, true)),
    option("--root", "FOLDER", "Folder for tasks and files; default .reel/local in the nearest "
      .. ".reel folder."),
    option("--speed", "FACTOR", "Divides all waiting times; default 1: a clip takes some seconds.")
      :convert(number_between(0.01, MAX_SPEED)),
    option("--rate", "COUNT", "New tasks in 10 s; default 20, 0 for no limit.")
      :convert(number_between(0, 1e9, true)),
    parser:flag("--allow-private", "Post callbacks to, and fetch pictures from, this machine and "
      .. "private networks, too; default only public addresses."),
    parser:flag("--no-render", "Serve one small ready-made clip instead of drawing each clip."),
    option("--key", "KEY", "The only key to accept; default any."),
    option("--webhook-key", "KEY", "Sign callbacks with this key.")
end

local function start_service(args)
  return local_service.start {
    root = args.root or local_service.root("."), port = args.port, speed = args.speed,
    rate = args.rate, render = not args.no_render, key = args.key,
    webhook_key = args.webhook_key, allow_private = args.allow_private, log = "info",
  }
end

function serve.run(args)
  if args["local"] then usage.raise("serve is the local service itself", "omit --local") end
  local service = start_service(args)
  local _ <close> = defer(service.stop, service)
  if not args.quiet then
    report.notices(local_service.notices(service), args.json)
  end
  output.print("listening on " .. service.url)
  if not output.flush() then return FAILED end
  service:join()
  return FAILED
end

return serve
