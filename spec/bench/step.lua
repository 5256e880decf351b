-- Measures reel_step() in a host with 1,000 waiting tasks and the journal on; takes two minutes.
--   [SPEED=0.02] lua5.4 spec/bench/step.lua [TASKS [FRAMES]]
-- from the root, after a build with tests. The service runs in a process of its own, slowed down
-- (SPEED) so that tasks wait all along: every query finds another progress, some 30 a second.
local build = os.getenv("REEL_BUILD_DIR") or "build"

local root = io.popen("pwd"):read("l")
local function absolute(path)
  return path:sub(1, 1) == "/" and path or root .. "/" .. path
end

local folder = os.tmpname()
os.remove(folder)
assert(os.execute("mkdir -m 700 " .. folder))

local serve = io.popen(("cd %s && echo $$ && exec %s/bin/reel serve --no-render --speed %s"
  .. " --rate 0 2>/dev/null"):format(folder, absolute(build), os.getenv "SPEED" or "0.02"))
local pid = serve:read("l")
local url = assert(serve:read("l"), "the service did not start"):match("http://%S+")

local arguments = table.concat(arg, " ")
local ok = os.execute(("cd %s && %s/spec/bench_step %s %s"):format(folder, absolute(build), url,
  arguments))
os.execute("kill " .. pid)
serve:close()
os.execute("rm -rf " .. folder)
os.exit(ok == true)
