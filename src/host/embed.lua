-- Compiles Lua modules and writes them into a C file, as the table that host/embedded.h declares.
--   lua5.4 src/host/embed.lua OUT.c LUA_ROOT FILE... [NAME=LIBRARY.lua...]
-- FILE is relative to LUA_ROOT. A library is a module of somebody else, at an absolute path; it has
-- a place in a table of its own.
-- Without this, compiling the modules takes half of reel's start-up. All releases of Lua 5.4 run
-- the same code (https://www.lua.org/versions.html). Tracebacks keep line numbers and names. The
-- output depends on nothing but the names and texts of the files, so that builds are repeatable.
assert(_VERSION == "Lua 5.4", "the modules have to be compiled by Lua 5.4, not " .. _VERSION)

local BYTES_PER_LINE <const> = 80

local out_path, root = arg[1], arg[2]

local function module_name(file)
  return (file:gsub("%.lua$", ""):gsub("/init$", ""):gsub("/", "."))
end

local function read(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read("a")
end

local function compile(name, text)
  return string.dump(assert(load(text, "@" .. name, "t")))
end

-- An escape of three octal digits ends there, whatever character follows. "?" must be escaped
-- because of trigraphs.
local function escape(char)
  return ("\\%03o"):format(char:byte())
end

-- Writes one literal per line; the C compiler joins them. GCC and Clang do not limit their length.
local function c_literal(code)
  local lines = {}
  for i = 1, #code, BYTES_PER_LINE do
    local bytes = code:sub(i, i + BYTES_PER_LINE - 1)
    lines[#lines + 1] = '     "' .. bytes:gsub('[%c\128-\255"\\?]', escape) .. '"'
  end
  return table.concat(lines, "\n")
end

-- The modules of reel and the libraries, each sorted by name.
local function collect(words)
  local modules, libraries, seen = {}, {}, {}
  for _, word in ipairs(words) do
    local name, path = word:match("^([%w_.]+)=(/.*)$")
    local list = name and libraries or modules
    if not name then name, path = module_name(word), root .. "/" .. word end
    if seen[name] then error(("%s and %s are the same module"):format(seen[name], word), 0) end
    seen[name] = word
    list[#list + 1] = { name = name, code = compile(name, read(path)) }
  end
  local function is_before(a, b) return a.name < b.name end
  table.sort(modules, is_before)
  table.sort(libraries, is_before)
  return modules, libraries
end

local parts = { '#include "host/embedded.h"\n' }

local function add_table(table_name, modules)
  parts[#parts + 1] = ("\nconst struct reel_embedded %s[] = {\n"):format(table_name)
  for _, module in ipairs(modules) do
    parts[#parts + 1] = ('    {"%s",\n%s,\n     %d},\n'):format(module.name, c_literal(module.code),
                                                              #module.code)
  end
  parts[#parts + 1] = "    {NULL, NULL, 0}};\n"
end

local modules, libraries = collect(table.move(arg, 3, #arg, 1, {}))
add_table("reel_embedded", modules)
add_table("reel_embedded_libraries", libraries)

local out <close> = assert(io.open(out_path, "wb"))
assert(out:write(table.concat(parts)))
