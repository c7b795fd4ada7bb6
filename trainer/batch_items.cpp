#include "trainer/batch_items.h"

#include "core/error.h"
#include "trainer/batch.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>

namespace atl::trainer {
namespace {

// The values of one picture; none of a tensor that is not there.
template <class Value = float>
std::span<const Value> of_picture(const at::Tensor& values, std::int64_t picture) {
  if (!values.defined()) return {};
  const std::int64_t size = values.numel() / values.size(0);
  return {values.const_data_ptr<Value>() + picture * size, static_cast<std::size_t>(size)};
}

double num_positive(std::span<const float> weights) {
  return static_cast<double>(std::ranges::count_if(weights, [](float weight) { return weight > 0; }));
}

// Of what is asked with weight, how much some patch shows.
double num_pointed(std::span<const float> weights, std::span<const float> patches) {
  if (patches.empty()) return 0.0;
  const std::size_t size = patches.size() / weights.size();
  double count = 0.0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] > 0 &&
        std::ranges::any_of(patches.subspan(i * size, size), [](float shown) { return shown > 0.5F; }))
      ++count;
  }
  return count;
}

double num_futures(std::span<const float> seen, std::size_t steps) {
  double count = 0.0;
  for (std::size_t t = 0; t + steps < seen.size(); ++t) count += seen[t] > 0 && seen[t + steps] > 0 ? 1.0 : 0.0;
  return count;
}

ItemCounts items_of(const Batch& batch, std::int64_t b, int future_steps) {
  ItemCounts counts;
  const auto set = [&](Items items, double count) { counts.count[static_cast<std::size_t>(items)] = count; };
  const std::span<const float> asked = of_picture(batch.patch_weight_BTKR, b);
  set(Items::kPictures, 1.0);
  set(Items::kActions, num_positive(of_picture(batch.action_weight_BTKS, b)));
  set(Items::kAsked, num_positive(asked));
  set(Items::kPointed, num_pointed(asked, of_picture(batch.patches_BTKRP, b)));
  set(Items::kJudged, num_positive(of_picture(batch.goal_weight_BTK, b)));
  for (const float turn : of_picture(batch.turn_deg_B, b)) set(Items::kTurns, std::isfinite(turn) ? 1.0 : 0.0);
  set(Items::kNegatives, num_positive(of_picture(batch.negative_weight_BTK, b)));
  set(Items::kFutures, num_futures(of_picture(batch.seen_BT, b), static_cast<std::size_t>(future_steps)));
  return counts;
}

void add(const ItemCounts& of_picture, ItemCounts& sums) {
  for (std::size_t i = 0; i < kNumItems; ++i) sums.count[i] += of_picture.count[i];
}

}  // namespace

BatchItems count_items(const Batch& batch, int future_steps, std::size_t num_worlds) {
  BatchItems items;
  if (num_worlds >= 2) items.worlds.resize(num_worlds);
  for (std::int64_t b = 0; b < batch.num_pictures; ++b) {
    const ItemCounts counts = items_of(batch, b, future_steps);
    add(counts, items.all);
    if (items.worlds.empty()) continue;
    const auto world = static_cast<std::size_t>(of_picture<std::int64_t>(batch.world_B, b)[0]);
    ATOLL_CHECK(world < num_worlds, "an example of world {} in a run of {}", world, num_worlds);
    add(counts, items.worlds[world]);
  }
  return items;
}

}  // namespace atl::trainer
