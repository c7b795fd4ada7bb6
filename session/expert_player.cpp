#include "session/expert_player.h"

#include "core/error.h"

namespace atl::session {

ExpertPlayer::ExpertPlayer(envs::SteppedEnvironment& world, const envs::ExpertStyle& style)
    : oracle_(world.oracle()), style_(style) {
  if (oracle_ == nullptr) {
    fail(ErrorKind::kEnvironment, "world {} has no expert; let a person or a policy play it", world.spec().facts.world);
  }
}

void ExpertPlayer::begin(std::uint64_t seed) { expert_ = oracle_->create_expert(seed, style_); }

std::vector<Action> ExpertPlayer::act(const envs::Observation&, const ControlSet&) {
  ATOLL_CHECK(expert_ != nullptr, "the expert was asked before the episode began");
  return {expert_->next()};
}

}  // namespace atl::session
