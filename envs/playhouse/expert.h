// The experts of Playhouse; both act through `Action` alone.
//
// `decide` is the clean one and the source of labels: a pure function of pose and goal, so that an imitator without
// memory can learn it. It searches by turning to the right, always: a learner that sees nothing it was asked for cannot
// know which way it was turning. `create_human_like_expert` plays like a person: turns with a minimum-jerk profile
// (Flash and Hogan 1985) that miss by a little, reacts late, slips, and sometimes goes somewhere else first.
#pragma once

#include "core/action.h"
#include "envs/oracle.h"
#include "envs/playhouse/world.h"

#include <cstdint>
#include <memory>

namespace atl::envs::playhouse {

/// What to do with which object.
struct Aim {
  Family family = Family::kGoTo;
  int object = 0;
};

/// Whether the object is inside the part of the view in which the experts notice it.
[[nodiscard]] bool is_noticed(const Scene& scene, const Pose& pose, int object);

/// The clean expert's next action.
[[nodiscard]] Action decide(const Scene& scene, const Pose& pose, const Aim& aim);

/// An expert at the quest of `world`, which must outlive it and may be reset under it only together with a new expert.
[[nodiscard]] std::unique_ptr<Expert> create_expert(const World& world, std::uint64_t seed, const ExpertStyle& style);

}  // namespace atl::envs::playhouse
