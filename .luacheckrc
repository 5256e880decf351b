std = "lua54"
max_line_length = 100
files["spec"] = { std = "+busted" }
files["lua/reel/_meta"] = { ignore = { "212", "241" } } -- declarations without bodies
