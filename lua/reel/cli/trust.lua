-- reel trust: lets the settings file of a project decide where the key goes.
local Error = require "reel.base.error"
local authority = require "reel.config.authority"
local file = require "reel.config.file"
local output = require "reel.base.output"
local project = require "reel.config.project"
local settings = require "reel.config.settings"
local text = require "reel.base.text"
local trust = require "reel.config.trust"
local usage = require "reel.show.usage"

local command = {
  name = "trust",
  summary = "Trust the settings file of a folder, or take the trust back.",
  usage = "[options] [FOLDER]",
  epilog = [[
A reel.conf.lua that is not trusted may not decide where a key of yours goes: the key is
not sent while such a file sets base_url, upload_url, proxy, ca_file or callback_url. The
command shows what the file sets, and remembers its content in $XDG_STATE_HOME/reel/trust
(default ~/.local/state). When the file changes, it has to be trusted again.]],
  is_offline = true,
  ignores_project = true,
}

local LONGEST_VALUE <const> = 80

function command.describe(parser)
  parser:argument("FOLDER", "The folder of reel.conf.lua; default the current folder."):args("?")
    :target("folder")
  return parser:flag("--revoke", "Take the trust back.")
end

local function shown(question)
  return text.line(settings.show(question.setting, question.value), LONGEST_VALUE)
end

local function print_json(path, is_trusted, questions)
  local list = {}
  for i, question in ipairs(questions) do
    list[i] = { name = question.setting.name, value = shown(question),
      decides = question.setting.trust }
  end
  output.print_json { path = path, trusted = is_trusted, settings = list[1] and list }
end

local function revoke(path, as_json)
  local was_trusted = trust.revoke(path)
  if as_json then return print_json(path, false, {}) end
  output.print((was_trusted and "not trusted any longer: " or "was not trusted: ") .. path)
end

-- A value that no source may have is an error of the file itself, which is told before it is
-- trusted.
local function check_values(questions, path)
  for _, question in ipairs(questions) do
    local setting = question.setting
    if setting.type.check(question.value) == nil then
      Error.raise { kind = "config", message = ("%s from %s is %s: expected %s"):format(
        setting.name, path, shown(question), setting.type.expected) }
    end
  end
end

local function print_questions(questions)
  for _, question in ipairs(questions) do
    output.print(("  %s = %s: %s"):format(question.setting.name, shown(question),
      question.setting.trust))
  end
end

function command.run(args)
  local folder = project.absolute(args.folder or ".")
  local path = folder .. "/" .. project.FILE_NAME
  if args.revoke then return revoke(path, args.json) end
  local found = file.read(folder, project.FILE_NAME)
  if not found then usage.raise("there is no " .. path, "name the folder of the file") end
  local questions = authority.questions(found, file.value)
  check_values(questions, path)
  if questions[1] then trust.store(path, found.content) end
  if args.json then return print_json(path, questions[1] ~= nil, questions) end
  if not questions[1] then
    return output.print(path .. " sets nothing that needs trust")
  end
  output.print("trusted: " .. path)
  print_questions(questions)
end

return command
