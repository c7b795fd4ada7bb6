#include "evaluation/habits.h"

#include <utility>
#include <vector>

namespace atl::evaluation {
namespace {

constexpr std::uint64_t kBootstrapSeed = 1;

Estimate rate_of(std::span<const BlockSum> blocks) {
  std::size_t total = 0;
  for (const BlockSum& block : blocks) total += block.count;
  return total > 0 ? block_bootstrap_mean(blocks, kBootstrapSeed) : Estimate{0.0, 0.0, 1.0};
}

}  // namespace

HabitCounts count_habits(std::span<const Action> actions, const agent::ActionCodec& codec) {
  const int middle = codec.mouse().middle();
  HabitCounts counts;
  agent::ActionParts before;
  for (const Action& action : actions) {
    const agent::ActionParts parts = codec.encode(action);
    if (counts.steps > 0) {
      ++counts.pairs;
      counts.repeats += parts == before ? 1 : 0;
    }
    ++counts.steps;
    counts.idle += parts.controls.none() && parts.mouse_x == middle && parts.mouse_y == middle && parts.wheel == 0 &&
                           parts.pointer == agent::PointerGrid::kStays
                       ? 1
                       : 0;
    before = parts;
  }
  return counts;
}

HabitRow summarise_habits(std::string from, std::span<const HabitCounts> episodes) {
  HabitRow row;
  row.from = std::move(from);
  row.episodes = episodes.size();
  std::vector<BlockSum> repeats;
  std::vector<BlockSum> idle;
  for (const HabitCounts& counts : episodes) {
    row.steps += counts.steps;
    repeats.push_back({static_cast<double>(counts.repeats), counts.pairs});
    idle.push_back({static_cast<double>(counts.idle), counts.steps});
  }
  row.repeat_rate = rate_of(repeats);
  row.idle_rate = rate_of(idle);
  return row;
}

}  // namespace atl::evaluation
