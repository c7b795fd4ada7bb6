// The scripted expert of a stepped world as a player: asked before every step, without delay.
#pragma once

#include "envs/environment.h"
#include "envs/oracle.h"
#include "session/narrator.h"
#include "session/player.h"

#include <memory>

namespace atl::session {

class ExpertPlayer final : public Player, public Narrator {
 public:
  /// Borrows `world`, which outlives it. Throws Error(kEnvironment) if the world has no oracle.
  ExpertPlayer(envs::SteppedEnvironment& world, const envs::ExpertStyle& style);

  [[nodiscard]] std::string name() const override { return "expert"; }
  [[nodiscard]] Origin origin() const override { return Origin::kExpert; }
  [[nodiscard]] PlayerTiming timing() const override { return {}; }
  void begin(std::uint64_t seed) override;
  [[nodiscard]] std::vector<Action> act(const envs::Observation& observation, const ControlSet& held_before) override;
  [[nodiscard]] const Narrator* narrator() const override { return this; }
  [[nodiscard]] std::string doing() const override { return expert_ != nullptr ? expert_->subgoal() : ""; }

 private:
  envs::Oracle* oracle_;  // owned by the world
  envs::ExpertStyle style_;
  std::unique_ptr<envs::Expert> expert_;  // of the present episode
};

}  // namespace atl::session
