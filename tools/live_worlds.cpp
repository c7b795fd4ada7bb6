// Live worlds: programs in windows, each described by a profile.
#include "core/error.h"
#include "envs/desktop/game/live_game.h"
#include "envs/desktop/game/profile.h"
#include "tools/worlds.h"

#include <fmt/format.h>

namespace atl::tools {
namespace {

struct LiveWorld {
  const char* name;
  const char* profile;  // in profiles/
};
constexpr LiveWorld kLiveWorlds[] = {
    {"playhouse-window", "playhouse_window"},
    {"doom", "doom"},
};

envs::desktop::LiveGameConfig game_config(const WorldConfig& config) {
  envs::desktop::LiveGameConfig game;
  if (config.action_rate_hz > 0.0) game.action_rate_hz = config.action_rate_hz;
  game.display =
      config.display == "virtual" ? envs::desktop::DisplayChoice::kVirtual : envs::desktop::DisplayChoice::kDesktop;
  game.human_idle = Duration(static_cast<std::int64_t>(config.human_idle_s * 1e9));
  return game;
}

}  // namespace

std::vector<WorldEntry> list_live_worlds() {
  std::vector<WorldEntry> worlds;
  for (const LiveWorld& live : kLiveWorlds) {
    const envs::desktop::GameProfile profile = envs::desktop::load_profile(live.profile);
    WorldEntry& world = worlds.emplace_back();
    world.name = live.name;
    world.interfaces = {"live"};
    world.tasks = profile.tasks.families;
    world.missing = envs::desktop::missing_parts(profile);
    world.is_live = true;
  }
  return worlds;
}

std::unique_ptr<envs::LiveEnvironment> start_live_world(const std::string& name, const WorldConfig& config) {
  for (const LiveWorld& live : kLiveWorlds) {
    if (name == live.name) return envs::desktop::create_live_game(live.profile, game_config(config));
  }
  fail(ErrorKind::kInternal, "world {} has no profile", name);
}

}  // namespace atl::tools
