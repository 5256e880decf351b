-- The page: one file that needs nothing except the clips. Its content security policy allows its
-- own style and script, the pictures inside it, and clips from where the page comes from; nothing
-- else is loaded or run, whatever a prompt holds.
local card = require "reel.gallery.card"
local core = require "reel.core"
local digest = require "reel.core.digest"
local escape = require "reel.gallery.escape"
local script = require "reel.gallery.script"
local style = require "reel.gallery.style"

local page = {}

--- Every page of reel gallery begins with this, by which the command knows its own pages.
page.BEGINNING = '<!DOCTYPE html>\n<html lang="en">\n<meta charset="utf-8">\n'
  .. '<meta name="generator" content="reel gallery">\n'

local text = escape.text

local function hash(content)
  local raw = digest.sha256(content):gsub("%x%x", function(hex)
    return string.char(tonumber(hex, 16))
  end)
  return "'sha256-" .. digest.base64(raw) .. "'"
end

-- A page that is opened as a file has an opaque origin. 'self' need not match it (CSP Level 3),
-- although it does in Chromium, so clips may also have the scheme file:.
local function policy()
  return table.concat({
    "default-src 'none'", "style-src " .. hash(style), "script-src " .. hash(script),
    "img-src data:", "media-src 'self' file:", "base-uri 'none'", "form-action 'none'",
  }, "; ")
end

-- Filters -----------------------------------------------------------------------------------------

-- The different values of a field, with their names for people and how many entries have them.
local function values_of(list, field, label)
  local values, by_value = {}, {}
  for _, entry in ipairs(list) do
    local value = entry[field]
    if not by_value[value] then
      by_value[value] = { value = value, label = entry[label], count = 0 }
      values[#values + 1] = by_value[value]
    end
    by_value[value].count = by_value[value].count + 1
  end
  table.sort(values, function(a, b) return a.label < b.label end)
  return values
end

local function options(all, values)
  local lines = { ('<option value="">%s</option>'):format(all) }
  for _, entry in ipairs(values) do
    lines[#lines + 1] = ('<option value="%s">%s (%d)</option>'):format(text(entry.value),
      text(entry.label), entry.count)
  end
  return table.concat(lines)
end

local FILTERS <const> = [[
<div class="filters" role="search" hidden>
<label class="words-filter"><span>Search</span>
<input id="words" type="search" placeholder="Prompt, key, task…" autocomplete="off"></label>
<label><span>State</span><select id="state">%s</select></label>
<label><span>Model</span><select id="model">%s</select></label>
<output id="count" for="words state model" aria-live="polite"></output>
</div>
<p class="nothing" id="nothing" hidden>Nothing fits.
<button type="button" id="clear">Show all</button></p>]]

local function filters(list)
  if not list[1] then return "" end
  return FILTERS:format(options("All states", values_of(list, "state", "state")),
    options("All models", values_of(list, "model_name", "model")))
end

-- Sections ----------------------------------------------------------------------------------------

local SECTION <const> = [[
<section id="%s" aria-labelledby="%s-title">
<h2 id="%s-title">%s</h2>
<div class="grid">
%s
</div>
</section>]]

-- The sections of the page in their order: id, title, and the words in the summary.
local parts = {
  { "needing", "Needs you", "waiting for you" }, { "making", "Being made", "being made" },
  { "made", "Made" }, { "without", "Without a result", "without a result" },
}

local function section(name, title, list, folder)
  local cards = {}
  for i, entry in ipairs(list) do cards[i] = card.html(entry, folder) end
  return SECTION:format(name, name, name, title, table.concat(cards, "\n"))
end

local function sections(list, folder)
  local html = {}
  for _, part in ipairs(parts) do
    local chosen = {}
    for _, entry in ipairs(list) do
      if entry.part == part[1] then chosen[#chosen + 1] = entry end
    end
    html[#html + 1] = chosen[1] and section(part[1], part[2], chosen, folder)
  end
  return table.concat(html, "\n")
end

-- The whole ---------------------------------------------------------------------------------------

local TEMPLATE <const> = [[
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${style}</style>
<header>
<h1 dir="auto">${project}</h1>
<p>${summary}</p>
</header>
<main>
${filters}
${sections}
</main>
<footer>Made by reel ${version} on ${date}. The page finds the clips by their paths from its
folder.</footer>
<script>${script}</script>
</html>
]]

local function counted(count, word)
  return ("%d %s%s"):format(count, word, count == 1 and "" or "s")
end

-- The number of clips, and the numbers of the other attempts with links to their sections.
local function summary(list)
  if not list[1] then return "Nothing was made here yet." end
  local files, counts = 0, {}
  for _, entry in ipairs(list) do
    files = files + #entry.files
    counts[entry.part] = (counts[entry.part] or 0) + 1
  end
  local words = { counted(files, "clip") }
  for _, part in ipairs(parts) do
    words[#words + 1] = part[3] and counts[part[1]]
      and ('<a href="#%s">%d %s</a>'):format(part[1], counts[part[1]], part[3])
  end
  return table.concat(words, " · ")
end

--- The page of a project.
---@param list reel.gallery.Entry[]
---@param options_of_page { project: string, folder: string }   `folder` is absolute; the page will
---  be in it
---@return string
function page.html(list, options_of_page)
  local project, folder = options_of_page.project, options_of_page.folder
  local pieces = {
    policy = policy(), style = style, script = script, version = core.version,
    date = os.date("%Y-%m-%d %H:%M"), project = text(project), title = text(project) .. " · reel",
    summary = summary(list), filters = filters(list), sections = sections(list, folder),
  }
  return page.BEGINNING .. TEMPLATE:gsub("%${([%w_]+)}", pieces)
end

return page
