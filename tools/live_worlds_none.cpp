// A build without a desktop: live worlds are listed, so that a person learns that they exist, and never available.
#include "core/error.h"
#include "core/files.h"
#include "tools/worlds.h"

#include <algorithm>

namespace atl::tools {

std::vector<WorldEntry> list_live_worlds() {
  std::vector<WorldEntry> worlds;
  const std::filesystem::path profiles = shipped_file("profiles", "doom.toml").parent_path();
  for (const auto& entry : std::filesystem::directory_iterator(profiles)) {
    if (entry.path().extension() != ".toml") continue;
    WorldEntry& world = worlds.emplace_back();
    world.name = entry.path().stem().string();
    std::replace(world.name.begin(), world.name.end(), '_', '-');
    world.interfaces = {"live"};
    world.missing = {"this build has no desktop: configure with -DATOLL_DESKTOP=ON"};
    world.is_live = true;
  }
  std::sort(worlds.begin(), worlds.end(), [](const WorldEntry& a, const WorldEntry& b) { return a.name < b.name; });
  return worlds;
}

std::optional<WorldEntry> find_profile_world(const std::string&) { return std::nullopt; }

envs::Task resolve_live_task(const std::string&, std::uint64_t, const envs::Task& task) { return task; }

std::unique_ptr<envs::LiveEnvironment> start_live_world(const std::string& name, const WorldConfig&) {
  fail(ErrorKind::kEnvironment, "world {} cannot be started: this build has no desktop", name);
}

void try_live_judges(const std::string& name, const std::function<void(const JudgeTrial&)>&) {
  fail(ErrorKind::kEnvironment, "world {} cannot be started: this build has no desktop", name);
}

}  // namespace atl::tools
