// How likely a trained policy holds what was done in a recording: its own distribution, without sampling temperature or
// guidance. Used by trainer/imitation.h. Free of LibTorch types. One thread at a time.
#pragma once

#include "agent/action_codec.h"
#include "core/contract.h"
#include "trainer/config.h"
#include "trainer/cutter.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

namespace atl::trainer {

class TeacherForcing;

/// Log-likelihoods in nats: of the action that was done, and of doing the one before it again.
struct ActionScore {
  double done = 0.0;
  double stay = 0.0;
};

class PolicyScorer {
 public:
  /// Loads a run directory or a checkpoint folder. `threads`: of torch, in the whole process.
  PolicyScorer(const std::filesystem::path& run, int threads);
  ~PolicyScorer();
  PolicyScorer(const PolicyScorer&) = delete;
  PolicyScorer& operator=(const PolicyScorer&) = delete;

  [[nodiscard]] const PolicyContract& contract() const;
  [[nodiscard]] std::int64_t step() const;  // of the checkpoint

  /// The first action of the answer to each picture of `episode`, the policy's memory carried from its start; it is
  /// asked every actions_per_policy_step steps, once in every phase. `actions`: the episode's, encoded one by one.
  /// Returns a score for each action; none was answered for before step max(1, delay_steps): zeros. Instruction: that
  /// of the span that holds and ends first. Models with past actions are told those that were recorded. A run that was
  /// `trained` without language or pictures gets none.
  [[nodiscard]] std::vector<ActionScore> score(const PlainEpisode& episode, std::span<const agent::ActionParts> actions,
                                               const LossConfig& trained) const;

 private:
  std::unique_ptr<const TeacherForcing> policy_;
};

/// The instruction of the span that holds for picture `step` and ends first; empty if none does.
[[nodiscard]] std::string instruction_at(std::span<const InstructionSpan> spans, std::size_t step);

}  // namespace atl::trainer
