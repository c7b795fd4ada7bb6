// What a batch has to learn from, counted on the host when it is made. Losses leave out parts without items and metrics
// are means over them, so that nobody has to ask a GPU how many there are, and wait. Any thread.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

namespace atl::trainer {

struct Batch;  // trainer/batch.h

/// What a loss or metric is a mean over.
enum class Items : std::size_t {
  kPictures,   // windows are one each
  kActions,    // of chunks, with weight
  kAsked,      // roles of instructions, of which is known what patches show
  kPointed,    // of these, those that some patch shows
  kJudged,     // instructions of which is known whether their goal is reached
  kTurns,      // pictures of which is known what turn followed
  kNegatives,  // instructions of others
  kFutures,    // pictures whose future is in the window
};
inline constexpr std::size_t kNumItems = 8;

struct ItemCounts {
  std::array<double, kNumItems> count{};

  [[nodiscard]] double of(Items items) const { return count[static_cast<std::size_t>(items)]; }
};

struct BatchItems {
  ItemCounts all;
  std::vector<ItemCounts> worlds;  // of each world's pictures alone; empty for runs of one world
};

/// Counts a batch whose tensors are on the CPU; those that are undefined have no items. `future_steps`:
/// LossConfig::future_steps. `num_worlds`: below 2, worlds are not counted apart.
[[nodiscard]] BatchItems count_items(const Batch& batch, int future_steps = 1, std::size_t num_worlds = 1);

}  // namespace atl::trainer
