-- The part of a journal that files need, in memory.
local Stub = {}
Stub.__index = Stub

local function new()
  return setmetatable({ rows = {}, stored_ms = {}, paths = {}, uploads = {} }, Stub)
end

function Stub:artifacts(_, task_id)
  local found = {}
  for _, row in ipairs(self.rows) do
    if row.task_id == task_id then
      found[#found + 1] = setmetatable({ stored_ms = self.stored_ms[row] }, { __index = row })
    end
  end
  return found
end

function Stub:stored(row)
  table.insert(self.rows, row)
  self.stored_ms[row] = os.time() * 1000
end

function Stub:saved(path, sha256)
  self.paths[path] = sha256
end

function Stub:saved_sha(path)
  return self.paths[path]
end

function Stub:upload_url(origin, sha256)
  local row = self.uploads[origin .. sha256]
  return row and row.expires_ms > os.time() * 1000 and row.url or nil
end

function Stub:uploaded(origin, sha256, url, expires_ms)
  self.uploads[origin .. sha256] = { url = url, expires_ms = expires_ms }
end

return new
