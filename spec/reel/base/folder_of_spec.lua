local folder_of = require "reel.base.folder_of"

describe("reel.base.folder_of", function()
  for _, case in ipairs {
    { "a.lua", "." }, { "./a.lua", "." }, { "b/a.lua", "b" }, { "/a.lua", "/" },
    { "/b/a.lua", "/b" }, { "b/", "b" },
  } do
    it(("finds %s in %s"):format(case[1], case[2]), function()
      assert.equal(case[2], folder_of(case[1]))
    end)
  end
end)
