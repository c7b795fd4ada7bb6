// The scripted expert of a live world as a player: asked before every step, its answer starts one step later.
#pragma once

#include "envs/environment.h"
#include "envs/oracle.h"
#include "session/narrator.h"
#include "session/player.h"

#include <memory>

namespace atl::session {

class LiveExpertPlayer final : public Player, public Narrator {
 public:
  /// Borrows `world`, which outlives it. Throws Error(kEnvironment) if the world has no expert.
  LiveExpertPlayer(envs::LiveEnvironment& world, const envs::ExpertStyle& style);

  [[nodiscard]] std::string name() const override { return "expert"; }
  [[nodiscard]] Origin origin() const override { return Origin::kExpert; }
  [[nodiscard]] PlayerTiming timing() const override { return {1, 1}; }
  void begin(std::uint64_t seed) override;
  /// Its next action, and the same held for two steps more, so that an answer that is late lets go of nothing.
  [[nodiscard]] std::vector<Action> act(const envs::Observation& observation, const ControlSet& held_before) override;
  [[nodiscard]] const Narrator* narrator() const override { return this; }
  [[nodiscard]] std::string doing() const override { return expert_ != nullptr ? expert_->subgoal() : ""; }

 private:
  envs::LiveOracle* oracle_;  // owned by the world
  envs::ExpertStyle style_;
  std::unique_ptr<envs::Expert> expert_;  // of the present episode; null before the world's first reset
};

}  // namespace atl::session
