// "it" in the clause that is said second: which noun phrase of the first it stands for. Shared by generator and parser,
// so that both mean the same.
#pragma once

#include "envs/playhouse/goal.h"

#include <optional>

namespace atl::envs::playhouse {

/// The part of a clause that "it" stands in.
enum class ItPart : std::uint8_t { kNone, kObject, kPlace };

/// `clause` with what "it" stands for in `part`: the object of `said_before`, or else its place, whichever makes sense
/// ("put the ball in the box, then close it" closes the box). Nothing where neither does.
[[nodiscard]] std::optional<Clause> resolve_it(Clause clause, ItPart part, const Clause& said_before);

}  // namespace atl::envs::playhouse
