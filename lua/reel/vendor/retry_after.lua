-- The Retry-After header (RFC 9110 section 10.2.3): seconds or an HTTP date.
local retry_after = {}

local LONGEST <const> = 3600 -- more is a mistake of the server, not a wish to wait for

local months = {
  Jan = 1, Feb = 2, Mar = 3, Apr = 4, May = 5, Jun = 6, Jul = 7, Aug = 8, Sep = 9, Oct = 10,
  Nov = 11, Dec = 12,
}

-- Days from 1970-01-01; os.time would read the date in the local time zone. Years begin in March,
-- so that the leap day is the last one.
local function days_since_epoch(year, month, day)
  if month <= 2 then year = year - 1 end
  local day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
  return 365 * year + year // 4 - year // 100 + year // 400 + day_of_year - 719468
end

local function parse_date(text)
  local day, name, year, hour, minute, second =
    text:match("^%a%a%a, (%d%d) (%a%a%a) (%d%d%d%d) (%d%d):(%d%d):(%d%d) GMT$")
  local month = name and months[name]
  if not month then return nil end
  local days = days_since_epoch(math.tointeger(year), month, math.tointeger(day))
  return days * 86400 + hour * 3600 + minute * 60 + second
end

--- The seconds to wait that a response asks for, when they are sane: 1 to 3600.
---@param headers table<string, string>?   names in lower case
---@param now? integer   seconds since the epoch; default the clock
---@return number?
function retry_after.seconds(headers, now)
  local text = headers and headers["retry-after"]
  if type(text) ~= "string" then return nil end
  local seconds
  if text:find("^%d+$") then
    seconds = tonumber(text)
  else
    local date = parse_date(text)
    seconds = date and date - (now or os.time())
  end
  if seconds and seconds >= 1 and seconds <= LONGEST then return seconds end
end

return retry_after
