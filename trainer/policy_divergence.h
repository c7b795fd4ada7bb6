// How far apart two ways of seeing one episode leave a policy: the KL divergence of what it would do. Used by `atoll
// check --parity`. Free of LibTorch types. One thread at a time.
#pragma once

#include "agent/action_codec.h"
#include "core/contract.h"
#include "trainer/cutter.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

namespace atl::trainer {

class TeacherForcing;

/// One way of seeing an episode.
struct Sight {
  const PlainEpisode& episode;       // its pictures and spans
  std::size_t pictures_at_once = 1;  // 1: one after another with the memory of those before, as in live play
};

class PolicyDivergence {
 public:
  /// Loads a run directory or a checkpoint folder. `threads`: of torch, in the whole process.
  PolicyDivergence(const std::filesystem::path& run, int threads);
  ~PolicyDivergence();
  PolicyDivergence(const PolicyDivergence&) = delete;
  PolicyDivergence& operator=(const PolicyDivergence&) = delete;

  [[nodiscard]] const PolicyContract& contract() const;
  [[nodiscard]] std::int64_t step() const;  // of the checkpoint

  /// KL(seen || other) in nats of each action step that an answer drives: the Bernoulli divergences of its controls and
  /// those of mouse x, mouse y, wheel and pointer, without temperature or guidance. The policy is asked as in live
  /// play, every actions_per_policy_step steps from 0 on, with a memory of its own for each sight. `actions`: the
  /// episode's, encoded one by one; what was done before, and the parts of an action that come before another, are
  /// taken from them. Exactly 0 where both sights are the same bits.
  [[nodiscard]] std::vector<double> between(const Sight& seen, const Sight& other,
                                            std::span<const agent::ActionParts> actions) const;

 private:
  std::unique_ptr<const TeacherForcing> policy_;
};

}  // namespace atl::trainer
