// An agent plays, and the world's expert takes over for the rest of the episode: recordings of corrections, as a person
// makes them who watches an agent (HG-DAgger, arXiv 1810.02890), without a person. Stepped worlds.
#pragma once

#include "core/random.h"
#include "envs/environment.h"
#include "session/chunk_plan.h"
#include "session/player.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace atl::session {

/// When the expert takes over: at a step drawn anew for each episode, `first` <= step <= `last`.
struct Takeover {
  std::uint64_t first = 30;
  std::uint64_t last = 90;
};

class TakeoverPlayer final : public Player {
 public:
  /// Asks `agent` as its timing says, and from the drawn step on `expert`, which is asked before every step.
  TakeoverPlayer(std::unique_ptr<Player> agent, std::unique_ptr<Player> expert, const Takeover& takeover);

  [[nodiscard]] std::string name() const override { return agent_->name() + "+" + expert_->name(); }
  /// Of who does the present step: recordings keep it for each.
  [[nodiscard]] Origin origin() const override { return took_over_ ? expert_->origin() : agent_->origin(); }
  [[nodiscard]] PlayerTiming timing() const override { return {}; }
  void begin(std::uint64_t seed) override;
  [[nodiscard]] std::vector<Action> act(const envs::Observation& observation, const ControlSet& held_before) override;

 private:
  std::unique_ptr<Player> agent_;
  std::unique_ptr<Player> expert_;
  Takeover takeover_;
  std::uint64_t at_ = 0;
  bool took_over_ = false;
  ChunkPlan plan_;  // the agent's answers
};

}  // namespace atl::session
