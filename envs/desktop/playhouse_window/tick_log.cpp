#include "envs/desktop/playhouse_window/tick_log.h"

#include "core/files.h"
#include "envs/desktop/playhouse_window/json_fields.h"

#include <array>

namespace atl::envs::desktop {
namespace {

constexpr std::string_view kWhat = "tick log";

Json to_json(const playhouse::TickInput& tick, Timestamp shown, Timestamp start) {
  const bool is_shown = shown != Timestamp{};
  const std::int64_t shown_us = is_shown ? (to_ns(shown) - to_ns(start)) / 1000 : -1;
  return Json::array({tick.dx, tick.dy, int{tick.held}, int{tick.pressed}, shown_us});
}

}  // namespace

std::string to_line(const LoggedEpisode& episode) {
  Json json{{"version", kTickLogVersion},
            {"seed", episode.seed},
            {"task", to_json(episode.task)},
            {"start_ns", to_ns(episode.start)}};
  Json ticks = Json::array();
  for (std::size_t i = 0; i < episode.ticks.size(); ++i) {
    ticks.push_back(to_json(episode.ticks[i], episode.shown.at(i), episode.start));
  }
  json["ticks"] = std::move(ticks);
  add_outcome(json, episode.outcome);
  json["state_hash"] = to_hex(episode.state_hash);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

LoggedEpisode parse_logged_episode(std::string_view line) {
  const Json json = parse_object(line, kWhat);
  const int version = require_field<int>(json, "version", kWhat);
  if (version > kTickLogVersion) {
    fail(ErrorKind::kVersion, "tick log of version {}; this Atoll reads up to {}", version, kTickLogVersion);
  }
  LoggedEpisode episode;
  episode.seed = require_field<std::uint64_t>(json, "seed", kWhat);
  episode.task = parse_task(require_field<Json>(json, "task", kWhat), kWhat);
  episode.start = from_ns(require_field<std::int64_t>(json, "start_ns", kWhat));
  for (const auto& tick : require_field<std::vector<std::array<std::int64_t, 5>>>(json, "ticks", kWhat)) {
    if (tick[2] < 0 || tick[2] > 31 || tick[3] < 0 || tick[3] > 31) {
      fail(ErrorKind::kFormat, "tick log: keys {} and {} in tick {}, expected 0 to 31", tick[2], tick[3],
           episode.ticks.size());
    }
    episode.ticks.push_back({.dx = static_cast<std::int32_t>(tick[0]),
                             .dy = static_cast<std::int32_t>(tick[1]),
                             .held = static_cast<std::uint8_t>(tick[2]),
                             .pressed = static_cast<std::uint8_t>(tick[3])});
    episode.shown.push_back(tick[4] < 0 ? Timestamp{} : episode.start + std::chrono::microseconds(tick[4]));
  }
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
