-- Reads the spool file: answers that could not be written to the journal when they came
-- (src/journal/spool.h). A process that was killed may have left half a record, and the file may
-- come from anywhere, so it is taken apart in one pass and within bounds, and every whole record in
-- it is found, whatever stands between.
local folder = require "reel.core.folder"

local spool = {}

local MAX_BYTES <const> = 64 * 1024 * 1024 -- of the file; an answer has 1 MiB at most
local HEAD <const> = "(%x+) (%-?%d+) (%-?%d+) (%d+)$"
local MAX_HEAD <const> = 160 -- as in src/journal/spool.c
local NONCE_DIGITS <const> = 32
local MAX_DIGITS <const> = 9
local NEWLINE <const> = 10

---@class reel.journal.SpoolRecord
---@field nonce string
---@field http_status integer
---@field curl_code integer
---@field body string

---@class reel.journal.SpoolContent
---@field records reel.journal.SpoolRecord[]
---@field size integer     how many bytes were read
---@field bad_bytes integer   how many of them belong to no record
---@field is_whole boolean   false: the file is too long, and its end was not read

-- The head of a record, if a line ends with one: where it begins, what it says, and where its body
-- lies. Before it, there may be the end of a record that was cut. It is complete if the byte after
-- the body is there and ends a line.
local function head_in(text, line, newline)
  local from = math.max(line, newline - MAX_HEAD)
  local nonce, status, code, size = text:sub(from, newline - 1):match(HEAD)
  if not nonce or #nonce < NONCE_DIGITS then return nil end
  if #status > MAX_DIGITS or #code > MAX_DIGITS or #size > MAX_DIGITS then return nil end
  local stop = newline + 1 + math.tointeger(size)
  return {
    at = newline - NONCE_DIGITS - #status - #code - #size - 3, nonce = nonce:sub(-NONCE_DIGITS),
    http_status = math.tointeger(status), curl_code = math.tointeger(code),
    from = newline + 1, stop = stop, is_complete = text:byte(stop) == NEWLINE,
  }
end

-- All heads, in their order, and the same by where they begin. Lines of an answer's body may be
-- among them.
local function find_heads(text)
  local heads, by_place, line = {}, {}, 1
  local newline = text:find("\n", line, true)
  while newline do
    local head = head_in(text, line, newline)
    if head then heads[#heads + 1], by_place[head.at] = head, head end
    line = newline + 1
    newline = text:find("\n", line, true)
  end
  return heads, by_place
end

-- Whether a head and the bytes that it names are a record. Half a record may have others behind it,
-- which then seem to be its body; but its supposed end is hardly the end of one of them.
local function is_record(head, next_complete, by_place, size)
  if not head.is_complete then return false end
  local is_followed = head.stop == size or by_place[head.stop + 1] ~= nil
  return is_followed or not next_complete or next_complete.at > head.stop
end

--- Takes the content of a spool file apart.
---@param text string
---@return reel.journal.SpoolRecord[] records
---@return integer bad_bytes
function spool.parse(text)
  local heads, by_place = find_heads(text)
  local next_complete, following = {}, nil
  for i = #heads, 1, -1 do
    next_complete[i] = following
    if heads[i].is_complete then following = heads[i] end
  end
  local records, at, bad_bytes = {}, 1, 0
  for i, head in ipairs(heads) do
    if head.at >= at and is_record(head, next_complete[i], by_place, #text) then
      bad_bytes = bad_bytes + head.at - at
      at = head.stop + 1
      head.body = text:sub(head.from, head.stop - 1)
      records[#records + 1] = head
    end
  end
  return records, bad_bytes + #text + 1 - at
end

--- Reads the spool file of a journal.
---@param path string   of the journal, absolute
---@return reel.journal.SpoolContent?   nil: there is no file
---@return string? message   nil too: there is something that is not a file, or it cannot be read
function spool.read(path)
  local base, name = path:match("^(.*/)([^/]+)$")
  local opened <close>, _, problem = folder.open_any(base)
  if not opened then return nil, problem end
  local text, is_whole, message = opened:read(name .. ".spool", MAX_BYTES)
  if not text then return nil, is_whole ~= "not_found" and message or nil end
  local records, bad_bytes = spool.parse(text)
  return { records = records, size = #text, bad_bytes = bad_bytes, is_whole = is_whole }
end

return spool
