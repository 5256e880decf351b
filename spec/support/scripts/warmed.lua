-- Makes one clip and waits for it, so that a connection to the vendor is kept, then a second one.
local reel = require "reel"

reel.text_to_video({ prompt = "a first shot" }):wait()
print(reel.text_to_video({ prompt = "a dune" }):wait().id)
