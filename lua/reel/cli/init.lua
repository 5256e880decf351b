-- The program `reel`: finds the command that the command line names, runs it as a job, and turns
-- its end into messages and an exit code.
local Error = require "reel.base.error"
local commands = require "reel.cli.commands"
local core = require "reel.core"
local help = require "reel.cli.help"
local job = require "reel.core.job"
local results = require "reel.tasks.results"
local line = require "reel.cli.line"
local log = require "reel.base.log"
local options = require "reel.cli.options"
local output = require "reel.base.output"
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
local NOBODY_READS <const> = 141 -- as a shell says of a program that SIGPIPE has ended

local is_json = false -- whether messages are JSON

-- The command line ----------------------------------------------------------------------------

local function has_word(words, ...)
  local wanted = {}
  for _, word in ipairs { ... } do wanted[word] = true end
  for _, word in ipairs(words) do
    if word == "--" then return false end
    if wanted[word] then return true end
  end
  return false
end

local function parse_words(parser, command, split)
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
  local local_service = require "reel.service.local" -- here, since few commands need it
  local service = local_service.start_private(local_service.root(folder))
  if not args.quiet then
    report.notices(local_service.notices(service), args.json)
  end
  local values = local_service.settings(service, config.settings())
  config.use_local()
  config.configure(values)
  return service
end

-- Reads the settings, and starts the service that --local asks for. Returns that service.
local function set_up_session(command, args)
  local folder = command.prepare and command.prepare(args) or "."
  config.start(options.settings(args), folder, args.file, command.ignores_project)
  local settings = config.settings()
  log.set_level(settings.log_level)
  if settings.json then log.set_sink(log.write_json) end
  args.quiet, args.json = settings.quiet, settings.json
  is_json = settings.json
  if not args["local"] or command.is_offline then return end
  if command.sends_nothing then return config.use_local() end
  return open_local_service(args, folder)
end

-- Every command opens the journal, which warns of the attempts that wait for a person. An error is
-- ignored here; commands that need the journal report it.
local function warn_of_open_attempts()
  pcall(session.known_journal)
end

local function print_failures(as_json)
  local failures = job.failures()
  for _, failure in ipairs(failures) do
    report.print(failure.error, failure.traceback, as_json)
  end
  return #failures > 0
end

-- Warns of the ambiguous attempts, unless the error has just named one: a script may have caught
-- that error and gone on.
local function warn_unless_printed(err)
  if Error.is(err) and err.kind == "ambiguous" then return end
  pcall(function() recovery.warn(session.journal()) end)
end

-- Prints what failed and returns the exit code. If several codes fit, 130 comes before 3, 2 and 1.
local function report_end(command, args, work, was_interrupted)
  local ok, result = pcall(work.result, work)
  if was_interrupted then return command.ends_by_interrupt and OK or INTERRUPTED end
  if not ok then report.print(result, work.traceback, args.json) end
  local others_failed = print_failures(args.json)
  if session.needs_person() then
    warn_unless_printed(result)
    return NEEDS_A_PERSON
  end
  if not ok then return report.exit_code(result) end
  return others_failed and FAILED or result or OK
end

-- Waits for the answers to creates that were sent. They may be paid for, so the answers must be in
-- the journal before the program ends.
local function finish_creates(args, is_interrupted)
  pcall(job.shield, send.finish, function(count)
    local is_one = count == 1
    local hint = is_interrupted and "; Ctrl-C again leaves %s ambiguous" or ""
    report.notice(("finishing %d create%s"):format(count, is_one and "" or "s")
      .. hint:format(is_one and "it" or "them"), args.json)
  end)
end

-- Writes what stdout holds back. If any of the output is lost, a person has to know, unless its
-- reader has left on purpose, as head does. Returns the exit code.
local function end_output(code)
  local ok, word, message = terminal.end_output()
  if ok then return code end
  local is_unread = word == "unread"
  if not is_unread then report.lost_output(message, is_json) end
  return code ~= OK and code or is_unread and NOBODY_READS or FAILED
end

-- Replaces os.exit by a function that first finishes creates, restores the terminal and stops the
-- service. os.exit(code, true) does not close the Lua state, since the I/O thread still runs.
local function replace_exit(args, close)
  local exit = os.exit
  os.exit = function(code)
    finish_creates(args, false)
    close()
    if code == nil or type(code) == "boolean" then code = code == false and FAILED or OK end
    if session.needs_person() and (code == OK or code == FAILED) then
      warn_unless_printed()
      code = NEEDS_A_PERSON
    end
    exit(end_output(code))
  end
end

-- Runs the command, and then waits until all downloads of results have ended, since links expire.
local function run_and_keep(command, args)
  local code = command.run(args)
  results.finish()
  return code
end

-- Runs the command as a job. Returns the job once it and the creates in flight have ended. The
-- first interrupt stops sending and cancels the job; the second ends the process (host/main.c).
-- An interrupt that the command handles itself does neither.
local function run_to_end(command, args, display)
  local was_interrupted, finishing = false, nil
  local work = job.spawn(run_and_keep, command, args)
  job.on_interrupt(function()
    if command.interrupt and command.interrupt() then return end
    was_interrupted = true
    send.stop()
    display:stop()
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
  local service = set_up_session(command, args)
  local display = progress.start {
    quiet = args.quiet or not command.shows_progress, json = args.json,
  }
  local function close()
    display:stop()
    if service then service:stop() end
  end
  replace_exit(args, close)
  warn_of_open_attempts()
  local work, was_interrupted = run_to_end(command, args, display)
  close()
  return report_end(command, args, work, was_interrupted)
end

local function run_command_line(words)
  local split = line.split(words, commands.names)
  if has_word(split.words, "--version") then
    output.print("reel " .. core.version)
    return OK
  end
  local asks_help = has_word(split.words, "--help", "-h")
  if not split.command and (asks_help or not terminal.is_terminal(STDIN)) then
    local show = asks_help and output.print_lines or output.tell_lines
    show(help.overview())
    return asks_help and OK or USAGE
  end
  local command = commands.load(split.command or "repl")
  local parser = help.parser(command)
  if asks_help then
    output.print_lines(parser:get_help())
    return OK
  end
  return execute(command, parse_words(parser, command, split))
end

--- Runs the program.
---@async
---@param ... string   the words of the command line, without the program's name
---@return integer     exit code
function cli.main(...)
  local function with_traceback(err) return { err, debug.traceback() } end
  local ok, result = xpcall(run_command_line, with_traceback, { ... })
  if ok then return end_output(result) end
  report.print(result[1], result[2])
  return end_output(report.exit_code(result[1]))
end

return cli
