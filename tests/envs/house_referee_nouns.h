// What words mean, for the referee: which entities a noun phrase speaks of, and what of one entity is true at the
// start.
#pragma once

#include "envs/playhouse/quest.h"
#include "tests/envs/house_referee_geometry.h"

namespace atl::envs::playhouse::referee {

/// The player whom missions are for; the other one helps.
inline constexpr std::size_t kAsked = 0;
inline constexpr std::size_t kFriend = 1;

/// Whether `entity` is what `phrase` speaks of, seen from the pose of the asked player in `start`.
[[nodiscard]] bool is_meant(const House& house, const State& start, const NounPhrase& phrase, Entity entity);

/// All entities of a house.
[[nodiscard]] std::vector<Entity> entities_of(const House& house);

/// Whether a thing rests on the top of a fixture, or inside of it.
[[nodiscard]] bool rests_on(const House& house, const State& state, std::size_t thing, std::size_t fixture);
[[nodiscard]] bool rests_in(const House& house, const State& state, std::size_t thing, std::size_t fixture);

}  // namespace atl::envs::playhouse::referee
