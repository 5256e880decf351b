-- The sound of a clip: a quiet chord for each shot, a high note at each cut, and some low noise.
-- The notes are sine sources, which cost a tenth of what evaluated expressions cost.

local audio = {}

local ROOTS = { 98.00, 110.00, 123.47, 130.81, 146.83 }

-- The notes of three chords as factors of the root. The first chord has the root, its fifth and its
-- ninth; the other two are like it, but lower and higher.
local CHORDS = { { 1, 1.5, 2.25 }, { 0.8909, 1.3348, 2 }, { 1.1892, 1.7818, 2.3784 } }
local VOLUMES = { 0.55, 0.34, 0.34 }

local FADE_OUT_SECONDS = 1.2

local function add_chord(plan, labels, shot, frequencies)
  local seconds, delay = shot.seconds + 0.4, math.floor(shot.start * 1000)
  for index, frequency in ipairs(frequencies) do
    labels[#labels + 1] = ("[note%d]"):format(#labels)
    plan:chain("sine=f=%.3f:r=44100:d=%.2f,afade=t=in:d=%.1f,afade=t=out:st=%.2f:d=0.9,"
      .. "volume=%.2f,adelay=%d%s", frequency, seconds, index * 0.4, seconds - 0.9,
      VOLUMES[index], delay, labels[#labels])
  end
end

local function add_high_note(plan, labels, shot, frequency)
  labels[#labels + 1] = ("[note%d]"):format(#labels)
  plan:chain("sine=f=%.3f:r=44100:d=1.6,afade=t=out:d=1.6:curve=exp,volume=0.42,adelay=%d%s",
    frequency, math.floor(shot.start * 1000), labels[#labels])
end

local function add_noise(plan, labels, duration, seed)
  labels[#labels + 1] = "[noise]"
  plan:chain("anoisesrc=c=brown:a=0.05:r=44100:d=%d:seed=%d,lowpass=f=420[noise]", duration, seed)
end

--- Mixes everything to stereo; the right channel is 14 ms late, so that the sound is wide.
local function add_mix(plan, labels, duration)
  plan:chain("%samix=inputs=%d:normalize=0,aformat=channel_layouts=mono,asplit[left][same]",
    table.concat(labels), #labels)
  plan:chain("[same]adelay=14,volume=0.92[right]")
  plan:chain("[left][right]join=inputs=2:channel_layout=stereo,afade=t=out:st=%.2f:d=%.1f,"
    .. "atrim=end=%d[a]", duration - FADE_OUT_SECONDS, FADE_OUT_SECONDS, duration)
end

--- Adds the sound [a]. page: seed, shots (start, frames, seconds), duration
function audio.add(plan, page)
  local root, labels = ROOTS[page.seed % #ROOTS + 1], {}
  for index, shot in ipairs(page.shots) do
    local notes = {}
    for note, factor in ipairs(CHORDS[(index - 1) % #CHORDS + 1]) do notes[note] = root * factor end
    add_chord(plan, labels, shot, notes)
    add_high_note(plan, labels, shot, notes[2] * 4)
  end
  add_noise(plan, labels, page.duration, page.seed)
  add_mix(plan, labels, page.duration)
end

return audio
