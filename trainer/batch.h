// Examples as tensors, ready for a model's forward pass and for the losses. Built on the thread that trains on it.
//
// Shapes as in agent/model.h: B pictures or windows, T steps, K instructions, S actions, C controls, R roles, P
// patches.
#pragma once

#include "agent/action_codec.h"
#include "agent/model.h"
#include "agent/tokenizer.h"
#include "core/random.h"
#include "trainer/batch_items.h"
#include "trainer/config.h"
#include "trainer/example.h"

#include <ATen/core/Tensor.h>

#include <span>
#include <vector>

namespace atl::trainer {

/// Targets are float32 or int64; weights are float32, 0 where there is nothing to learn. An undefined tensor: the whole
/// batch knows nothing of it.
struct Batch {
  agent::ModelInput input;
  at::Tensor controls_BTKSC;      // float 0 or 1
  at::Tensor mouse_x_BTKS;        // int64 bins
  at::Tensor mouse_y_BTKS;        // int64 bins
  at::Tensor wheel_BTKS{};        // int64 classes; undefined where the contract has no wheel
  at::Tensor pointer_BTKS{};      // int64 classes; undefined where it has no pointer
  at::Tensor action_weight_BTKS;  // mask x weight in the chunk x weight of the example
  at::Tensor patches_BTKRP;       // float 0 or 1
  at::Tensor patch_weight_BTKR;
  at::Tensor goal_BTK;  // float 0 or 1
  at::Tensor goal_weight_BTK;
  at::Tensor negative_weight_BTK;  // instructions of other episodes: no patch is to show them
  at::Tensor turn_deg_B;           // Example::turn_deg; NaN where unknown, or where the own instruction is left out
  at::Tensor same_BK;              // goal frames only, K = B: instruction k is the one of picture b, in words
  at::Tensor world_B;              // int64: Example::world
  at::Tensor seen_BT;              // float: 1 where there is a picture, 0 where the window is padded
  bool blames_least_word = false;  // LossConfig::least_word_after has come
  std::int64_t num_pictures = 0;
  BatchItems items{};  // count_items: losses leave out what has none
  double share = 1.0;  // of the pictures that were made into batches together
};

/// All tensors of a batch, in a fixed order, those that are undefined among them.
[[nodiscard]] std::vector<at::Tensor*> tensors_of(Batch& batch);

/// Moves all tensors of a batch to `device`, where they are not there already. Does not wait for copies from pinned
/// memory.
void move_batch(Batch& batch, at::Device device);

class FeatureFiles;  // trainer/features.h

struct BatchOptions {
  ExampleShape shape;
  LossConfig loss;
  agent::ActionSizes actions{};
  int max_words = 16;
  int word_multiple = 1;  // instructions are padded to as many words as the longest of the batch has, rounded up to
                          // this, at most max_words
  std::size_t num_worlds = 1;  // 2 or more: items of each world are counted apart, too
  bool training = true;        // false: no language dropout
  std::int64_t step = 0;       // of the optimiser
  /// Where examples name their pictures (Example::cached): what stands in for these. Borrowed.
  const FeatureFiles* features = nullptr;
  bool pinned = false;  // in memory that a GPU copies from by itself; only where there is one
};

/// One batch; two with plain recordings and losses on goal frames: ordinary pictures, each with K - 1 instructions of
/// others, and goal frames, each with the instructions of all goal frames. Of windows the first batch has all, and the
/// second the last pictures of those that end with a goal frame (T = 1), for grounding alone. Numbers for dropout and
/// negatives come from `random`.
[[nodiscard]] std::vector<Batch> create_batches(std::span<const Example* const> examples, const BatchOptions& options,
                                                const agent::Tokenizer& tokenizer, Random& random);

}  // namespace atl::trainer
