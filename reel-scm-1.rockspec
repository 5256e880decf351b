rockspec_format = "3.0"
package = "reel"
version = "scm-1"

-- No public address yet: `luarocks make` builds the checked-out tree.
source = { url = "git+file://." }

description = {
  summary = "Lua scripts that make video clips through an asynchronous, paid task API",
  license = "MIT",
}

dependencies = {
  "lua ~> 5.4",
  "argparse >= 0.7.1",
  "lua-cjson >= 2.1.0",
  "luafilesystem >= 1.8.0",
}

-- curl, microhttpd and crypto are found by CMake itself.
build = {
  type = "cmake",
  variables = {
    BUILD_TESTING = "OFF",
    CMAKE_BUILD_TYPE = "RelWithDebInfo",
    CMAKE_INSTALL_PREFIX = "$(PREFIX)",
  },
}
