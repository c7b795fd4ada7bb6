#include "session/demo_player.h"

#include <algorithm>

namespace atl::session {

std::vector<Action> DemoPlayer::act(const envs::Observation& observation, const ControlSet&) {
  // Twice what is needed, as a policy's chunk: one late answer must not leave a hole.
  const std::size_t count = 2 * static_cast<std::size_t>(timing_.actions_per_question);
  const std::size_t begin = std::min<std::size_t>(observation.step, actions_.size());
  const std::size_t end = std::min(begin + count, actions_.size());
  std::vector<Action> answer(actions_.begin() + static_cast<std::ptrdiff_t>(begin),
                             actions_.begin() + static_cast<std::ptrdiff_t>(end));
  answer.resize(count);
  return answer;
}

}  // namespace atl::session
