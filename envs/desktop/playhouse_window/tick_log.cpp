#include "envs/desktop/playhouse_window/tick_log.h"

#include "core/files.h"
#include "envs/desktop/playhouse_window/json_fields.h"

#include <limits>
#include <span>

namespace atl::envs::desktop {
namespace {

constexpr std::string_view kWhat = "tick log";
constexpr std::size_t kInputNumbers = 5;  // of one player's input
constexpr std::int64_t kMaxKeys = (1 << playhouse::kNumKeyBits) - 1;

std::size_t num_players_of(const playhouse::EpisodeOptions& world) {
  return static_cast<std::size_t>(playhouse::level_named(world.level).players);
}

Json to_json(std::span<const playhouse::TickInput> inputs, Timestamp shown, Timestamp start) {
  Json numbers = Json::array();
  for (const playhouse::TickInput& input : inputs) {
    for (const int number : {input.dx, input.dy, input.wheel, int{input.held}, int{input.pressed}})
      numbers.push_back(number);
  }
  numbers.push_back(shown != Timestamp{} ? (to_ns(shown) - to_ns(start)) / 1000 : -1);
  return numbers;
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

void parse_tick(std::span<const std::int64_t> numbers, std::size_t num_players, LoggedEpisode& episode) {
  const std::size_t tick = episode.ticks.size();
  const std::size_t expected = num_players * kInputNumbers + 1;
  if (numbers.size() != expected) {
    fail(ErrorKind::kFormat, "tick log: {} numbers in tick {}, expected {}: level \"{}\" has {} player{}",
         numbers.size(), tick, expected, episode.world.level, num_players, num_players == 1 ? "" : "s");
  }
  playhouse::PlayerInputs inputs{};
  for (std::size_t i = 0; i < num_players; ++i)
    inputs[i] = parse_input(numbers.subspan(i * kInputNumbers, kInputNumbers), tick);
  episode.ticks.push_back(inputs);
  const std::int64_t shown_us = numbers.back();
  episode.shown.push_back(shown_us < 0 ? Timestamp{} : episode.start + std::chrono::microseconds(shown_us));
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

std::string to_line(const LoggedEpisode& episode) {
  Json json{{"version", kTickLogVersion}, {"level", episode.world.level},  {"reskin", episode.world.reskin},
            {"seed", episode.seed},       {"task", to_json(episode.task)}, {"player", episode.player}};
  if (episode.keys != KeyBindings()) json["keys"] = to_json(episode.keys);
  json["start_ns"] = to_ns(episode.start);
  const std::size_t num_players = num_players_of(episode.world);
  Json ticks = Json::array();
  for (std::size_t i = 0; i < episode.ticks.size(); ++i) {
    const std::span<const playhouse::TickInput> inputs(episode.ticks[i]);
    ticks.push_back(to_json(inputs.first(num_players), episode.shown.at(i), episode.start));
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
  if (json.contains("keys")) episode.keys = parse_keys(json["keys"], kWhat);
  for (const auto& tick : require_field<std::vector<std::vector<std::int64_t>>>(json, "ticks", kWhat))
    parse_tick(tick, num_players, episode);
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
