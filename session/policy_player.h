// A policy as a player: shrinks pictures to what its contract says, brings pointer positions on them to the world's,
// leaves out what the world has no control for, and refuses a world that does not fit it.
#pragma once

#include "agent/policy.h"
#include "core/resize.h"
#include "envs/environment.h"
#include "session/believer.h"
#include "session/player.h"

#include <memory>
#include <string>
#include <vector>

namespace atl::session {

/// Throws Error(kContract) with every point where `contract` does not fit the world, both sides printed: rate, no
/// control in common, pictures smaller than the contract's, degrees of view in a world that turns by unknown amounts, a
/// pointer in a world whose cursor is hidden.
/// Controls that the world lacks while it has others are never pressed there; a warning names them: agents of several
/// worlds have the controls of all.
void require_fit(const PolicyContract& contract, const std::string& policy_name, const envs::EnvironmentSpec& world);

class PolicyPlayer final : public Player, public Believer {
 public:
  /// `name`: the run's name, for recordings and reports. Throws like `require_fit`.
  PolicyPlayer(std::unique_ptr<agent::Policy> policy, std::string name, const envs::EnvironmentSpec& world);

  [[nodiscard]] std::string name() const override { return name_; }
  [[nodiscard]] Origin origin() const override { return Origin::kAgent; }
  [[nodiscard]] PlayerTiming timing() const override;
  void begin(std::uint64_t seed) override { policy_->reset(seed); }
  [[nodiscard]] std::vector<Action> act(const envs::Observation& observation, const ControlSet& held_before) override;
  [[nodiscard]] const Believer* believer() const override { return this; }
  [[nodiscard]] double goal_probability() const override { return goal_probability_; }

 private:
  std::unique_ptr<agent::Policy> policy_;
  std::string name_;
  Resizer resizer_;
  double goal_probability_ = 0.0;    // of the last answer
  ControlSet pressable_;             // the world's
  std::vector<std::uint8_t> small_;  // [height, width, 4] at the contract's size
};

}  // namespace atl::session
