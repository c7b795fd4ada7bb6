#include "evaluation/statistics.h"

#include "core/error.h"
#include "core/random.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace atl::evaluation {
namespace {

constexpr double kZ = 1.959963984540054;  // 97.5 % quantile of the normal distribution
constexpr std::size_t kDraws = 10'000;    // of a bootstrap

// The value below which the share `q` of the sorted `values` lies, between neighbours linearly.
double quantile(std::span<const double> values, double q) {
  const double place = q * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (place - static_cast<double>(below)) * (values[above] - values[below]);
}

}  // namespace

Estimate wilson_interval(std::size_t successes, std::size_t trials) {
  ATOLL_CHECK(successes <= trials, "{} successes in {} trials", successes, trials);
  if (trials == 0) return {0.0, 0.0, 1.0};
  const double n = static_cast<double>(trials);
  const double p = static_cast<double>(successes) / n;
  const double centre = (p + kZ * kZ / (2 * n)) / (1 + kZ * kZ / n);
  const double half = kZ / (1 + kZ * kZ / n) * std::sqrt(p * (1 - p) / n + kZ * kZ / (4 * n * n));
  // At 0 and n successes the bound is exactly the rate; rounding must not move it past.
  return {p, successes == 0 ? 0.0 : centre - half, successes == trials ? 1.0 : centre + half};
}

Estimate paired_difference(const PairedCounts& counts) {
  const std::size_t total = counts.total();
  if (total == 0) return {0.0, -1.0, 1.0};
  const Estimate a = wilson_interval(counts.both + counts.only_a, total);
  const Estimate b = wilson_interval(counts.both + counts.only_b, total);
  const double difference = a.value - b.value;

  // phi: correlation of the two results; 0 where a margin is empty.
  const double n11 = static_cast<double>(counts.both);
  const double n10 = static_cast<double>(counts.only_a);
  const double n01 = static_cast<double>(counts.only_b);
  const double n00 = static_cast<double>(counts.neither);
  const double margins = (n11 + n10) * (n01 + n00) * (n11 + n01) * (n10 + n00);
  const double phi = margins > 0 ? (n11 * n00 - n10 * n01) / std::sqrt(margins) : 0.0;

  const auto reach = [&](double da, double db) {
    return std::sqrt(std::max(0.0, da * da - 2 * phi * da * db + db * db));
  };
  return {difference, std::max(-1.0, difference - reach(a.value - a.low, b.high - b.value)),
          std::min(1.0, difference + reach(a.high - a.value, b.value - b.low))};
}

Estimate block_bootstrap_mean(std::span<const BlockSum> blocks, std::uint64_t seed) {
  BlockSum all;
  for (const BlockSum& block : blocks) {
    all.sum += block.sum;
    all.count += block.count;
  }
  ATOLL_CHECK(all.count > 0, "a mean of no values in {} blocks", blocks.size());
  Random random(seed);
  std::vector<double> means;
  for (std::size_t draw = 0; draw < kDraws; ++draw) {
    BlockSum drawn;
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      const BlockSum& block = blocks[random.below(static_cast<std::uint32_t>(blocks.size()))];
      drawn.sum += block.sum;
      drawn.count += block.count;
    }
    if (drawn.count > 0) means.push_back(drawn.sum / static_cast<double>(drawn.count));
  }
  std::sort(means.begin(), means.end());
  const double mean = all.sum / static_cast<double>(all.count);
  return means.empty() ? Estimate{mean, mean, mean} : Estimate{mean, quantile(means, 0.025), quantile(means, 0.975)};
}

}  // namespace atl::evaluation
