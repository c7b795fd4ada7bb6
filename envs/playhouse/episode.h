// From a seed and a task to the start of an episode: scene, quest and words. Whoever runs a Playhouse world (stepped,
// window, replay) starts here, so that the same seed and task mean the same everywhere.
#pragma once

#include "envs/playhouse/scene.h"
#include "envs/playhouse/world.h"
#include "envs/task.h"

#include <cstdint>
#include <string>

namespace atl::envs::playhouse {

struct Episode {
  Scene scene;
  Quest quest;
  Task task;  // with every field filled in
};

inline constexpr double kDefaultTimeLimit_s = 10.0;

/// Fills what `task` leaves empty from the seed. A target other than the drawn one changes nothing in the scene. An
/// instruction without a target that names an object of the scene in the grammar's words makes that object the target;
/// free words leave the drawn one. Throws Error(kEnvironment) for an unknown family or split, a target that is not in
/// the scene, and words that ask for what is not there or for another family.
[[nodiscard]] Episode create_episode(std::uint64_t seed, const Task& task);

[[nodiscard]] Family family_named(std::string_view name);

/// What is known of the episode so far, in words.
[[nodiscard]] Outcome outcome_of(const World& world);

}  // namespace atl::envs::playhouse
