// A player that thinks, and what a live counting world is asked for: what tests of live sessions share.
#pragma once

#include "session/player.h"
#include "tests/session/live_counting_world.h"

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace atl::session_test {

constexpr double kRateHz = 50.0;

// Taps space in every step, after thinking for as long as `think` says for the number of the question.
class SlowPlayer final : public session::Player {
 public:
  SlowPlayer(session::PlayerTiming timing, std::function<Duration(int)> think)
      : timing_(timing), think_(std::move(think)) {}
  [[nodiscard]] std::string name() const override { return "slow"; }
  [[nodiscard]] Origin origin() const override { return Origin::kAgent; }
  [[nodiscard]] session::PlayerTiming timing() const override { return timing_; }
  void begin(std::uint64_t) override { num_asked = 0; }
  [[nodiscard]] std::vector<Action> act(const envs::Observation& observation, const ControlSet&) override {
    clock_.sleep_until(MonotonicClock::now() + think_(num_asked++));
    asked_at.push_back(observation.step);
    std::vector<Action> answer(8);
    for (Action& action : answer) {
      tap(action, control_named("space"));
      hold(action, control_named("a"), {});
      action.dx = static_cast<std::int32_t>(observation.step) + 1;
    }
    return answer;
  }
  int num_asked = 0;
  std::vector<std::uint64_t> asked_at;

 private:
  session::PlayerTiming timing_;
  std::function<Duration(int)> think_;
  SystemClock clock_;
};

inline session::EpisodeRequest request_for(const std::string& presses, double limit_s) {
  session::EpisodeRequest request{.seed = 1};
  request.task.target = presses;
  request.task.time_limit_s = limit_s;  // in steps of the stepped world's 15 Hz
  return request;
}

}  // namespace atl::session_test
