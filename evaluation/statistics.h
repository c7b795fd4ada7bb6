// Statistics that a sceptical reader accepts: intervals for success rates, differences of two conditions on the same
// starts with tests of them, and how far stated probabilities are to be trusted. Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace atl::evaluation {

/// A number with its 95 % interval.
struct Estimate {
  double value = 0.0;
  double low = 0.0;
  double high = 0.0;
};

/// The value below which the share `q` in [0, 1] of the rising `values` lies, between neighbours linearly (numpy's
/// default). There is at least one value.
[[nodiscard]] double quantile(std::span<const double> values, double q);

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

/// The mean of independent estimates, each weighing the same, with the interval that their distances to their bounds
/// give when squared and added (MOVER: G. Y. Zou, A. Donner 2008, Statistics in Medicine 27, p. 1693). Of one estimate:
/// itself. Throws Error(kInternal) for none.
[[nodiscard]] Estimate mean_of(std::span<const Estimate> estimates);

/// Two-sided p-value of "A and B are exchangeable within each start": all ways of exchanging their results are as
/// likely, and the statistic is the mean over `strata` of rate A minus rate B. Of one stratum this is the exact McNemar
/// test. Exact as long as the strata have together at most 4,000,000 different outcomes; else from 200,000 draws, with
/// the drawn and the seen one counted (B. Phipson, G. K. Smyth 2010). Strata without pairs are left out; none left: 1.
[[nodiscard]] double paired_permutation_p(std::span<const PairedCounts> strata);

/// p-values of one family, each corrected so that the chance of any false rejection stays below the level that it is
/// held against (S. Holm 1979, Scandinavian Journal of Statistics 6, p. 65). In the order of `p_values`.
[[nodiscard]] std::vector<double> holm_correction(std::span<const double> p_values);

/// Sum and number of the values of one block of time.
struct BlockSum {
  double sum = 0.0;
  std::size_t count = 0;
};

/// Mean of all values, with the 2.5 % and 97.5 % quantiles of the means of 10,000 draws of as many blocks with
/// replacement: values of one block may depend on each other, blocks do not (E. Carlstein 1986, Annals of Statistics
/// 14, p. 1171). The same seed gives the same interval. Throws Error(kInternal) when no block holds a value.
[[nodiscard]] Estimate block_bootstrap_mean(std::span<const BlockSum> blocks, std::uint64_t seed);

/// A stated probability and what was true. Those of one group (an episode) may depend on each other, groups do not.
struct StatedProbability {
  double probability = 0.0;  // in [0, 1]
  bool is_true = false;
  std::size_t group = 0;
};

/// The chance that a true one was given a higher probability than a false one, ties counting half (area under the ROC
/// curve), with the 2.5 % and 97.5 % quantiles of 2,000 draws of as many groups with replacement. The same seed gives
/// the same interval. Nothing when all or none are true.
[[nodiscard]] std::optional<Estimate> auroc(std::span<const StatedProbability> stated, std::uint64_t seed);

struct ReliabilityBin {
  std::size_t n = 0;
  std::size_t num_true = 0;
  double mean_probability = 0.0;
};
enum class Binning : std::uint8_t { kEqualWidth, kEqualMass };

/// Bins of equal width over [0, 1], or of equal mass between quantiles (linear between neighbours) with equal
/// probabilities in one bin; a value on an edge is in the lower bin, empty bins are left out, as scikit-learn's
/// calibration_curve does it.
[[nodiscard]] std::vector<ReliabilityBin> reliability_bins(std::span<const StatedProbability> stated,
                                                           std::size_t num_bins, Binning binning);

/// Expected calibration error in [0, 1]: |true rate - mean probability| of each bin, weighted by what it holds. No
/// bins: 0.
[[nodiscard]] double calibration_error(std::span<const ReliabilityBin> bins);

/// sigmoid(scale * logit(p) + offset) by maximum likelihood, with J. Platt's targets (1999: (N+ + 1) / (N+ + 2) and
/// 1 / (N- + 2)), so that it exists where the two kinds are separate. Newton's method with halved steps (H.-T. Lin et
/// al. 2007). Probabilities are cut to [1e-12, 1 - 1e-12].
struct LogisticFit {
  double scale = 1.0;
  double offset = 0.0;
};
[[nodiscard]] LogisticFit fit_logistic(std::span<const StatedProbability> stated);
/// What the fit makes of `probability`.
[[nodiscard]] double apply(const LogisticFit& fit, double probability);

}  // namespace atl::evaluation
