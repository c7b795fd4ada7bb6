// Missions of all kinds that can be said, for tests of the language.
#pragma once

#include "core/random.h"
#include "envs/playhouse/goal.h"

#include <set>
#include <string>
#include <vector>

namespace atl::envs::playhouse {

/// Any clause that can be said, of a verb that is drawn evenly.
[[nodiscard]] Clause random_clause(Random& random);
/// Any mission that can be said; in half of the sequences the second clause speaks of what the first does, so that "it"
/// is said often.
[[nodiscard]] Mission random_mission(Random& random);

/// The words of some phrases, without their commas.
[[nodiscard]] std::set<std::string> words_of(const std::vector<std::string>& phrases);

[[nodiscard]] inline NounPhrase red_ball() { return {.noun = Shape::kBall, .colour = Colour::kRed}; }

}  // namespace atl::envs::playhouse
