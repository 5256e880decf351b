-- Decides by the fields of its input what a task has to make: the size, length and mark of the
-- file, and how it is made. A recipe may wait, for pictures to arrive.
local images = require "reel.service.images"

local recipes = {}

-- Width and height of landscape clips; portrait clips have them swapped. A clip of pictures takes
-- twice the time of a drawn one, so it is smaller.
local SIZES <const> = {
  full = { drawn = { 1280, 720 }, pictures = { 960, 540 } },
  small = { drawn = { 640, 360 }, pictures = { 640, 360 } },
}

---@class reel.service.Work
---@field fields table    Fields that the task gets when it succeeds: width, height, marks, marked.
---@field seconds integer
---@field extension string   Of the file: "mp4" or "jpg".
---@field plan? table     The command that renders the file; nil without a renderer.
---@field copy_of? string The path of a file that is the result already.

local function clip_fields(task, context, kind)
  local long, short = table.unpack(SIZES[context.size][kind])
  if task.input.aspect_ratio == "portrait" then long, short = short, long end
  local marked = task.input.remove_watermark == false
  return { width = long, height = short, marks = true, marked = marked }
end

local function clip_work(task, fields)
  return { fields = fields, seconds = task.input.n_frames == "15" and 15 or 10, extension = "mp4" }
end

-- Adds to `more`, which is what is special about a clip, the fields that the plan of every clip
-- needs.
local function request_of(work, context, folder, more)
  for name, value in pairs {
    width = work.fields.width, height = work.fields.height, duration = work.seconds,
    marked = work.fields.marked or false, folder = folder, abilities = context.abilities,
  } do
    more[name] = value
  end
  return more
end

-- The handles of finished characters in a prompt. A full stop after a handle is not part of it.
local function handles_in(prompt, tasks)
  local handles, seen = {}, {}
  for word in prompt:gmatch("@([%w_][%w_.-]*)") do
    local handle = tasks:has_character(word) and word or word:match("^.*[%w_]")
    if not seen[handle] and tasks:has_character(handle) then
      seen[handle] = true
      handles[#handles + 1] = handle
    end
  end
  return handles
end

-- A model that a script has defined may have no prompt; then the clip shows the name of the model.
local function prompt_of(task)
  local prompt = task.input.prompt
  return type(prompt) == "string" and prompt or task.model
end

local function text(task, context, folder)
  local work = clip_work(task, clip_fields(task, context, "drawn"))
  work.fields.portrait_frame = 3
  if context.renderer then
    local prompt = prompt_of(task)
    work.plan = context.renderer.clip(request_of(work, context, folder, {
      prompt = prompt, handles = handles_in(prompt, context.tasks),
    }))
  end
  return work
end

local function pictures(task, context, folder)
  local work = clip_work(task, clip_fields(task, context, "pictures"))
  work.fields.portrait_frame = 0
  if not context.renderer then return work end

  local found, message = images.fetch(task.input.image_urls, folder, context)
  if not found then return nil, message end
  local prompt = prompt_of(task)
  work.plan = context.renderer.from_images(request_of(work, context, folder, {
    prompt = prompt, images = found, handles = handles_in(prompt, context.tasks),
  }))
  return work
end

-- A link to sora.chatgpt.com cannot be downloaded, so a drawn clip that shows the link replaces it.
local function stand_in(task, context, folder)
  local work = clip_work(task, clip_fields(task, context, "drawn"))
  work.fields.marks = nil
  if context.renderer then
    work.plan = context.renderer.clip(request_of(work, context, folder, {
      prompt = "Stand-in for " .. task.input.video_url,
    }))
  end
  return work
end

local function unmark(task, context, folder)
  local name = context.files:name_of(task.input.video_url)
  local origin = name and context.tasks:by_video(name)
  if not origin then return stand_in(task, context, folder) end

  local path = context.files:find(name)
  if not path then return nil, "the clip is no longer there: " .. task.input.video_url end
  local work = clip_work(origin, {
    width = origin.width, height = origin.height, portrait_frame = origin.portrait_frame,
  })
  if not origin.marked then
    work.copy_of = path
  elseif context.renderer then
    work.plan = context.renderer.remove_mark {
      source = path, width = origin.width, height = origin.height, folder = folder,
      abilities = context.abilities,
    }
  end
  return work
end

-- Without a renderer no sheet is made. The answer is the same, since the API gives a character no
-- URL.
local function character(task, context, folder)
  local origin = context.tasks:get(task.input.origin_task_id)
  local source = origin and origin.video and context.files:find(origin.video)
  if not source then return nil, "the video of the origin task is no longer there" end
  local work = { fields = {}, seconds = 0, extension = "jpg" }
  if context.renderer then
    work.plan = context.renderer.character_sheet {
      source = source, handle = task.handle, traits = task.input.character_prompt,
      safety = task.input.safety_instruction, folder = folder,
      portrait_frame = origin.portrait_frame or 0, abilities = context.abilities,
    }
  end
  return work
end

local function recipe_of(task)
  if task.handle then return character end
  if type(task.input.image_urls) == "table" then return pictures end
  if task.input.video_url and not task.input.prompt then return unmark end
  return text
end

---Returns what the task has to make.
---@async
---@param task reel.service.Task
---@param context reel.service.Context
---@param folder string   An empty folder for the files of the render.
---@return reel.service.Work?
---@return string? message   Why the task fails.
function recipes.prepare(task, context, folder)
  return recipe_of(task)(task, context, folder)
end

return recipes
