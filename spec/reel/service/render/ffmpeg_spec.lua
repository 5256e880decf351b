-- Real renders, small ones: what the plans promise is what ffmpeg makes of them.

local render = require "reel.render"

local function quoted(argv)
  local words = {}
  for index, word in ipairs(argv) do words[index] = "'" .. word:gsub("'", "'\\''") .. "'" end
  return table.concat(words, " ")
end

local function run(argv, folder)
  return os.execute(("cd '%s' && %s >/dev/null 2>&1"):format(folder, quoted(argv))) == true
end

local function output_of(argv)
  local pipe <close> = assert(io.popen(quoted(argv) .. " 2>/dev/null"))
  return pipe:read("a")
end

local function write(path, bytes)
  local file <close> = assert(io.open(path, "wb"))
  assert(file:write(bytes))
end

local function read(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read("a")
end

local has_ffmpeg = os.execute("ffmpeg -version >/dev/null 2>&1") == true

describe("reel.service.render with ffmpeg", function()
  if not has_ffmpeg then
    pending("needs the program ffmpeg")
    return
  end

  local root, folders

  before_each(function()
    root, folders = output_of({ "mktemp", "-d" }):match("%S+"), 0
  end)

  after_each(function() os.execute("rm -rf '" .. root .. "'") end)

  local function new_folder()
    folders = folders + 1
    local folder = ("%s/%d"):format(root, folders)
    assert(os.execute("mkdir '" .. folder .. "'"))
    return folder
  end

  local function perform(plan)
    for _, file in ipairs(plan.files) do write(plan.cwd .. "/" .. file.name, file.text) end
    assert.is_true(run(plan.argv, plan.cwd))
    local path = plan.cwd .. "/" .. plan.output
    assert(os.rename(path .. ".part", path))
    return path
  end

  local function facts_of(path)
    local listing = output_of {
      "ffprobe", "-v", "error", "-of", "default=noprint_wrappers=1", "-show_entries",
      "stream=codec_name,width,height:format=duration:format_tags=comment", path,
    }
    local facts = { codecs = {} }
    for name, value in listing:gmatch("([^\n=]+)=([^\n]*)") do
      if name == "codec_name" then table.insert(facts.codecs, value) else facts[name] = value end
    end
    return facts
  end

  local function make_clip(more)
    local options = {
      prompt = "A {\\b1} fox's 清晨 %{pts} lantern; [v] walks on.", width = 320, height = 180,
      duration = 10, marked = true, folder = new_folder(),
    }
    for name, value in pairs(more or {}) do options[name] = value end
    return perform(render.clip(options))
  end

  local function make_picture(name, pixels)
    assert.is_true(run({
      "ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=200x150", "-frames:v", "1",
      "-pix_fmt", pixels or "rgb24", "-update", "1", name,
    }, root))
    return root .. "/" .. name
  end

  local function is_valid(path, format)
    return run(render.validate_image { path = path, format = format }, root)
  end

  it("makes a clip of the size, the length and the streams asked for", function()
    local facts = facts_of(make_clip { width = 180, height = 320 })
    assert.same({ "h264", "aac" }, facts.codecs)
    assert.equal("180x320", facts.width .. "x" .. facts.height)
    assert.equal(10, tonumber(facts.duration))
    assert.truthy(facts["TAG:comment"]:find("Preview, not Sora: A {\\b1} fox's 清晨", 1, true))
  end)

  it("makes the same bytes of the same input", function()
    assert.equal(read(make_clip()), read(make_clip()))
  end)

  it("makes a clip of 15 s without SVG and libass", function()
    local path = make_clip { duration = 15, abilities = { drawtext = true } }
    assert.equal(15, tonumber(facts_of(path).duration))
  end)

  it("moves over pictures of several formats", function()
    local path = perform(render.from_images {
      prompt = "Two pictures.", width = 320, height = 180, duration = 10, folder = new_folder(),
      images = {
        { path = make_picture("1.jpg", "yuvj420p"), format = "jpeg" },
        { path = make_picture("2.png", "rgba"), format = "png" },
      },
    })
    local facts = facts_of(path)
    assert.same({ "h264", "aac" }, facts.codecs)
    assert.equal("320x180", facts.width .. "x" .. facts.height)
    assert.equal(10, tonumber(facts.duration))
  end)

  it("removes the mark and keeps length, sound and words", function()
    local marked = make_clip()
    local plan = render.remove_mark {
      source = marked, width = 320, height = 180, folder = new_folder(),
    }
    local path = perform(plan)
    assert.same(facts_of(marked), facts_of(path))
    assert.not_equal(read(marked), read(path))
  end)

  it("makes a sheet and a poster from a clip", function()
    local source = make_clip { width = 180, height = 320 }
    local sheet = perform(render.character_sheet {
      source = source, handle = "fox", traits = "calm, {green} cloak", folder = new_folder(),
    })
    local poster = perform(render.poster { source = source, folder = new_folder() })
    assert.equal("jpeg", render.check_image(read(sheet)))
    assert.same({ "1280", "720" }, { facts_of(sheet).width, facts_of(sheet).height })
    assert.equal("jpeg", render.check_image(read(poster)))
  end)

  it("takes whole pictures", function()
    assert.is_true(is_valid(make_picture("1.jpg", "yuvj420p"), "jpeg"))
    assert.is_true(is_valid(make_picture("2.png"), "png"))
  end)

  it("refuses a picture that is cut off", function()
    local bytes = read(make_picture("whole.jpg", "yuvj420p"))
    write(root .. "/cut.jpg", bytes:sub(1, #bytes // 2))
    assert.equal("jpeg", render.check_image(bytes:sub(1, 12)))
    assert.is_false(is_valid(root .. "/cut.jpg", "jpeg"))
  end)

  it("refuses what is no picture of the format it claims", function()
    write(root .. "/page.jpg", "<html><body>not found</body></html>")
    write(root .. "/list.jpg", "ffconcat version 1.0\nfile page.jpg\n")
    write(root .. "/empty.jpg", "")
    for _, name in ipairs { "page.jpg", "list.jpg", "empty.jpg" } do
      assert.is_false(is_valid(root .. "/" .. name, "jpeg"))
    end
    assert.is_false(is_valid(make_picture("2.png"), "jpeg"))
  end)
end)
