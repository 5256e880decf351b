local did_you_mean = require "reel.base.did_you_mean"

describe("reel.base.did_you_mean", function()
  it("counts inserts, deletes, replacements and swaps as one edit each", function()
    for _, pair in ipairs { { "prompt", "promt" }, { "prompt", "prompts" }, { "prompt", "promqt" },
      { "prompt", "prmopt" }, { "", "a" } } do
      assert.equal(1, did_you_mean.distance(pair[1], pair[2]))
    end
    assert.equal(0, did_you_mean.distance("same", "same"))
    assert.equal(3, did_you_mean.distance("kitten", "sitting"))
  end)

  it("finds the word that was meant, whatever its case", function()
    local names = { "aspect_ratio", "prompt", "n_frames" }
    assert.equal("prompt", did_you_mean.to("promtp", names))
    assert.equal("n_frames", did_you_mean.to("N_Frame", names))
  end)

  it("finds nothing when too much is different", function()
    assert.is_nil(did_you_mean.to("colour", { "prompt", "n_frames" }))
    assert.is_nil(did_you_mean.to("60", { "10", "15" }))
    assert.is_nil(did_you_mean.to(("x"):rep(65), { ("x"):rep(64) }))
  end)

  it("makes the end of a message", function()
    assert.equal(', did you mean "prompt"?', did_you_mean.hint("promt", { "prompt" }))
    assert.equal("", did_you_mean.hint("colour", { "prompt" }))
    assert.equal("", did_you_mean.hint(1, { "prompt" }))
  end)
end)
