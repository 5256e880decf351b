-- The prompt as people see it: a process of its own in a real terminal.
require "reel.core"
local lfs = require "lfs"
local tmux = require "support.tmux"

local build = os.getenv("REEL_BUILD_DIR") or "build"
local program = (build:find("^/") and build or lfs.currentdir() .. "/" .. build) .. "/bin/reel"

local folder, pane

-- Words in front of the program, as for env.
local function start(columns, ...)
  local argv = { "env", "-C", folder, "-u", "KIE_API_KEY", "HOME=" .. folder,
    "XDG_STATE_HOME=" .. folder .. "/state", ... }
  argv[#argv + 1] = "sh"
  argv[#argv + 1] = "-c"
  argv[#argv + 1] = '"$0" repl; echo "left with $?"; stty -a | grep -o -e "-*icanon"; cat'
  argv[#argv + 1] = program
  pane = tmux.start(argv, { columns = columns })
  pane:wait_for("to leave\n>$")
end

local function history()
  local file = io.open(folder .. "/state/reel/history")
  if not file then return "" end
  local text = file:read("a")
  file:close()
  return text
end

describe("the prompt", function()
  if not tmux.is_there() then
    pending("needs tmux")
    return
  end

  before_each(function()
    folder = os.tmpname()
    os.remove(folder)
    lfs.mkdir(folder)
  end)

  after_each(function()
    if pane then pane:finish() end
    pane = nil
    os.execute("rm -rf " .. folder)
  end)

  it("shows values and keeps the last one", function()
    start()
    pane:type("20 + 1", "Enter", "_ * 2", "Enter")
    pane:wait_for("> 20 %+ 1\n21\n> _ %* 2\n42\n>$")
  end)

  it("goes on with a line that is not finished", function()
    start()
    pane:type("for i = 1, 2 do", "Enter", "print(i)", "Enter", "end", "Enter")
    pane:wait_for("> for i = 1, 2 do\n>> print%(i%)\n>> end\n1%s*\n2%s*\n>$")
  end)

  it("shows a mistake with its lines, and a failure in one", function()
    start()
    pane:type("error('oops')", "Enter")
    pane:wait_for("\nreel: repl:1: oops\n  repl:1: in main chunk\n>$")
    pane:type("reel.sleep(-1)", "Enter")
    pane:wait_for("\nreel: invalid: reel.sleep needs seconds[^>]*>$")
  end)

  it("edits letters of several bytes and wide ones in any locale", function()
    start(nil, "LC_ALL=C")
    pane:type('"Grüße 日本"', "Left", "Left", "Left", "灯", "Enter")
    pane:wait_for('\n"Grüße 灯日本"\n>$')
  end)

  it("completes a name, and lists what it may be", function()
    start()
    pane:type("reel.text_", "Tab")
    pane:wait_for("> reel.text_to_video$")
    pane:type("C-c")
    pane:wait_for("%^C\n>$")
    pane:type("reel.s", "Tab")
    pane:wait_for("\nshield  sleep   spawn\n> reel.s$")
  end)

  it("prints what jobs print above the line that is being edited", function()
    start(40)
    pane:type("reel.spawn(function() reel.sleep(0.8) print('from behind') end)", "Enter")
    pane:wait_for("reel.Job[^\n]*\n>$")
    pane:type("'a line that is longer than the terminal 日本'", "Left")
    pane:wait_for("from behind\n> 'a line that is longer than the termin\nal 日本'$")
    pane:type("!", "Enter")
    pane:wait_for('\n"a line that is longer than the terminal\n 日本!"\n>$')
  end)

  it("tells of a job that fails while a line is edited", function()
    start()
    pane:type("reel.spawn(function() reel.sleep(0.5) error('alone') end)", "Enter", "half")
    pane:wait_for("reel: repl:1: alone\n.*\n> half$")
  end)

  it("holds the prompt while a line waits, and others go on", function()
    start()
    pane:type("reel.spawn(function() reel.sleep(0.2) print('other') end)", "Enter")
    pane:type("reel.sleep(0.6) return 'awake'", "Enter")
    pane:wait_for('other\n"awake"\n>$')
  end)

  it("runs the lines of a paste one after the other", function()
    start()
    pane:paste("function f(a)\n\treturn a\nend\nreel.sleep(0.2)\nf(1)\n")
    pane:wait_for("> function f%(a%)\n>>   return a\n>> end\n> reel.sleep%(0.2%)\n> f%(1%)\n1\n>$")
  end)

  it("clears the line at Ctrl-C, also an unfinished one", function()
    start()
    -- The terminal drops what was typed before a Ctrl-C and not read yet, and so does the prompt.
    pane:type("some text")
    pane:wait_for("> some text$")
    pane:type("C-c")
    pane:wait_for("> some text^C\n>$")
    pane:type("f(", "Enter", "1,")
    pane:wait_for("> f%(\n>> 1,$")
    pane:type("C-c")
    pane:wait_for("> some text^C\n> f%(\n>> 1,^C\n>$")
    pane:type("3", "Enter")
    pane:wait_for("\n> 3\n3\n>$")
  end)

  it("interrupts Lua that does not wait", function()
    start()
    -- TSan hands a signal out at the next call of the C library
    pane:type("print 'begun' while true do os.time() end", "Enter")
    pane:wait_for("\nbegun$") -- else Ctrl-C may come before Enter was read
    pane:type("C-c")
    pane:wait_for("%^C\nreel: interrupted\n>$")
    pane:type("1", "Enter")
    pane:wait_for("> 1\n1\n>$")
  end)

  it("leaves a wait at Ctrl-C, which goes on", function()
    start()
    pane:type("print 'begun' reel.sleep(1) return 'slept'", "Enter")
    pane:wait_for("\nbegun$")
    pane:type("C-c")
    pane:wait_for("goes on in the background as job 1[^>]*>$")
    pane:type(".jobs", "Enter")
    pane:wait_for("\n1  waiting [^\n]*reel.sleep%(1%) return 'slept'\n>$")
    pane:wait_for('job 1 is over[^"]*"slept"\n>$')
  end)

  it("ends a background job on request", function()
    start()
    pane:type("reel.spawn(function() reel.sleep(100) end)", "Enter", ".cancel 1", "Enter",
      ".jobs", "Enter")
    pane:wait_for("Nothing goes on in the background.\n>$")
  end)

  it("leaves at Ctrl-D, asks while jobs go on, and gives the terminal back", function()
    start()
    pane:type("reel.spawn(function() reel.sleep(100) end)", "Enter", "C-d")
    pane:wait_for("1 background job goes on; Ctrl%-D again[^>]*>$")
    pane:type("C-d")
    pane:wait_for("\nleft with 0\nicanon$")
  end)

  it("gives the terminal back when a job leaves the program", function()
    start()
    pane:type("reel.spawn(function() reel.sleep(0.3) os.exit(7) end)", "Enter", "half")
    pane:wait_for("\nleft with 7\nicanon")
  end)

  it("draws the line anew when the terminal is resized", function()
    start(60)
    local line = "'a line that goes on and on beyond the end 日本語日本語日本語"
    pane:type(line)
    pane:wait_for("本語$")
    pane:resize(40, 20)
    pane:wait_for("leave\n> 'a line that goes on and on beyond the\n end 日本語日本語日本語$")
    pane:resize(100, 20)
    pane:wait_for("leave\n> " .. line .. "$")
    pane:type("'", "Enter")
    pane:wait_for("\n>$")
  end)

  it("comes back from a stop", function()
    pane = tmux.start { "env", "-C", folder, "HOME=" .. folder, "PS1=$ ", "sh", "-m" }
    pane:wait_for("%$$")
    pane:type(program .. " repl", "Enter")
    pane:wait_for("\n>$")
    pane:type("'kept", "C-z")
    pane:wait_for("Stopped[^$]*%$$")
    pane:type("fg", "Enter")
    pane:wait_for("> 'kept$")
    pane:type("!'", "Enter")
    pane:wait_for('"kept!"\n>$')
  end)

  it("remembers lines in the next session, but for those that hold a key", function()
    start(nil, "KIE_API_KEY=0123456789abcdef")
    pane:type("key = '0123456789abcdef'", "Enter", "kept = 1", "Enter")
    pane:wait_for("kept = 1\n>$")
    pane:type("C-d")
    pane:wait_for("left with 0")
    pane:finish()
    assert.equal("kept = 1\n", history())
    start()
    pane:type("Up")
    pane:wait_for("> kept = 1$")
    pane:type("C-c")
    pane:wait_for("%^C\n>$")
    pane:type("C-r", "kep")
    pane:wait_for("bck:kep$")
    pane:type("Enter")
    pane:wait_for("> kept = 1\n>$")
  end)

  it("shows a task that is waited for in a live line", function()
    start(80, "REEL_POLL_FIRST=0.1")
    pane:finish()
    pane = tmux.start({ "env", "-C", folder, "HOME=" .. folder, program, "--local", "repl" },
      { columns = 80 })
    pane:wait_for("\n>$")
    pane:type("clip = reel.text_to_video { prompt = '灯台' }", "Enter")
    pane:wait_for("灯台' }\n>$")
    pane:type("clip:wait()", "Enter")
    pane:wait_for("\ntext to video  灯台 [^\n]* %d+ s$")
    pane:type("C-c")
    pane:wait_for("job 1[^>]*>$")
    pane:type("half")
    pane:wait_for("text to video  灯台[^\n]*done, %d+ s\n.*\n> half$")
  end)
end)
