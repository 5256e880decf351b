-- Makes clips whose end the vendor reports by a callback, so that reel polls less often. With a
-- proxy that forwards to this machine (callbacks.nginx.conf beside this file, or any tunnel):
--   KIE_API_KEY=... KIE_WEBHOOK_KEY=... reel scripts/callbacks.lua \
--     https://reel.example.org/callbacks
-- Between two runs, `reel receive --listen 127.0.0.1:8043` stores callbacks for the next one.
-- Without a key or a proxy, in another terminal:
--   REEL_SERVE_WEBHOOK_KEY=secret reel serve --allow-private
-- and here:
--   KIE_API_KEY=any KIE_WEBHOOK_KEY=secret reel --base-url http://127.0.0.1:PORT \
--     scripts/callbacks.lua http://127.0.0.1:8043
local reel = require "reel"

local public_url = ...
if not public_url then error("usage: reel scripts/callbacks.lua PUBLIC_URL", 0) end

reel.configure {
  callback_url = public_url,            -- the vendor posts here; reel adds a secret last part
  callback_listen = "127.0.0.1:8043",   -- the proxy forwards here
  poll_first = 60, poll_max = 60,       -- a lost callback delays a clip by at most a minute
}

local shots = reel.map({ "forest", "desert", "harbour" }, function(place)
  local task = reel.text_to_video { prompt = "A ranger walks through a " .. place }:wait()
  print(("%s was done after %.1f s"):format(place, task.elapsed))
  return task
end)

for i, shot in ipairs(shots) do print(shot:save("callbacks/shot-" .. i)) end
