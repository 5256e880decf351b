rockspec_format = "3.0"
package = "reel"
version = "scm-1"

-- The source has no public address. `luarocks make` ignores this field and builds the current tree.
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

-- Builds only the module for stock interpreters. `cmake --install` installs the program and the C
-- library.
build = {
  type = "command",
  build_command = "cmake -S . -B build-rock -DBUILD_TESTING=OFF && cmake --build build-rock",
  install_command = "mkdir -p $(LUADIR) $(LIBDIR)/reel && cp -R lua/reel $(LUADIR)/"
    .. " && cp build-rock/lib/reel/core.so $(LIBDIR)/reel/",
}
