// A recorded episode as a player: does again what was done, step by step.
#pragma once

#include "session/player.h"

#include <string>
#include <vector>

namespace atl::session {

class DemoPlayer final : public Player {
 public:
  /// Plays `actions` in order, and nothing once they have ended. With a delay d, recorded step k is played at step
  /// k + d, so that nothing is left out in a live world.
  DemoPlayer(std::string name, std::vector<Action> actions, PlayerTiming timing = {}, Origin origin = Origin::kAgent)
      : name_(std::move(name)), actions_(std::move(actions)), timing_(timing), origin_(origin) {}

  /// What is played from the next episode on.
  void set_actions(std::vector<Action> actions) { actions_ = std::move(actions); }

  [[nodiscard]] std::string name() const override { return name_; }
  [[nodiscard]] Origin origin() const override { return origin_; }
  [[nodiscard]] PlayerTiming timing() const override { return timing_; }
  void begin(std::uint64_t) override {}
  [[nodiscard]] std::vector<Action> act(const envs::Observation& observation, const ControlSet& held_before) override;

 private:
  std::string name_;
  std::vector<Action> actions_;
  PlayerTiming timing_;
  Origin origin_;
};

}  // namespace atl::session
