// What a person at a live world wants once an episode has ended: whoever runs episodes one after the other asks.
// Offered by worlds whose window asks the person, see LiveEnvironment::wishes.
#pragma once

#include "core/clock.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace atl::envs {

/// The reason of an aborted episode whose person wanted its start once more.
inline constexpr std::string_view kWantedAgain = "the person wanted the same task again";

enum class Wish : std::uint8_t {
  kNext,    // another task
  kAgain,   // the same start once more
  kEnough,  // nothing: they closed the window
};

class Wishes {
 public:
  virtual ~Wishes() = default;
  /// After an episode's end: blocks until the person has said what they want; nothing if they have not by `deadline`.
  /// The thread that created the world.
  [[nodiscard]] virtual std::optional<Wish> wait_wish(Timestamp deadline) = 0;
};

}  // namespace atl::envs
