-- One attempt as a card of the page: its player or the reason why there is none, and its facts.
local escape = require "reel.gallery.escape"
local paths = require "reel.gallery.paths"

local card = {}

local MAX_LABEL <const> = 120 -- characters of the name that screen readers get for a file

local text = escape.text

local function attribute(name, value)
  return value and (' %s="%s"'):format(name, text(value)) or ""
end

local function label_of(entry)
  local words = ("%s %d: %s"):format(entry.model, entry.number, entry.about)
  local cut = utf8.len(words) and utf8.offset(words, MAX_LABEL + 1)
  return cut and words:sub(1, cut - 1) or words
end

local function player(entry, file, url)
  return ('<video controls playsinline preload="none" src="%s"%s%s></video>'):format(text(url),
    attribute("poster", file.poster), attribute("aria-label", label_of(entry)))
end

local function picture(entry, file, url)
  return ('<a href="%s"><img src="%s"%s></a>'):format(text(url), text(file.poster),
    attribute("alt", label_of(entry)))
end

local function notice(words, class)
  return ('<p class="notice%s">%s</p>'):format(class and " " .. class or "", text(words))
end

local function file_html(entry, file, folder)
  if not file.path then
    return notice(("The file is gone. To fetch it again: reel save %d -o FILE"):format(
      entry.number))
  end
  local url = escape.path(paths.relative(folder, file.path))
  if file.kind == "video" then return player(entry, file, url) end
  if file.kind == "picture" and file.poster then return picture(entry, file, url) end
  return ('<p class="notice"><a href="%s">%s</a></p>'):format(text(url), text(file.name))
end

-- The files of an entry; without files the handle, which is the "@name" of the character that the
-- task made.
local function stage(entry, folder)
  local shown = {}
  for i, file in ipairs(entry.files) do shown[i] = file_html(entry, file, folder) end
  if shown[1] then return table.concat(shown, "\n") end
  return entry.handle and notice(entry.handle, "handle") or ""
end

-- The note of an attempt that has no files, by its state.
local words_without_files = {
  created = "Being made. To wait for it: reel wait %d",
  latched = "Being sent.",
  succeeded = "Not fetched yet. To fetch it: reel save %d -o FILE",
}

local function note_of(entry)
  if entry.note then return entry.note end
  if entry.files[1] or entry.handle then return nil end
  local words = words_without_files[entry.state]
  return words and words:format(entry.number) or entry.reason
end

-- The names of values that may be long: the style gives them half a row rather than a third.
local wide = { Sent = true, Key = true }

local function definition_list(pairs_of_words, class)
  local rows = {}
  for i, pair in ipairs(pairs_of_words) do
    rows[i] = ('<div%s><dt>%s</dt><dd dir="auto">%s</dd></div>'):format(
      attribute("class", wide[pair[1]] and pair[1]:lower()), text(pair[1]), text(pair[2]))
  end
  return ('<dl class="%s">%s</dl>'):format(class, table.concat(rows))
end

local TEMPLATE <const> = [[
<article class="card${shape} is-${state_class}"${state}${model_name}${label}>
${stage}
<div class="words">
<h3><span class="model">${model}</span> <span class="state ${state_class}">${state_word}</span></h3>
${about}${note}${facts}
<details><summary>Details</summary>${details}</details>
</div>
</article>]]

local function paragraph(class, words)
  if not words or words == "" then return "" end
  return ('<p class="%s" dir="auto">%s</p>\n'):format(class, text(words))
end

--- The card of an entry.
---@param entry reel.gallery.Entry
---@param folder string   absolute; the page will be in it
---@return string
function card.html(entry, folder)
  local shown = stage(entry, folder)
  local parts = {
    state = attribute("data-state", entry.state),
    model_name = attribute("data-model", entry.model_name),
    label = attribute("aria-label", ("%s %d, %s"):format(entry.model, entry.number, entry.state)),
    stage = shown ~= "" and '<div class="stage">' .. shown .. "</div>" or "",
    model = text(entry.model), state_class = text(entry.state), state_word = text(entry.state),
    about = paragraph("about", entry.about), note = paragraph("note", note_of(entry)),
    shape = entry.is_portrait and " portrait" or "",
    facts = definition_list(entry.facts, "facts"), details = definition_list(entry.details, "all"),
  }
  return (TEMPLATE:gsub("%${([%w_]+)}", parts))
end

return card
