#include "session/takeover_player.h"

#include "core/error.h"

namespace atl::session {

TakeoverPlayer::TakeoverPlayer(std::unique_ptr<Player> agent, std::unique_ptr<Player> expert, const Takeover& takeover)
    : agent_(std::move(agent)), expert_(std::move(expert)), takeover_(takeover) {
  if (takeover_.first > takeover_.last) {
    fail(ErrorKind::kConfig,
         "the expert is to take over between step {} and step {}, expected the first not after the last",
         takeover_.first, takeover_.last);
  }
}

void TakeoverPlayer::begin(std::uint64_t seed) {
  Random random(seed);
  at_ = takeover_.first + random.below(static_cast<std::uint32_t>(takeover_.last - takeover_.first + 1));
  took_over_ = false;
  plan_ = {};
  agent_->begin(random());
}

std::vector<Action> TakeoverPlayer::act(const envs::Observation& observation, const ControlSet& held_before) {
  if (!took_over_ && observation.step >= at_) {
    took_over_ = true;
    expert_->begin(at_);  // it plans from where the agent got to
  }
  if (took_over_) return expert_->act(observation, held_before);
  const PlayerTiming timing = agent_->timing();
  if (observation.step % static_cast<std::uint64_t>(timing.actions_per_question) == 0) {
    const std::uint64_t first = observation.step + static_cast<std::uint64_t>(timing.delay_steps);
    plan_.replace_from(first, agent_->act(observation, plan_.held_before(first)), {});
  }
  return {plan_.take().action};
}

}  // namespace atl::session
