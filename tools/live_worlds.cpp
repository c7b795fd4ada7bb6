// Live worlds: programs in windows, each described by a profile.
#include "core/error.h"
#include "core/stop.h"
#include "envs/desktop/game/live_game.h"
#include "envs/desktop/game/profile.h"
#include "envs/desktop/playhouse_window/protocol.h"
#include "envs/playhouse/playhouse.h"
#include "tools/worlds.h"

#include <algorithm>
#include <iterator>

namespace atl::tools {
namespace {

struct LiveWorld {
  const char* name;
  const char* profile;  // in profiles/
};
constexpr double kPartnerTime_s = 600.0;  // for a second player to come

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
  game.show_control = config.show_control;
  game.arguments = config.arguments;
  game.origin = config.origin;
  game.for_person = config.for_person;
  game.on_kill_key = request_stop;  // as Ctrl-C: a person who ends the agent does not want to see its next episode
  return game;
}

// Playhouse's window shows each of the agent's pixels as a square, 640 px wide or a little more; a person sees the same
// part of the house drawn finely, with words below that are not captured.
void set_playhouse(const envs::playhouse::EpisodeOptions& episode, const WorldConfig& config,
                   envs::desktop::GameProfile& profile, envs::desktop::LiveGameConfig& game) {
  const std::string stepped = envs::playhouse_name(episode);
  profile.name = window_of(stepped);
  profile.game.world_version = envs::playhouse_spec({.episode = episode}).facts.world_version;
  profile.tasks.families = envs::playhouse::families_of(envs::playhouse::level_named(episode.level));
  if (config.fullscreen && !config.for_person)
    fail(ErrorKind::kUsage, "world.fullscreen is for a person (--player human): agents see whole multiples of a pixel");
  const int scale = envs::desktop::default_scale({config.frame_width_px, config.frame_height_px});
  profile.window.width_px = config.frame_width_px * scale;
  profile.window.height_px = config.frame_height_px * scale;
  const std::string arguments[] = {"--width",  std::to_string(config.frame_width_px),
                                   "--height", std::to_string(config.frame_height_px),
                                   "--scale",  std::to_string(scale),
                                   "--level",  episode.level,
                                   "--reskin", std::to_string(episode.reskin)};
  if (config.for_person) {
    std::erase(profile.program.command, "--agent-view");
    profile.program.command.emplace_back("--person");
    // The window has another HOME.
    if (const auto keys = envs::desktop::usual_keys_file(); !keys.empty())
      profile.program.command.insert(profile.program.command.end(), {"--keys", keys.string()});
    if (config.fullscreen) profile.program.command.emplace_back("--fullscreen");
  }
  // A window that shares its house waits for the other one.
  const auto shares = [](const std::string& argument) {
    return argument.starts_with("--host") || argument.starts_with("--join");
  };
  if (std::any_of(config.arguments.begin(), config.arguments.end(), shares)) game.begin_time_s = kPartnerTime_s;
  game.arguments.insert(game.arguments.begin(), std::begin(arguments), std::end(arguments));
}

}  // namespace

std::vector<WorldEntry> list_live_worlds() {
  std::vector<WorldEntry> worlds;
  for (const LiveWorld& live : kLiveWorlds) {
    WorldEntry& world = worlds.emplace_back();
    world.name = live.name;
    world.interfaces = {"live"};
    world.is_live = true;
    try {
      const envs::desktop::GameProfile profile = envs::desktop::load_profile(live.profile);
      world.tasks = profile.tasks.families;
      world.missing = envs::desktop::missing_parts(profile);
    } catch (const Error& error) {  // this world's trouble alone: the others are listed and play
      world.missing = {error.what()};
    }
  }
  return worlds;
}

std::unique_ptr<envs::LiveEnvironment> start_live_world(const std::string& name, const WorldConfig& config) {
  const auto playhouse = playhouse_window_named(name);
  for (const LiveWorld& live : kLiveWorlds) {
    if ((playhouse ? kPlayhouseWindow : name) != live.name) continue;
    envs::desktop::GameProfile profile = envs::desktop::load_profile(live.profile);
    envs::desktop::LiveGameConfig game = game_config(config);
    if (playhouse) set_playhouse(*playhouse, config, profile, game);
    return std::make_unique<envs::desktop::LiveGame>(std::move(profile), game);
  }
  fail(ErrorKind::kInternal, "world {} has no profile", name);
}

}  // namespace atl::tools
