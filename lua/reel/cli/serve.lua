-- reel serve: runs the local service for other processes until it is interrupted.
local defer = require "reel.base.defer"
local file = require "reel.config.file"
local local_service = require "reel.service.local"
local output = require "reel.base.output"
local report = require "reel.show.report"
local settings = require "reel.config.settings"
local usage = require "reel.show.usage"

local serve = {
  name = "serve",
  summary = "Serve the vendor's API on loopback, with previews instead of Sora clips.",
  epilog = [[
The service accepts any key and costs nothing. To use it from another terminal:
   KIE_API_KEY=any reel --base-url http://127.0.0.1:PORT FILE
Keys come from a file of mode 0600, or from REEL_SERVE_KEY and REEL_SERVE_WEBHOOK_KEY,
because other users can see the command line.]],
  ends_by_interrupt = true,
  is_offline = true,
}

local key_type <const> = settings.by_name.api_key.type
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
    option("--key-file", "FILE", "File with the only key to accept; default REEL_SERVE_KEY, or "
      .. "any key."),
    option("--webhook-key-file", "FILE", "File with the key to sign callbacks with; default "
      .. "REEL_SERVE_WEBHOOK_KEY, or none.")
end

-- A key from the file that a flag names, or from the environment.
local function read_key(flag, path, variable)
  local value = path and file.read_key(flag, path) or os.getenv(variable)
  if not value or not path and value == "" then return nil end
  if key_type.check(value) then return value end
  usage.raise(("the key from %s (%d characters): expected %s"):format(path and flag or variable,
    #value, key_type.expected))
end

local function start_service(args)
  return local_service.start {
    root = args.root or local_service.root("."), port = args.port, speed = args.speed,
    rate = args.rate, render = not args.no_render,
    key = read_key("--key-file", args.key_file, "REEL_SERVE_KEY"),
    webhook_key = read_key("--webhook-key-file", args.webhook_key_file, "REEL_SERVE_WEBHOOK_KEY"),
    allow_private = args.allow_private, log = "info",
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
