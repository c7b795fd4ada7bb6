// How well a live world is seen and heard: for sessions that record it, and warn the person at it.
#pragma once

#include "core/clock.h"
#include "core/picture_health.h"

#include <cstdint>
#include <string>
#include <vector>

namespace atl::envs {

/// What is missing between what happened and what the world told.
struct LiveLoss {
  Timestamp time;           // when it was noticed
  std::string where{};      // "window", "input"
  std::string reason{};     // in words
  std::uint64_t count = 1;  // how often; 0: more words about one that was counted
};

/// Called by the thread of LiveEnvironment::events; never blocks.
class LiveHealth {
 public:
  virtual ~LiveHealth() = default;
  /// As of the last `observe`.
  [[nodiscard]] virtual PictureHealth picture() = 0;
  /// Since the last call, in order.
  [[nodiscard]] virtual std::vector<LiveLoss> take_losses() = 0;
};

}  // namespace atl::envs
