#include "tools/worlds.h"

#include "core/error.h"
#include "core/text.h"
#include "envs/partners.h"
#include "envs/playhouse/playhouse.h"
#include "envs/remote/client.h"
#include "tools/remote_name.h"

#include <fmt/core.h>

#include <algorithm>

namespace atl::tools {
namespace {

WorldEntry playhouse_entry(const envs::playhouse::EpisodeOptions& options) {
  WorldEntry entry;
  const envs::playhouse::Level& level = envs::playhouse::level_named(options.level);
  entry.name = envs::playhouse_name(options);
  entry.interfaces = {"stepped", "oracle", "snapshots"};
  if (level.players > 1) entry.interfaces.emplace_back("players");
  entry.tasks = envs::playhouse::families_of(level);
  for (const std::string& family : entry.tasks)
    entry.splits[family] = envs::playhouse::splits_of(level, envs::playhouse::family_named(family));
  entry.is_stepped = true;
  return entry;
}

// A world's name without the partner that it ends with.
std::string_view without_partner(std::string_view name) {
  if (name.ends_with(envs::kExpertPartner)) name.remove_suffix(envs::kExpertPartner.size());
  return name;
}

// "playhouse/pair,partner=expert": like "playhouse/pair", for one player, and without snapshots.
WorldEntry partnered_entry(const std::string& name) {
  const envs::playhouse::EpisodeOptions options = envs::playhouse_named(without_partner(name));
  const int players = envs::playhouse::level_named(options.level).players;
  if (players < 2)
    fail(ErrorKind::kUsage, "world {} is for one player, who needs no partner; playhouse/pair is for two", name);
  WorldEntry entry = playhouse_entry(options);
  entry.name = name;
  entry.interfaces = {"stepped", "oracle"};
  return entry;
}

// Of a Playhouse, stepped or in a window.
std::optional<envs::playhouse::EpisodeOptions> any_playhouse_named(std::string_view name) {
  if (envs::is_playhouse_name(name)) return envs::playhouse_named(name);
  return playhouse_window_named(name);
}

WorldEntry find_listed(std::string_view name) {
  std::vector<std::string> known;
  for (WorldEntry& world : list_worlds()) {
    if (world.name == name) return world;
    known.push_back(world.name);
  }
  fail(ErrorKind::kUsage, "unknown world \"{}\"; the nearest is \"{}\"; `atoll worlds` lists them", name,
       nearest_name(name, known));
}

}  // namespace

std::optional<envs::playhouse::EpisodeOptions> playhouse_window_named(std::string_view name) {
  constexpr std::string_view kStepped = "playhouse";
  if (!name.starts_with(kPlayhouseWindow)) return std::nullopt;
  const std::string stepped = fmt::format("{}{}", kStepped, name.substr(kPlayhouseWindow.size()));
  if (!envs::is_playhouse_name(stepped)) return std::nullopt;
  return envs::playhouse_named(stepped);
}

std::string window_of(std::string_view stepped) {
  stepped = without_partner(stepped);
  const std::size_t end = std::min(stepped.find_first_of("/,"), stepped.size());
  return fmt::format("{}{}", kPlayhouseWindow, stepped.substr(end));
}

bool is_same_world(std::string_view a, std::string_view b) {
  if (a == b) return true;
  const std::string_view level_a = without_partner(a);
  const std::string_view level_b = without_partner(b);
  if ((level_a == a) != (level_b == b)) return false;  // alone is not with a partner
  const auto options_a = any_playhouse_named(level_a);
  const auto options_b = any_playhouse_named(level_b);
  return options_a && options_b && options_a->level == options_b->level;
}

std::optional<std::string> stepped_twin(std::string_view live_world) {
  const auto options = playhouse_window_named(live_world);
  if (!options) return std::nullopt;
  return envs::playhouse_name(*options);
}

void describe(ConfigVisitor& v, WorldConfig& config) {
  v.field("frame_width_px", &config.frame_width_px, {.min = 8, .max = 1024});
  v.field("frame_height_px", &config.frame_height_px, {.min = 8, .max = 1024});
  v.field("action_rate_hz", &config.action_rate_hz, {.min = 0, .max = 1000});
  v.field("display", &config.display, {.one_of = {"desktop", "virtual"}});
  v.field("human_idle_s", &config.human_idle_s, {.min = 0.1, .max = 3600});
  v.field("show_control", &config.show_control);
  v.field("input_sink", &config.input_sink, {.one_of = {"x11", "uinput"}});
  v.field("reopen_s", &config.reopen_s, {.min = 0, .max = 3600});
  v.field("settle_ms", &config.settle_ms, {.min = 0, .max = 1000});
  v.field("hear_everything", &config.hear_everything);
  v.field("arguments", &config.arguments);
  v.field("keys", &config.keys);
  v.field("fullscreen", &config.fullscreen);
}

std::vector<WorldEntry> list_worlds() {
  std::vector<WorldEntry> worlds;
  for (const envs::playhouse::Level& level : envs::playhouse::levels())
    worlds.push_back(playhouse_entry({.level = std::string(level.name)}));
  for (WorldEntry& world : list_live_worlds()) worlds.push_back(std::move(world));
  return worlds;
}

WorldEntry find_world(const std::string& name, const WorldConfig& config) {
  if (remote_address(name)) {
    WorldEntry world;
    world.name = name;
    world.interfaces = {"stepped"};
    world.tasks = create_stepped_world(name, config)->spec().tasks;
    world.is_stepped = true;
    return world;
  }
  if (envs::is_playhouse_name(name)) {
    if (without_partner(name) != name) return partnered_entry(name);
    return playhouse_entry(envs::playhouse_named(name));
  }
  if (const auto options = playhouse_window_named(name)) {
    WorldEntry world = find_listed(kPlayhouseWindow);
    world.name = name;
    WorldEntry stepped = playhouse_entry(*options);
    world.tasks = std::move(stepped.tasks);
    world.splits = std::move(stepped.splits);
    return world;
  }
  if (auto world = find_profile_world(name)) return *std::move(world);
  return find_listed(name);
}

std::unique_ptr<envs::SteppedEnvironment> create_stepped_world(const std::string& name, const WorldConfig& config) {
  if (const std::optional<std::string> address = remote_address(name))
    return envs::remote::create_remote_environment(remote_options(*address, config.keys));
  if (!find_world(name).is_stepped) {
    fail(ErrorKind::kUsage, "world {} runs in real time and cannot be stepped; playhouse can", name);
  }
  const std::string_view shared = without_partner(name);
  std::unique_ptr<envs::SteppedEnvironment> world = envs::create_playhouse(
      {.frame = {config.frame_width_px, config.frame_height_px}, .episode = envs::playhouse_named(shared)});
  return shared == name ? std::move(world) : envs::create_with_partners(std::move(world));
}

std::unique_ptr<envs::LiveEnvironment> create_live_world(const std::string& name, const WorldConfig& config) {
  if (remote_address(name))
    fail(ErrorKind::kUsage, "world {} is stepped, not live; use `atoll eval` or `atoll record`", name);
  const WorldEntry world = find_world(name);
  if (!world.is_live) {
    fail(ErrorKind::kUsage, "world {} is stepped; its window is {}", name, window_of(name));
  }
  if (!world.missing.empty()) {
    fail(ErrorKind::kEnvironment, "world {} cannot be started here: {}", name, world.missing.front());
  }
  return start_live_world(name, config);
}

}  // namespace atl::tools
