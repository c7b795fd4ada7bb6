// Asks a trained policy what it would do at the steps of an episode that was recorded: pictures, instructions and what
// was done before are the recording's, whatever the policy answers. Used by the sources of trainer/policy_scores.h and
// trainer/policy_divergence.h. One thread at a time.
#pragma once

#include "agent/action_codec.h"
#include "agent/checkpoint.h"
#include "trainer/config.h"
#include "trainer/cutter.h"

#include <filesystem>
#include <span>
#include <string>

namespace atl::trainer {

/// What is asked about. Borrows all.
struct ForcedEpisode {
  const PlainEpisode& episode;                  // pictures and spans; its actions are not looked at
  std::span<const agent::ActionParts> actions;  // encoded one by one
  const LossConfig& trained;                    // a run that was trained without language or pictures gets none

  /// That of the span that holds for picture `step` and ends first; empty if none does.
  [[nodiscard]] std::string instruction(std::size_t step) const;
};

/// Appends to `steps` the steps of an episode at which a policy is asked, `stride` apart from `next` on, that have the
/// first one's instruction, at most `most`; none if the action `delay` steps after `next` is past the end. Returns the
/// step after them.
[[nodiscard]] std::size_t add_questions(const ForcedEpisode& asked, const PolicyContract& contract, std::size_t next,
                                        std::size_t most, std::vector<std::size_t>& steps);

class TeacherForcing {
 public:
  /// Loads a run directory or a checkpoint folder. `threads`: of torch, in the whole process.
  TeacherForcing(const std::filesystem::path& run, int threads);

  [[nodiscard]] const agent::Model& model() const { return model_; }
  [[nodiscard]] const agent::CheckpointInfo& info() const { return checkpoint_.info; }
  [[nodiscard]] const PolicyContract& contract() const { return checkpoint_.info.contract; }

  /// The answers [1, T, 1, ...] to the pictures of `steps`, which have one instruction. Models with past actions are
  /// told those that were recorded.
  [[nodiscard]] agent::ModelOutput answer(const ForcedEpisode& asked, std::span<const std::size_t> steps,
                                          agent::MemoryState memory) const;

 private:
  [[nodiscard]] at::Tensor frames_of(const ForcedEpisode& asked, std::span<const std::size_t> steps) const;
  [[nodiscard]] at::Tensor past_of(const ForcedEpisode& asked, std::span<const std::size_t> steps) const;

  agent::Checkpoint checkpoint_;
  agent::Model model_;
};

}  // namespace atl::trainer
