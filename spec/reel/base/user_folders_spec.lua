local user_folders = require "reel.core" and require "reel.base.user_folders"

describe("reel.base.user_folders", function()
  local function state(variables)
    return user_folders.state(function(name) return variables[name] end)
  end

  it("go by XDG_STATE_HOME, then by HOME", function()
    assert.equal("/s/reel", state { XDG_STATE_HOME = "/s", HOME = "/h" })
    assert.equal("/h/.local/state/reel", state { HOME = "/h" })
  end)

  it("are never relative, which would be in every folder that came from elsewhere", function()
    assert.equal("/h/.local/state/reel", state { XDG_STATE_HOME = "s", HOME = "/h" })
    assert.is_nil(state { XDG_STATE_HOME = ".", HOME = "." })
    assert.is_nil(state { HOME = "" })
    assert.is_nil(state {})
  end)
end)
