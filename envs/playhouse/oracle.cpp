#include "envs/playhouse/oracle.h"

#include "core/error.h"
#include "envs/playhouse/episode.h"
#include "envs/playhouse/expert.h"
#include "envs/playhouse/language.h"

namespace atl::envs::playhouse {

const World& PlayhouseOracle::world() const {
  ATOLL_CHECK(world_, "the oracle was asked before the first reset");
  return *world_;
}

std::vector<Goal> PlayhouseOracle::goals(Random& random) {
  std::vector<Goal> goals;
  goals.reserve(kFamilyNames.size() * kNumObjects);
  for (std::size_t family = 0; family < kFamilyNames.size(); ++family) {
    for (std::size_t i = 0; i < kNumObjects; ++i) {
      const Kind kind = world().scene().objects[i].kind;
      goals.push_back({.family = std::string(kFamilyNames[family]),
                       .target = name_of(kind),
                       .instruction = phrase(static_cast<Family>(family), kind, PhraseSet::kTraining, random),
                       .object = static_cast<std::uint8_t>(i + 1),
                       .held_out = is_held_out(kind)});
    }
  }
  return goals;
}

void PlayhouseOracle::expert_chunk(const Goal& goal, std::span<Action> chunk) {
  ATOLL_CHECK(goal.object >= 1 && goal.object <= kNumObjects, "goal about object {}, expected 1 to {}", goal.object,
              kNumObjects);
  const Aim aim{family_named(goal.family), goal.object - 1};
  const Scene& scene = world().scene();
  Pose pose = world().pose();
  ControlSet held = controls_of(world().held());
  for (Action& action : chunk) {
    action = normalise(decide(scene, pose, aim), held);
    held = action.held;
    advance(pose, scene, action);
  }
}

std::unique_ptr<Expert> PlayhouseOracle::create_expert(std::uint64_t seed, const ExpertStyle& style) {
  return playhouse::create_expert(world(), seed, style);
}

}  // namespace atl::envs::playhouse
