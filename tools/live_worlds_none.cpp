// A build without a desktop: live worlds are listed, so that a person learns that they exist, and never available.
#include "core/error.h"
#include "envs/playhouse/playhouse.h"
#include "tools/worlds.h"

namespace atl::tools {

std::vector<WorldEntry> list_live_worlds() {
  std::vector<WorldEntry> worlds;
  for (const char* name : {"playhouse-window", "doom"}) {
    WorldEntry& world = worlds.emplace_back();
    world.name = name;
    world.interfaces = {"live"};
    world.missing = {"this build has no desktop: configure with -DATOLL_DESKTOP=ON"};
    world.is_live = true;
  }
  worlds.front().tasks = envs::playhouse_spec({}).tasks;
  return worlds;
}

std::unique_ptr<envs::LiveEnvironment> start_live_world(const std::string& name, const WorldConfig&) {
  fail(ErrorKind::kEnvironment, "world {} cannot be started: this build has no desktop", name);
}

}  // namespace atl::tools
