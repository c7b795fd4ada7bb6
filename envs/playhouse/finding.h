// What one clause of a mission came to in one tick. Part of the judge.
#pragma once

#include "envs/playhouse/deed.h"
#include "envs/playhouse/physics.h"

#include <cstdint>

namespace atl::envs::playhouse {

/// What a clause came to in one tick.
struct Finding {
  enum class Kind : std::uint8_t { kNone, kDone, kWrong, kFailed };
  Kind kind = Kind::kNone;
  Deed deed = Deed::kNone;
  Entity about{};
};

inline constexpr Finding kNothingYet{};
[[nodiscard]] Finding done(Deed deed, Entity about = {});
[[nodiscard]] Finding wrong(Deed deed, Entity about);
[[nodiscard]] Finding failed(Deed deed, Entity about = {});
/// Of an event about a thing or a fixture.
[[nodiscard]] Finding done(const Event& event);
[[nodiscard]] Finding wrong(const Event& event);
[[nodiscard]] Finding failed(const Event& event);

}  // namespace atl::envs::playhouse
