// How things stand to each other, for the referee: relations of "put", "push" and "stack", and structures of blocks.
#pragma once

#include "tests/envs/house_referee_nouns.h"

#include <optional>
#include <vector>

namespace atl::envs::playhouse::referee {

/// Where everything was at the start and is now.
struct Scene {
  const House& house;
  const State& start;
  const State& now;
};

/// Whether `object` stands to `place` as a kPut, kStack or kPush clause asks, at rest or not.
[[nodiscard]] bool stands_so(const Scene& scene, const Clause& clause, Entity object, Entity place);

/// Whether the blocks among `usable` things form the structure of a kBuild clause.
[[nodiscard]] bool is_structure(const Scene& scene, const Clause& clause, const std::vector<std::size_t>& usable);

}  // namespace atl::envs::playhouse::referee
