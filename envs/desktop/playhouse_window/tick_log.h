// The log of Playhouse's window: every tick's input of every episode, one JSON object a line, written when the episode
// ends or is left. `playhouse::replay_ticks` of a line's ticks in the line's world gives the same state in the stepped
// world, bit for bit.
#pragma once

#include "core/clock.h"
#include "envs/desktop/playhouse_window/key_bindings.h"
#include "envs/playhouse/episode.h"
#include "envs/task.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace atl::envs::desktop {

/// 4: episodes that began where an earlier one stood. 3: whose view was shown, and a person's keys. 2: the house, with
/// a level, more keys and a second player; it is still read. Version 1 was of another world, which is gone.
inline constexpr int kTickLogVersion = 4;
inline constexpr int kOldestTickLogVersion = 2;

/// How the house came to stand where an instruction was typed.
struct EarlierTicks {
  Task task;                                   // of the start that the seed gives, as resolved
  std::vector<playhouse::PlayerInputs> ticks;  // since then
};

struct LoggedEpisode {
  playhouse::EpisodeOptions world{};
  std::uint64_t seed = 0;
  Task task{};                            // as resolved
  std::optional<EarlierTicks> earlier{};  // of an episode that began where an earlier one stood
  std::size_t player = 0;                 // whose view the window showed
  KeyBindings keys{};                     // as its hints called them
  Timestamp start{};
  std::vector<playhouse::PlayerInputs> ticks{};  // of players that the level has not: nothing
  /// When the picture after each tick was handed to the screen; the epoch where a tick's picture was left out because
  /// the next was due already. As long as `ticks`.
  std::vector<Timestamp> shown{};
  Outcome outcome{};             // verdict `running`: left before its end
  std::uint64_t state_hash = 0;  // at the end
};

/// The start that was played, for replay_ticks. Throws Error(kEnvironment) where it does not come about any more.
[[nodiscard]] playhouse::Episode start_of(const LoggedEpisode& episode);

/// One line, without its end: {"version", "level", "reskin", "seed", "task", "earlier" where there is something:
/// {"task", "ticks": as below without times}, "player", "keys" where they are not the usual ones, "start_ns", "ticks":
/// [[dx, dy, wheel, held, pressed, ... the same of the second player where the level has one ..., shown_us], ...], the
/// outcome's fields, "state_hash"}; shown_us counts from the start, -1: not shown.
[[nodiscard]] std::string to_line(const LoggedEpisode& episode);
/// Throws Error(kFormat) or, for another version, Error(kVersion). Times of pictures come back cut to whole
/// microseconds.
[[nodiscard]] LoggedEpisode parse_logged_episode(std::string_view line);

/// Every whole line of `path`; what a killed window left of its last one is not an episode. Throws Error with the line
/// number.
[[nodiscard]] std::vector<LoggedEpisode> read_tick_log(const std::filesystem::path& path);

}  // namespace atl::envs::desktop
