-- Writes the few kinds of SVG elements that the layers need. Attributes are sorted, so that equal
-- input gives equal bytes; fill_opacity stands for fill-opacity. Text from a prompt never goes in
-- here.

local svg = {}

local ENTITIES = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }

local function value_text(value)
  if type(value) == "number" then
    return (("%.2f"):format(value):gsub("%.?0+$", ""))
  end
  return (value:gsub('[&<>"]', ENTITIES))
end

local function attribute_text(attributes)
  local parts = {}
  for name, value in pairs(attributes) do
    parts[#parts + 1] = (' %s="%s"'):format(name:gsub("_", "-"), value_text(value))
  end
  table.sort(parts)
  return table.concat(parts)
end

--- An element around `body`, or an empty element without one.
---@param name string
---@param attributes table<string, string|number>
---@param body? string
---@return string
function svg.tag(name, attributes, body)
  local head = "<" .. name .. attribute_text(attributes)
  return body and ("%s>%s</%s>"):format(head, body, name) or head .. "/>"
end

---@param d string
---@param fill string
---@param more? table
function svg.shape(d, fill, more)
  local attributes = { d = d, fill = fill }
  for name, value in pairs(more or {}) do attributes[name] = value end
  return svg.tag("path", attributes)
end

---@param d string
---@param stroke string
---@param width number
---@param opacity? number
function svg.line(d, stroke, width, opacity)
  return svg.tag("path", {
    d = d, fill = "none", stroke = stroke, stroke_width = width, stroke_opacity = opacity or 1,
  })
end

---@param x number
---@param y number
---@param radius number
---@param fill string
---@param opacity? number
function svg.circle(x, y, radius, fill, opacity)
  return svg.tag("circle", { cx = x, cy = y, r = radius, fill = fill, fill_opacity = opacity or 1 })
end

---@param x number
---@param y number
---@param width number
---@param height number
---@param fill string
---@param more? table
function svg.rect(x, y, width, height, fill, more)
  local attributes = { x = x, y = y, width = width, height = height, fill = fill }
  for name, value in pairs(more or {}) do attributes[name] = value end
  return svg.tag("rect", attributes)
end

local function stop_tags(stops)
  local tags = {}
  for index, stop in ipairs(stops) do
    tags[index] = svg.tag("stop", {
      offset = stop[1], stop_color = stop[2], stop_opacity = stop[3] or 1,
    })
  end
  return table.concat(tags)
end

--- A vertical gradient. Stops are { offset, colour, opacity }. It ends at `reach`, a share of the
--- height, default 1.
---@param id string
---@param stops table[]
---@param reach? number
function svg.linear_gradient(id, stops, reach)
  local attributes = { id = id, x1 = 0, y1 = 0, x2 = 0, y2 = reach or 1 }
  return svg.tag("defs", {}, svg.tag("linearGradient", attributes, stop_tags(stops)))
end

---@param id string
---@param stops table[]
---@param more? table   cx, cy, r
function svg.radial_gradient(id, stops, more)
  local attributes = { id = id }
  for name, value in pairs(more or {}) do attributes[name] = value end
  return svg.tag("defs", {}, svg.tag("radialGradient", attributes, stop_tags(stops)))
end

--- A whole file: `view` is the window in world units, drawn `width` x `height` pixels large.
---@param width integer
---@param height integer
---@param view number[]   x, y, width, height
---@param body string
function svg.document(width, height, view, body)
  return svg.tag("svg", {
    xmlns = "http://www.w3.org/2000/svg",
    width = width, height = height,
    viewBox = ("%.2f %.2f %.2f %.2f"):format(view[1], view[2], view[3], view[4]),
    preserveAspectRatio = "none",
  }, body) .. "\n"
end

return svg
