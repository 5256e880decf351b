-- multipart/form-data, taken apart. Source: RFC 7578, RFC 2046 section 5.1.
local multipart = {}

local MAX_PARTS <const> = 32

local function parameter(header, name)
  local quoted = header:match("[;%s]" .. name .. '="([^"]*)"')
  return quoted or header:match("[;%s]" .. name .. "=([^;%s]+)")
end

local function parse_head(head)
  local part = {}
  for name, value in (head .. "\r\n"):gmatch("([^\r\n:]+):%s*([^\r\n]*)\r\n") do
    name = name:lower()
    if name == "content-disposition" then
      part.name = parameter(value, "name")
      part.filename = parameter(value, "filename")
    elseif name == "content-type" then
      part.content_type = value
    end
  end
  return part
end

---@class reel.service.Part
---@field name string
---@field filename? string
---@field content_type? string
---@field content string

-- One part from `position`, just behind a delimiter; the second value is the next position, nil
-- after the last part.
local function parse_part(body, position, delimiter)
  local head_end, content_at = body:find("\r\n\r\n", position, true)
  if not head_end then return nil, nil, "a part has no end of its header" end
  local content_end, next_at = body:find(delimiter, content_at + 1, true)
  if not content_end then return nil, nil, "the last boundary is missing" end
  local part = parse_head(body:sub(position, head_end - 1))
  if not part.name then return nil, nil, "a part has no name" end
  part.content = body:sub(content_at + 1, content_end - 1)
  return part, next_at + 1
end

---@param content_type? string   The request's header.
---@param body string
---@return table<string, reel.service.Part>?   By name; of equal names the last one.
---@return string? message
function multipart.parse(content_type, body)
  local is_form = (content_type or ""):lower():find("^multipart/form%-data")
  local boundary = is_form and parameter(content_type, "boundary")
  if not boundary then return nil, "expected multipart/form-data with a boundary" end

  local delimiter = "\r\n--" .. boundary
  body = "\r\n" .. body
  local _, position = body:find(delimiter, 1, true)
  if not position then return nil, "the first boundary is missing" end
  position = position + 1

  local parts = {}
  for _ = 1, MAX_PARTS do
    if body:sub(position, position + 1) == "--" then return parts end
    local part, next_position, message = parse_part(body, position, delimiter)
    if not part then return nil, message end
    parts[part.name], position = part, next_position
  end
  return nil, "too many parts"
end

return multipart
