// A policy: frames, an instruction and memory in, a chunk of actions and the belief that the goal is reached out.
// The only header of agent/ that sessions need; free of LibTorch types.
#pragma once

#include "core/action.h"
#include "core/contract.h"
#include "core/frame.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace atl::agent {

struct PolicyAnswer {
  std::vector<Action> chunk;  // contract().chunk_actions steps; held state and presses follow `held_before`; pointer
                              // positions are pixels of the picture that was shown
  double goal_probability = 0.0;  // in [0, 1]
};

/// One player's mind: has memory, so make one per session. One thread at a time.
class Policy {
 public:
  virtual ~Policy() = default;
  [[nodiscard]] virtual const PolicyContract& contract() const = 0;

  /// Forgets everything; actions are sampled with numbers from `seed`.
  virtual void reset(std::uint64_t seed) = 0;

  /// Answers to one picture of exactly contract().frame_size(). `held_before`: what will be held when the chunk starts.
  /// Throws Error(kContract) for a picture of another size, or an instruction of more words than the model takes.
  [[nodiscard]] virtual PolicyAnswer act(ImageView frame, std::string_view instruction,
                                         const ControlSet& held_before) = 0;
};

/// How a checkpoint is played.
struct PlayOptions {
  double temperature = 0.5;       // of sampling; 0: the most likely action
  double key_temperature = -1.0;  // of keys and buttons; below 0: as of the rest
  double guidance = 0.0;          // lambda of classifier-free guidance on logits (SIMA, arXiv 2404.10179): 0 is off
  int threads = 1;                // torch threads of the whole process
  std::string device = "cpu";
  double counts_per_turn = 0.0;  // of the world's mouse, as in SourceFacts; 0: as in the data it was trained on
};

/// Loads a run directory or a checkpoint folder. Throws Error naming what is missing or does not fit.
[[nodiscard]] std::unique_ptr<Policy> load_policy(const std::filesystem::path& run, const PlayOptions& options);

/// Presses every control of the contract with a small probability and moves the mouse by a random bin: the floor of
/// every evaluation. `counts_per_turn`: of the world's mouse; needed when the contract's mouse unit is degrees.
[[nodiscard]] std::unique_ptr<Policy> create_random_policy(const PolicyContract& contract, double counts_per_turn);

}  // namespace atl::agent
