// Live worlds: programs in windows, one for each file in profiles/, and those of a person by the path of their file.
#include "core/error.h"
#include "core/log.h"
#include "core/stop.h"
#include "envs/desktop/any_window/any_window.h"
#include "envs/desktop/game/instructions.h"
#include "envs/desktop/game/live_game.h"
#include "envs/desktop/game/profile.h"
#include "envs/desktop/game/trials.h"
#include "envs/desktop/playhouse_window/protocol.h"
#include "envs/desktop/portal_screen/portal_screen.h"
#include "envs/playhouse/playhouse.h"
#include "tools/worlds.h"

#include <algorithm>
#include <iterator>

namespace atl::tools {
namespace {

constexpr double kPartnerTime_s = 600.0;  // for a second player to come
constexpr std::string_view kProfileEnd = ".toml";

// A world that stands for something that is there, of which no profile speaks.
bool is_attached(std::string_view world) { return world.starts_with(kAnyWindow) || world.starts_with(kPortal); }

envs::desktop::LiveGameConfig game_config(const WorldConfig& config) {
  envs::desktop::LiveGameConfig game;
  if (config.action_rate_hz > 0.0) game.action_rate_hz = config.action_rate_hz;
  game.display =
      config.display == "virtual" ? envs::desktop::DisplayChoice::kVirtual : envs::desktop::DisplayChoice::kDesktop;
  game.human_idle = from_seconds(config.human_idle_s);
  game.reopen_time = from_seconds(config.reopen_s);
  game.settle = from_seconds(config.settle_ms / 1e3);
  if (config.input_sink == "uinput") game.sink = input::GuardSink::kUinput;
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

// What `profile` offers; what is wrong with it is this world's trouble alone: the others are listed and play.
WorldEntry entry_of(const std::string& name, const std::string& profile_name) {
  WorldEntry world;
  world.name = name;
  world.interfaces = {"live"};
  world.is_live = true;
  try {
    const envs::desktop::GameProfile profile = envs::desktop::load_profile(profile_name);
    world.tasks = envs::desktop::families_of(profile);
    world.instructions = envs::desktop::all_instructions(profile);
    world.missing = envs::desktop::missing_parts(profile);
    if (!profile.tasks.expert.empty()) world.interfaces.emplace_back("expert");
  } catch (const Error& error) {
    world.missing = {error.what()};
  }
  return world;
}

// The profile of a live world: a shipped one's name, or the path of a file.
std::string profile_of(const std::string& world) {
  return world.ends_with(kProfileEnd) ? std::filesystem::absolute(world).string() : world;
}

std::string in_words(const envs::Outcome& outcome) {
  return outcome.is_over() ? fmt::format("{}: {}", to_string(outcome.verdict), outcome.reason)
                           : std::string(to_string(outcome.verdict));
}

std::unique_ptr<envs::LiveEnvironment> attach_to_window(const std::string& name, const WorldConfig& config) {
  envs::desktop::AnyWindowConfig window;
  window.wanted = name.substr(kAnyWindow.size());
  if (config.action_rate_hz > 0.0) window.action_rate_hz = config.action_rate_hz;
  window.reopen_time = from_seconds(config.reopen_s);
  window.settle = from_seconds(config.settle_ms / 1e3);
  return std::make_unique<envs::desktop::AnyWindow>(window);
}

capture::PortalContent content_of(const std::string& name) {
  const std::string wanted = name.substr(kPortal.size());
  if (wanted == "any") return capture::PortalContent::kAny;
  if (wanted == "screen") return capture::PortalContent::kMonitor;
  if (wanted == "window") return capture::PortalContent::kWindow;
  fail(ErrorKind::kUsage, "there is no world {}; expected portal:any, portal:screen or portal:window", name);
}

std::unique_ptr<envs::LiveEnvironment> attach_to_portal(const std::string& name, const WorldConfig& config) {
  envs::desktop::PortalScreenConfig screen{.name = name, .portal = {.content = content_of(name)}};
  screen.portal.cursor = capture::CursorMode::kDrawn;
  if (config.action_rate_hz > 0.0) screen.action_rate_hz = config.action_rate_hz;
  if (!config.hear_everything)
    fail(ErrorKind::kUsage,
         "{} hears keyboards and mice themselves, because Wayland tells no program where keys go: all that is typed "
         "while it records would be in the files, whatever window has the focus; agree to that with --set "
         "world.hear_everything=true, or record a program of X11 (window:NAME)",
         name);
  return std::make_unique<envs::desktop::PortalScreen>(screen, input::create_evdev_source({}));
}

std::unique_ptr<envs::LiveEnvironment> attach(const std::string& name, const WorldConfig& config) {
  if (!config.for_person)
    fail(ErrorKind::kUsage, "in {} a person plays (--player human); for agents write a profile: docs/add-a-game.md",
         name);
  return name.starts_with(kPortal) ? attach_to_portal(name, config) : attach_to_window(name, config);
}

}  // namespace

std::vector<WorldEntry> list_live_worlds() {
  std::vector<WorldEntry> worlds;
  for (const std::string& profile : envs::desktop::shipped_profiles()) {
    std::string name = profile;
    std::replace(name.begin(), name.end(), '_', '-');
    worlds.push_back(entry_of(name, profile));
  }
  return worlds;
}

std::optional<WorldEntry> find_profile_world(const std::string& name) {
  if (is_attached(name)) {
    WorldEntry world;
    world.name = name;
    world.interfaces = {"live"};
    world.is_live = true;
    return world;
  }
  if (!name.ends_with(kProfileEnd)) return std::nullopt;
  return entry_of(name, profile_of(name));
}

envs::Task resolve_live_task(const std::string& name, std::uint64_t seed, const envs::Task& task) {
  if (is_attached(name)) return task;
  const envs::desktop::GameProfile profile = envs::desktop::load_profile(profile_of(name));
  if (profile.program.talks) return task;
  const envs::desktop::GameTask resolved = envs::desktop::resolve_task(profile, seed, task);
  if (resolved.judge.kind == "none" && !task.instruction.empty())
    log_warning(
        "nothing in {} judges \"{}\": only a person can tell how it went; `atoll worlds {}` lists what is judged", name,
        task.instruction, name);
  return resolved.task;
}

std::unique_ptr<envs::LiveEnvironment> start_live_world(const std::string& name, const WorldConfig& config) {
  if (is_attached(name)) return attach(name, config);
  const auto playhouse = playhouse_window_named(name);
  envs::desktop::GameProfile profile =
      envs::desktop::load_profile(playhouse ? std::string(kPlayhouseWindow) : profile_of(name));
  envs::desktop::LiveGameConfig game = game_config(config);
  if (playhouse) set_playhouse(*playhouse, config, profile, game);
  return std::make_unique<envs::desktop::LiveGame>(std::move(profile), game);
}

void try_live_judges(const std::string& name, const std::function<void(const JudgeTrial&)>& on_trial) {
  if (is_attached(name) || playhouse_window_named(name)) return;
  const envs::desktop::GameProfile profile = envs::desktop::load_profile(profile_of(name));
  envs::desktop::LiveGameConfig config;
  config.display = envs::desktop::DisplayChoice::kVirtual;
  envs::desktop::try_instructions(profile, config, [&](const envs::desktop::TrialResult& result) {
    on_trial({.instruction = result.instruction,
              .start = result.start,
              .tries = result.tries,
              .yes_seen = result.yes_seen(),
              .no_seen = result.no_seen(),
              .when_done = in_words(result.done),
              .when_not = in_words(result.not_done)});
  });
}

}  // namespace atl::tools
