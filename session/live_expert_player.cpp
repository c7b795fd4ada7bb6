#include "session/live_expert_player.h"

#include "core/error.h"

namespace atl::session {

LiveExpertPlayer::LiveExpertPlayer(envs::LiveEnvironment& world, const envs::ExpertStyle& style)
    : oracle_(world.oracle()), style_(style) {
  if (oracle_ == nullptr) {
    fail(ErrorKind::kEnvironment, "world {} has no expert; let a person or a policy play it", world.spec().facts.world);
  }
}

void LiveExpertPlayer::begin(std::uint64_t seed) { expert_ = oracle_->create_expert(seed, style_); }

std::vector<Action> LiveExpertPlayer::act(const envs::Observation&, const ControlSet& held_before) {
  if (expert_ == nullptr) return {Action{}};
  Action action = normalise(expert_->next(), held_before);
  Action held;
  held.held = action.held;
  return {action, held, held};
}

}  // namespace atl::session
