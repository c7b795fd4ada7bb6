// Playhouse, the world that comes with Atoll: a house with things to do and a language to ask for them. Stepped here;
// as a window: envs/desktop/playhouse_window. Keys and mouse: controls.h, physics at 60 Hz, actions at 15 Hz, all of it
// in integers: a seed, a task and actions give the same states, pixels and verdict on every machine.
#pragma once

#include "core/frame.h"
#include "envs/environment.h"
#include "envs/playhouse/controls.h"
#include "envs/playhouse/episode.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace atl::envs {

struct PlayhouseOptions {
  FrameSize frame{96, 72};
  playhouse::EpisodeOptions episode{};
};

/// A Playhouse by its name: "playhouse" (level "room"), "playhouse/house" (another level), "playhouse/flat,reskin=7"
/// (drawn another way). Throws Error(kConfig) for a level or a part that is unknown, naming the nearest one.
[[nodiscard]] playhouse::EpisodeOptions playhouse_named(std::string_view name);
[[nodiscard]] std::string playhouse_name(const playhouse::EpisodeOptions& options);
/// Whether a name means a Playhouse, right or wrong in its parts.
[[nodiscard]] bool is_playhouse_name(std::string_view name);

/// What the world is, without making one. Throws Error(kConfig) for an unknown level.
[[nodiscard]] EnvironmentSpec playhouse_spec(const PlayhouseOptions& options);

/// A stepped Playhouse with an oracle, players and snapshots. Tasks: playhouse/episode.h. Throws Error(kConfig) for a
/// frame size out of range or an unknown level.
[[nodiscard]] std::unique_ptr<SteppedEnvironment> create_playhouse(const PlayhouseOptions& options);

namespace playhouse {

/// Where a replayed log of ticks ends.
struct ReplayEnd {
  std::uint64_t state_hash = 0;
  Outcome outcome;
  int num_ticks = 0;
};

/// Sees the start picture as tick 0 and then the picture after each tick, valid during the call.
using ReplayVisitor = std::function<void(int num_ticks, ImageView picture)>;

/// Runs the ticks that a window logged; draws pictures of options.frame, as `player` sees them, only for a visitor.
/// Throws Error(kFormat) when the log goes on after the episode's end.
[[nodiscard]] ReplayEnd replay_ticks(const PlayhouseOptions& options, std::uint64_t seed, const Task& task,
                                     std::span<const PlayerInputs> log, const ReplayVisitor& visit = {},
                                     std::size_t player = 0);
/// The same from any start, as ask_here makes them; pictures are of `frame`.
[[nodiscard]] ReplayEnd replay_ticks(FrameSize frame, const Episode& episode, std::span<const PlayerInputs> log,
                                     const ReplayVisitor& visit = {}, std::size_t player = 0);

}  // namespace playhouse
}  // namespace atl::envs
