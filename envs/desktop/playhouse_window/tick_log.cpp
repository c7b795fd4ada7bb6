#include "envs/desktop/playhouse_window/tick_log.h"

#include "core/files.h"
#include "envs/desktop/playhouse_window/json_fields.h"

#include <limits>
#include <span>

namespace atl::envs::desktop {
namespace {

constexpr std::string_view kWhat = "tick log";
constexpr std::size_t kInputNumbers = 5;         // of one player's input
constexpr int kNumOldKeyUses = kNumKeyUses - 1;  // before version 4 nothing could be asked for
constexpr std::int64_t kMaxKeys = (1 << playhouse::kNumKeyBits) - 1;

std::size_t num_players_of(const playhouse::EpisodeOptions& world) {
  return static_cast<std::size_t>(playhouse::level_named(world.level).players);
}

Json numbers_of(std::span<const playhouse::TickInput> inputs) {
  Json numbers = Json::array();
  for (const playhouse::TickInput& input : inputs) {
    for (const int number : {input.dx, input.dy, input.wheel, int{input.held}, int{input.pressed}})
      numbers.push_back(number);
  }
  return numbers;
}

Json json_of(const EarlierTicks& earlier, std::size_t num_players) {
  Json ticks = Json::array();
  for (const playhouse::PlayerInputs& inputs : earlier.ticks)
    ticks.push_back(numbers_of(std::span(inputs).first(num_players)));
  return {{"task", to_json(earlier.task)}, {"ticks", std::move(ticks)}};
}

playhouse::TickInput parse_input(std::span<const std::int64_t> numbers, std::size_t tick) {
  for (const std::int64_t motion : numbers.first(3)) {
    if (motion < std::numeric_limits<std::int32_t>::min() || motion > std::numeric_limits<std::int32_t>::max())
      fail(ErrorKind::kFormat, "tick log: motion of {} counts in tick {}, expected 32 bits", motion, tick);
  }
  for (const std::int64_t keys : numbers.subspan(3)) {
    if (keys < 0 || keys > kMaxKeys)
      fail(ErrorKind::kFormat, "tick log: keys {} in tick {}, expected 0 to {}", keys, tick, kMaxKeys);
  }
  return {.dx = static_cast<std::int32_t>(numbers[0]),
          .dy = static_cast<std::int32_t>(numbers[1]),
          .wheel = static_cast<std::int32_t>(numbers[2]),
          .held = static_cast<std::uint16_t>(numbers[3]),
          .pressed = static_cast<std::uint16_t>(numbers[4])};
}

// The inputs in a tick's numbers, which are followed by `num_more`.
playhouse::PlayerInputs parse_inputs(std::span<const std::int64_t> numbers, std::size_t num_more,
                                     const LoggedEpisode& episode, std::size_t tick) {
  const std::size_t num_players = num_players_of(episode.world);
  const std::size_t expected = num_players * kInputNumbers + num_more;
  if (numbers.size() != expected) {
    fail(ErrorKind::kFormat, "tick log: {} numbers in tick {}, expected {}: level \"{}\" has {} player{}",
         numbers.size(), tick, expected, episode.world.level, num_players, num_players == 1 ? "" : "s");
  }
  playhouse::PlayerInputs inputs{};
  for (std::size_t i = 0; i < num_players; ++i)
    inputs[i] = parse_input(numbers.subspan(i * kInputNumbers, kInputNumbers), tick);
  return inputs;
}

void parse_tick(std::span<const std::int64_t> numbers, LoggedEpisode& episode) {
  episode.ticks.push_back(parse_inputs(numbers, 1, episode, episode.ticks.size()));
  const std::int64_t shown_us = numbers.back();
  episode.shown.push_back(shown_us < 0 ? Timestamp{} : episode.start + std::chrono::microseconds(shown_us));
}

EarlierTicks parse_earlier(const Json& json, const LoggedEpisode& episode) {
  EarlierTicks earlier{parse_task(require_field<Json>(json, "task", kWhat), kWhat), {}};
  for (const auto& tick : require_field<std::vector<std::vector<std::int64_t>>>(json, "ticks", kWhat))
    earlier.ticks.push_back(parse_inputs(tick, 0, episode, earlier.ticks.size()));
  return earlier;
}

void check_version(int version) {
  if (version > kTickLogVersion) {
    fail(ErrorKind::kVersion, "tick log of version {}; this Atoll reads version {}: update it", version,
         kTickLogVersion);
  }
  if (version < kOldestTickLogVersion) {
    fail(
        ErrorKind::kVersion,
        "tick log of version {}; this Atoll reads versions {} to {}: the world of older logs is gone, replay them with "
        "the Atoll that wrote them",
        version, kOldestTickLogVersion, kTickLogVersion);
  }
}

}  // namespace

playhouse::Episode start_of(const LoggedEpisode& episode) {
  if (!episode.earlier) return playhouse::create_episode(episode.seed, episode.task, episode.world);
  const playhouse::Episode first = playhouse::create_episode(episode.seed, episode.earlier->task, episode.world);
  playhouse::AskedHere asked =
      playhouse::ask_here(first.house, playhouse::state_after(first, episode.earlier->ticks), episode.task);
  if (!asked.episode)
    fail(ErrorKind::kEnvironment, "tick log: \"{}\" after {} ticks: {}", episode.task.target,
         episode.earlier->ticks.size(), asked.problem);
  return *std::move(asked.episode);
}

std::string to_line(const LoggedEpisode& episode) {
  Json json{{"version", kTickLogVersion}, {"level", episode.world.level},  {"reskin", episode.world.reskin},
            {"seed", episode.seed},       {"task", to_json(episode.task)}, {"player", episode.player}};
  const std::size_t num_players = num_players_of(episode.world);
  if (episode.earlier) json["earlier"] = json_of(*episode.earlier, num_players);
  if (episode.keys != KeyBindings()) json["keys"] = to_json(episode.keys);
  json["start_ns"] = to_ns(episode.start);
  Json ticks = Json::array();
  for (std::size_t i = 0; i < episode.ticks.size(); ++i) {
    const std::span<const playhouse::TickInput> inputs(episode.ticks[i]);
    Json& numbers = ticks.emplace_back(numbers_of(inputs.first(num_players)));
    const Timestamp shown = episode.shown.at(i);
    numbers.push_back(shown != Timestamp{} ? (to_ns(shown) - to_ns(episode.start)) / 1000 : -1);
  }
  json["ticks"] = std::move(ticks);
  add_outcome(json, episode.outcome);
  json["state_hash"] = to_hex(episode.state_hash);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

LoggedEpisode parse_logged_episode(std::string_view line) {
  const Json json = parse_object(line, kWhat);
  const int version = require_field<int>(json, "version", kWhat);
  check_version(version);
  LoggedEpisode episode;
  episode.world.level = require_field<std::string>(json, "level", kWhat);
  episode.world.reskin = require_field<std::uint32_t>(json, "reskin", kWhat);
  episode.seed = require_field<std::uint64_t>(json, "seed", kWhat);
  episode.task = parse_task(require_field<Json>(json, "task", kWhat), kWhat);
  episode.start = from_ns(require_field<std::int64_t>(json, "start_ns", kWhat));
  const std::size_t num_players = num_players_of(episode.world);
  if (version >= 3) episode.player = require_field<std::size_t>(json, "player", kWhat);
  if (episode.player >= num_players) {
    fail(ErrorKind::kFormat, "tick log: the view of player {}, expected less than {}: level \"{}\"", episode.player,
         num_players, episode.world.level);
  }
  if (json.contains("earlier")) episode.earlier = parse_earlier(json["earlier"], episode);
  if (json.contains("keys"))
    episode.keys = parse_keys(json["keys"], kWhat, version >= 4 ? kNumKeyUses : kNumOldKeyUses);
  for (const auto& tick : require_field<std::vector<std::vector<std::int64_t>>>(json, "ticks", kWhat))
    parse_tick(tick, episode);
  episode.outcome = parse_outcome(json, kWhat);
  episode.state_hash = require_hash(json, "state_hash", kWhat);
  return episode;
}

std::vector<LoggedEpisode> read_tick_log(const std::filesystem::path& path) {
  const std::string text = read_text_file(path);
  std::vector<LoggedEpisode> episodes;
  std::size_t begin = 0;
  for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
    try {
      episodes.push_back(parse_logged_episode(std::string_view(text).substr(begin, end - begin)));
    } catch (const Error& error) {
      fail(error.kind(), "{}, line {}: {}", path.string(), episodes.size() + 1, error.what());
    }
    begin = end + 1;
  }
  return episodes;
}

}  // namespace atl::envs::desktop
