-- The program `reel`: finds the command that a line names, runs it as a job, and turns its end into
-- messages and an exit code.
local argparse = require "argparse"
local Error = require "reel.base.error"
local canonical = require "reel.base.canonical_json"
local core = require "reel.core"
local endpoints = require "reel.vendor.endpoints"
local job = require "reel.core.job"
local results = require "reel.tasks.results"
local line = require "reel.cli.line"
local local_service = require "reel.service.local"
local log = require "reel.base.log"
local options = require "reel.cli.options"
local progress = require "reel.show.progress"
local recovery = require "reel.journal.recovery"
local report = require "reel.show.report"
local send = require "reel.pay.send"
local config = require "reel.config"
local session = require "reel.session"
local terminal = require "reel.core.terminal"
local usage = require "reel.show.usage"

-- luacheck: globals os.exit
local cli = {}

local STDIN <const> = 0
local OK <const>, FAILED <const>, USAGE <const> = 0, 1, 2
local NEEDS_A_PERSON <const>, INTERRUPTED <const> = 3, 130

-- In the order of the help.
local names = {
  "run", "plan", "make", "tasks", "show", "wait", "save", "gallery", "adopt", "resolve", "credits",
  "models", "doctor", "repl", "serve", "receive",
}

-- The prompt and the gallery have folders of their own, and their commands stand there.
local other_folders = { repl = "reel.repl.command", gallery = "reel.gallery.command" }

local function load_command(name)
  return require(other_folders[name] or "reel.cli." .. name)
end

-- Help --------------------------------------------------------------------------------------

local INTRO <const> = [[
Usage: reel [options] FILE [arguments of the script]
       reel [options] COMMAND ...
       reel [options]               a prompt, on a terminal

Runs Lua scripts that make video clips, and pays for every clip once.

Commands:]]

local OUTRO <const> = ([[

reel COMMAND --help tells more about a command.
Without a key: reel --local FILE. With one: KIE_API_KEY=... reel FILE (%s)]]):format(
  endpoints.KEY_PAGE)

local function option_label(option)
  local label = option.short and option.short .. ", " .. option.name or option.name
  return option.value and label .. " " .. option.value or label
end

local function overview()
  local lines = { INTRO }
  for _, name in ipairs(names) do
    lines[#lines + 1] = ("   %-9s %s"):format(name, load_command(name).summary)
  end
  lines[#lines + 1] = "\nOptions:"
  for _, option in ipairs(options.list) do
    lines[#lines + 1] = ("   %-20s %s"):format(option_label(option), option.doc)
  end
  lines[#lines + 1] = OUTRO
  return table.concat(lines, "\n")
end

-- The line ----------------------------------------------------------------------------------

local function group(parser, ...)
  if ... then parser:group("Options", ...) end
end

local function new_parser(command)
  local parser = argparse("reel " .. command.name, command.summary, command.epilog)
  parser:add_help(false):help_max_width(92):help_description_margin(24)
  parser:usage(("Usage: reel %s %s"):format(command.name, command.usage or "[options]"))
  group(parser, command.describe(parser))
  options.describe(parser, command.is_offline)
  return parser
end

local function has_word(words, ...)
  local wanted = {}
  for _, word in ipairs { ... } do wanted[word] = true end
  for _, word in ipairs(words) do
    if word == "--" then return false end
    if wanted[word] then return true end
  end
  return false
end

local function parse(parser, command, split)
  local ok, args = parser:pparse(split.words)
  if not ok then
    local message, hint = args:match("^([^\n]*)\n?(.*)$")
    usage.raise(("%s: %s"):format(command.name, message),
      hint ~= "" and hint or ("reel %s --help tells more"):format(command.name))
  end
  args.script_arguments = split.script_arguments
  return args
end

-- Running -----------------------------------------------------------------------------------

local function open_local_service(args, folder)
  if args.base_url then
    usage.raise("--local and --base-url exclude each other", "both say which API to use")
  end
  local service = local_service.start { root = local_service.root(folder) }
  if not args.quiet then
    report.notices(local_service.notices(service), args.json)
  end
  config.configure(local_service.settings(service, config.settings()))
  config.set_origin("local")
  return service
end

local function print_log_as_json(level, message)
  io.stderr:write(canonical.encode({ event = "log", level = level, message = message }), "\n")
end

local function set_up_log(settings)
  log.set_level(settings.log_level)
  if settings.json then log.set_sink(print_log_as_json) end
end

-- The settings, and the service that --local asks for.
local function open(command, args)
  local folder = command.prepare and command.prepare(args) or "."
  config.start(options.settings(args), folder, args.file)
  local settings = config.settings()
  set_up_log(settings)
  args.quiet, args.json = settings.quiet, settings.json
  if not args["local"] or command.is_offline then return end
  if command.asks_nobody then return config.set_origin("local") end
  return open_local_service(args, folder)
end

-- Opening the journal names the attempts that wait for a person. Every command does it; what is
-- wrong with a journal is told by those that cannot do without.
local function name_ambiguous()
  pcall(session.known_journal)
end

local function print_failures(as_json)
  local failures = job.failures()
  for _, failure in ipairs(failures) do
    report.print(failure.error, failure.traceback, as_json)
  end
  return #failures > 0
end

-- A script may have collected the error and gone on; the attempt is named all the same.
local function name_unless_printed(err)
  if Error.is(err) and err.kind == "ambiguous" then return end
  pcall(function() recovery.warn(session.journal()) end)
end

-- What the end of the work means: 130 before 3 before 2 before 1.
local function judge(command, args, work, was_interrupted)
  local ok, result = pcall(work.result, work)
  if was_interrupted then return command.ends_by_interrupt and OK or INTERRUPTED end
  if not ok then report.print(result, work.traceback, args.json) end
  local others_failed = print_failures(args.json)
  if session.needs_person() then
    name_unless_printed(result)
    return NEEDS_A_PERSON
  end
  if not ok then return report.exit_code(result) end
  return others_failed and FAILED or result or OK
end

-- What was sent may be paid for, so nobody leaves before its answer is in the journal.
local function finish_creates(args, is_interrupted)
  pcall(job.shield, send.finish, function(count)
    local is_one = count == 1
    local hint = is_interrupted and "; Ctrl-C again leaves %s ambiguous" or ""
    report.notice(("finishing %d create%s"):format(count, is_one and "" or "s")
      .. hint:format(is_one and "it" or "them"), args.json)
  end)
end

local plain_codes = { [0] = true, [1] = true, [true] = true, [false] = true }

-- os.exit() leaves at once, but not before the creates, the terminal and the service are in order.
-- The state is never closed on the way: it has a thread of its own.
local function replace_exit(args, close)
  local exit = os.exit
  os.exit = function(code)
    finish_creates(args, false)
    close()
    local is_plain = code == nil or plain_codes[code]
    if session.needs_person() and is_plain then
      name_unless_printed()
      code = NEEDS_A_PERSON
    end
    exit(code)
  end
end

-- Results that are still on their way come along, since their links expire.
local function run_and_keep(command, args)
  local code = command.run(args)
  results.finish()
  return code
end

-- Runs the command as a job; returns it once it and the creates under way have ended. The first
-- interrupt stops sending and cancels the job; the second never gets here (host/main.c).
-- Interrupts that
-- the command takes for itself do neither.
local function run_to_end(command, args, telling)
  local was_interrupted, finishing = false, nil
  local work = job.spawn(run_and_keep, command, args)
  job.on_interrupt(function()
    if command.interrupt and command.interrupt() then return end
    was_interrupted = true
    send.stop()
    telling:stop()
    if not command.ends_by_interrupt then report.notice("interrupted", args.json) end
    finishing = job.spawn(finish_creates, args, true)
    work:cancel()
  end)
  work:join()
  if not finishing then finish_creates(args, false) end
  if finishing then finishing:join() end
  return work, was_interrupted
end

local function execute(command, args)
  local service = open(command, args)
  local telling = progress.start {
    quiet = args.quiet or not command.shows_progress, json = args.json,
  }
  local function close()
    telling:stop()
    if service then service:stop() end
  end
  replace_exit(args, close)
  name_ambiguous()
  local work, was_interrupted = run_to_end(command, args, telling)
  close()
  return judge(command, args, work, was_interrupted)
end

local function start(words)
  local split = line.split(words, names)
  if has_word(split.words, "--version") then
    print("reel " .. core.version)
    return OK
  end
  local asks_help = has_word(split.words, "--help", "-h")
  if not split.command and (asks_help or not terminal.is_terminal(STDIN)) then
    local out = asks_help and io.stdout or io.stderr
    out:write(overview(), "\n")
    return asks_help and OK or USAGE
  end
  local command = load_command(split.command or "repl")
  local parser = new_parser(command)
  if asks_help then
    print(parser:get_help())
    return OK
  end
  return execute(command, parse(parser, command, split))
end

--- Runs the program.
---@async
---@param ... string   the words of the command line, without the program's name
---@return integer     exit code
function cli.main(...)
  local ok, result = xpcall(start, function(err) return { err, debug.traceback() } end, { ... })
  if ok then return result end
  report.print(result[1], result[2])
  return report.exit_code(result[1])
end

return cli
