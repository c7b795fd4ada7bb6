// A stepped world with several players: all of them act in each step, and each sees through their own eyes.
//
// The words of an instruction are said to the first player and heard by all; the judge speaks of them all, so there is
// one outcome. Player 0 is the one that `SteppedEnvironment::step` moves. Threads as of the environment.
#pragma once

#include "core/action.h"
#include "envs/task.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace atl::envs {

class Players {
 public:
  virtual ~Players() = default;

  /// Advances by one action step: one action for each player, in order. Returns what the first one sees. Throws
  /// Error(kInternal) like `SteppedEnvironment::step`, and for another number of actions.
  virtual Observation step_all(std::span<const Action> actions) = 0;

  /// What `player` sees at this moment, drawn now, into `pixels` ([height, width, 4], BGRA8, tightly packed, the
  /// caller's); also of the first one. From then on Oracle::object_ids are those of this picture. Throws
  /// Error(kInternal) before the first reset, for a player who is not there, and for a picture of another size.
  virtual Observation observe_as(std::size_t player, std::span<std::uint8_t> pixels) = 0;
};

}  // namespace atl::envs
