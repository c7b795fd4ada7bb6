// What a person at a live world wants once an episode has ended: whoever runs episodes one after the other asks.
// Offered by worlds whose window asks the person, see LiveEnvironment::wishes.
#pragma once

#include "core/clock.h"
#include "envs/task.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace atl::envs {

/// The reason of an aborted episode whose person wanted its start once more.
inline constexpr std::string_view kWantedAgain = "the person wanted the same task again";

/// The reason of an episode that its person left to say what is to be done instead.
inline constexpr std::string_view kAskedElse = "the person asked for something else";

enum class WishKind : std::uint8_t {
  kNext,    // another task
  kAgain,   // the same start once more: the next reset with the same seed and task begins there
  kHere,    // `task`, from where they stand: the next reset with the same seed and that task begins there
  kEnough,  // nothing: they closed the window
};
struct Wish {
  WishKind kind = WishKind::kNext;
  Task task{};  // of kHere, as resolved
};

class Wishes {
 public:
  virtual ~Wishes() = default;
  /// After an episode's end: blocks until the person has said what they want; nothing if they have not by `deadline`.
  /// The thread that created the world.
  [[nodiscard]] virtual std::optional<Wish> wait_wish(Timestamp deadline) = 0;
};

}  // namespace atl::envs
