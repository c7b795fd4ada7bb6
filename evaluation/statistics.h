// Statistics that a sceptical reader accepts: intervals for success rates, and for the difference of two conditions on
// the same starts. Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace atl::evaluation {

/// A number with its 95 % interval.
struct Estimate {
  double value = 0.0;
  double low = 0.0;
  double high = 0.0;
};

/// Success rate in [0, 1] with Wilson's score interval (E. B. Wilson 1927, JASA 22, p. 209). No trials: 0 in [0, 1].
[[nodiscard]] Estimate wilson_interval(std::size_t successes, std::size_t trials);

/// Counts of paired yes-no results: the same start under two conditions.
struct PairedCounts {
  std::size_t both = 0;
  std::size_t only_a = 0;
  std::size_t only_b = 0;
  std::size_t neither = 0;
  [[nodiscard]] std::size_t total() const { return both + only_a + only_b + neither; }
  /// Counts one start with its results of A and of B.
  void add(bool a, bool b) { ++(a ? (b ? both : only_a) : (b ? only_b : neither)); }
};

/// Rate of A minus rate of B in [-1, 1] with the square-and-add interval for paired proportions, built from both Wilson
/// intervals and the correlation of the pairs (R. G. Newcombe 1998, Statistics in Medicine 17, p. 2635, method 10,
/// without the continuity correction of phi). No pairs: 0 in [-1, 1].
[[nodiscard]] Estimate paired_difference(const PairedCounts& counts);

/// Sum and number of the values of one block of time.
struct BlockSum {
  double sum = 0.0;
  std::size_t count = 0;
};

/// Mean of all values, with the 2.5 % and 97.5 % quantiles of the means of 10,000 draws of as many blocks with
/// replacement: values of one block may depend on each other, blocks do not (E. Carlstein 1986, Annals of Statistics
/// 14, p. 1171). The same seed gives the same interval. Throws Error(kInternal) when no block holds a value.
[[nodiscard]] Estimate block_bootstrap_mean(std::span<const BlockSum> blocks, std::uint64_t seed);

}  // namespace atl::evaluation
