#include "evaluation/statistics.h"

#include "core/error.h"
#include "core/random.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace atl::evaluation {
namespace {

constexpr double kZ = 1.959963984540054;  // 97.5 % quantile of the normal distribution
constexpr std::size_t kDraws = 10'000;    // of a bootstrap

}  // namespace

double quantile(std::span<const double> values, double q) {
  const double place = q * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (place - static_cast<double>(below)) * (values[above] - values[below]);
}

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

Estimate mean_of(std::span<const Estimate> estimates) {
  ATOLL_CHECK(!estimates.empty(), "a mean of {} estimates", estimates.size());
  const double count = static_cast<double>(estimates.size());
  double sum = 0.0;
  double below = 0.0;
  double above = 0.0;
  for (const Estimate& e : estimates) {
    sum += e.value;
    below += (e.value - e.low) * (e.value - e.low);
    above += (e.high - e.value) * (e.high - e.value);
  }
  return {sum / count, (sum - std::sqrt(below)) / count, (sum + std::sqrt(above)) / count};
}

namespace {

constexpr double kMostOutcomes = 4e6;
constexpr std::size_t kPermutations = 200'000;
constexpr double kTie = 1e-9;  // differences of sums that are equal but for rounding

// What the starts with different results of one stratum can add to the statistic, and how probable each is.
struct Flips {
  std::vector<double> values;
  std::vector<double> probabilities;
};

Flips flips_of(const PairedCounts& counts) {
  const std::size_t flips = counts.only_a + counts.only_b;
  const double m = static_cast<double>(flips);
  Flips all;
  for (std::size_t k = 0; k <= flips; ++k) {  // k of them for A
    const double a = static_cast<double>(k);
    all.values.push_back((2 * a - m) / static_cast<double>(counts.total()));
    all.probabilities.push_back(
        std::exp(std::lgamma(m + 1) - std::lgamma(a + 1) - std::lgamma(m - a + 1) - m * std::log(2.0)));
  }
  return all;
}

// Probability that what `strata` add to `sum` ends as far from 0 as `seen`.
double tail(std::span<const Flips> strata, double sum, double seen) {
  if (strata.empty()) return std::abs(sum) >= seen - kTie ? 1.0 : 0.0;
  double p = 0.0;
  for (std::size_t k = 0; k < strata[0].values.size(); ++k)
    p += strata[0].probabilities[k] * tail(strata.subspan(1), sum + strata[0].values[k], seen);
  return p;
}

double drawn_tail(std::span<const PairedCounts> strata, double seen) {
  Random random(1);
  std::size_t as_far = 1;
  for (std::size_t draw = 0; draw < kPermutations; ++draw) {
    double sum = 0.0;
    for (const PairedCounts& counts : strata) {
      std::int64_t difference = 0;
      for (std::size_t i = 0; i < counts.only_a + counts.only_b; ++i) difference += random.chance(1, 2) ? 1 : -1;
      sum += static_cast<double>(difference) / static_cast<double>(counts.total());
    }
    as_far += std::abs(sum) >= seen - kTie ? 1 : 0;
  }
  return static_cast<double>(as_far) / static_cast<double>(kPermutations + 1);
}

}  // namespace

double paired_permutation_p(std::span<const PairedCounts> strata) {
  std::vector<PairedCounts> used;
  std::vector<Flips> flips;
  double outcomes = 1.0;
  double seen = 0.0;
  for (const PairedCounts& counts : strata) {
    if (counts.total() == 0) continue;
    used.push_back(counts);
    flips.push_back(flips_of(counts));
    outcomes *= static_cast<double>(flips.back().values.size());
    seen +=
        (static_cast<double>(counts.only_a) - static_cast<double>(counts.only_b)) / static_cast<double>(counts.total());
  }
  if (used.empty()) return 1.0;
  return outcomes <= kMostOutcomes ? std::min(1.0, tail(flips, 0.0, std::abs(seen))) : drawn_tail(used, std::abs(seen));
}

std::vector<double> holm_correction(std::span<const double> p_values) {
  std::vector<std::size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return p_values[a] < p_values[b]; });
  std::vector<double> corrected(p_values.size());
  double highest = 0.0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    highest = std::max(highest, std::min(1.0, static_cast<double>(order.size() - i) * p_values[order[i]]));
    corrected[order[i]] = highest;
  }
  return corrected;
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
