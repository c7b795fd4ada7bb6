// Playhouse, the world that comes with Atoll: a room with five coloured objects, and "go to", "look at" and "pick up".
// Keys w a s d e; the mouse turns the view. Physics at 60 Hz, actions at 15 Hz, all of it in integers: a seed, a task
// and actions give the same states, pixels and verdict on every machine.
#pragma once

#include "core/frame.h"
#include "envs/environment.h"
#include "envs/playhouse/motion.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

namespace atl::envs {

struct PlayhouseOptions {
  FrameSize frame{96, 72};
};

/// What the world is, without making one.
[[nodiscard]] EnvironmentSpec playhouse_spec(const PlayhouseOptions& options);

/// A stepped Playhouse with an oracle. Tasks: family "go to", "look at" or "pick up" (empty: drawn from the seed),
/// split "train", "held_out_pairs" or "held_out_phrases", target "colour shape" (any object of the seed's scene),
/// instruction (grammar words without a target choose it). Throws Error(kConfig) for a frame size out of range.
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

/// Runs the ticks that a window logged; draws pictures of options.frame only for a visitor. Throws Error(kFormat) when
/// the log goes on after the episode's end.
[[nodiscard]] ReplayEnd replay_ticks(const PlayhouseOptions& options, std::uint64_t seed, const Task& task,
                                     std::span<const TickInput> log, const ReplayVisitor& visit = {});

}  // namespace playhouse
}  // namespace atl::envs
