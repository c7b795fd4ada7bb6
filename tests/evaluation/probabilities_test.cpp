// How far stated probabilities are to be trusted, against numbers that scikit-learn gives.
#include "core/error.h"
#include "evaluation/statistics.h"
#include "tests/run_python.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

namespace atl::evaluation {
namespace {

// Sixty probabilities in hundredths (so that some are tied) in ten groups, and what was true: more often of the higher
// ones. From the generator x -> 1103515245 x + 12345 mod 2^31, starting at 1.
std::vector<StatedProbability> sample() {
  std::vector<StatedProbability> all;
  std::uint64_t state = 1;
  const auto next = [&](std::uint64_t bound) {
    state = (state * 1103515245 + 12345) % (std::uint64_t{1} << 31);
    return static_cast<double>((state >> 8) % bound);
  };
  for (std::size_t i = 0; i < 60; ++i) {
    const double probability = next(101) / 100.0;
    all.push_back({probability, next(100) < 100 * probability * probability, i / 6});
  }
  return all;
}

// scikit-learn 1.9.1: metrics.roc_auc_score(y, p). The interval: 20,000 draws of ten groups with numpy 2.4.6's
// default_rng(0), roc_auc_score of each, and its quantiles.
TEST(Auroc, EqualsScikitLearns) {
  const std::optional<Estimate> area = auroc(sample(), 1);
  ASSERT_TRUE(area);
  EXPECT_NEAR(area->value, 0.8552631578947368, 1e-12);
  EXPECT_NEAR(area->low, 0.73443008, 0.01);
  EXPECT_NEAR(area->high, 0.95394737, 0.01);
  EXPECT_EQ(auroc(sample(), 1)->low, area->low) << "the same seed, the same interval";
}

// By another way: ranks of numpy, ties sharing theirs (H. B. Mann, D. R. Whitney 1947).
TEST(Auroc, EqualsTheRankSumOfNumpy) {
  std::string data;
  for (const StatedProbability& s : sample()) data += fmt::format("{},{};", s.probability, s.is_true ? 1 : 0);
  const std::string area = tests::run_python(
      "import sys, numpy as np\n"
      "p, y = np.array([[float(v) for v in row.split(',')] for row in sys.argv[1].strip(';').split(';')]).T\n"
      "values, place, count = np.unique(p, return_inverse=True, return_counts=True)\n"
      "ranks = (np.cumsum(count) - (count - 1) / 2)[place]\n"
      "n = y.sum()\n"
      "print((ranks[y == 1].sum() - n * (n + 1) / 2) / (n * (len(y) - n)))\n",
      {data});
  EXPECT_NEAR(auroc(sample(), 1)->value, std::stod(area), 1e-12);
}

TEST(Auroc, NeedsBothKinds) {
  const std::vector<StatedProbability> all_true{{0.2, true, 0}, {0.9, true, 1}};
  EXPECT_FALSE(auroc(all_true, 1));
  EXPECT_FALSE(auroc({}, 1));
}

TEST(Auroc, EqualProbabilitiesTellNothing) {
  const std::vector<StatedProbability> equal{{0.5, true, 0}, {0.5, false, 1}, {0.5, false, 2}};
  EXPECT_EQ(auroc(equal, 1)->value, 0.5);
}

// scikit-learn 1.9.1: calibration.calibration_curve(y, p, n_bins=15, strategy="quantile") and (n_bins=10,
// strategy="uniform"), the gaps weighted by what their bins hold.
TEST(CalibrationError, EqualsThatOfScikitLearnsBins) {
  const auto by_mass = reliability_bins(sample(), 15, Binning::kEqualMass);
  const auto by_width = reliability_bins(sample(), 10, Binning::kEqualWidth);
  EXPECT_EQ(by_mass.size(), 15u);
  EXPECT_EQ(by_width.size(), 10u);
  EXPECT_NEAR(calibration_error(by_mass), 0.12766666666666665, 1e-9);
  EXPECT_NEAR(calibration_error(by_width), 0.13999999999999999, 1e-9);
}

TEST(CalibrationError, EqualProbabilitiesShareABin) {
  const std::vector<StatedProbability> all{{0.0, false, 0}, {0.0, false, 0}, {0.0, false, 0}, {1.0, true, 0}};
  const auto bins = reliability_bins(all, 4, Binning::kEqualMass);
  std::size_t n = 0;
  for (const ReliabilityBin& bin : bins) {
    EXPECT_TRUE(bin.mean_probability == 0.0 || bin.mean_probability == 1.0);
    n += bin.n;
  }
  EXPECT_EQ(n, 4u);
  EXPECT_EQ(calibration_error(bins), 0.0);
  EXPECT_TRUE(reliability_bins({}, 4, Binning::kEqualWidth).empty());
}

// scipy 1.17.1: optimize.minimize (BFGS, then Nelder-Mead to 1e-12) of the same cross-entropy with Platt's targets.
TEST(FitLogistic, EqualsScipysMinimum) {
  const LogisticFit fit = fit_logistic(sample());
  EXPECT_NEAR(fit.scale, 0.74877823, 1e-6);
  EXPECT_NEAR(fit.offset, -0.48500061, 1e-6);
}

// Without Platt's targets no scale would be large enough.
TEST(FitLogistic, ExistsWhereBothKindsAreSeparate) {
  std::vector<StatedProbability> separate;
  for (int i = 0; i < 200; ++i) separate.push_back({0.1, false, 0});
  for (int i = 0; i < 10; ++i) separate.push_back({0.3, true, 0});
  const LogisticFit fit = fit_logistic(separate);
  EXPECT_TRUE(std::isfinite(fit.scale));
  EXPECT_NEAR(apply(fit, 0.1), 1.0 / 202, 1e-6);
  EXPECT_NEAR(apply(fit, 0.3), 11.0 / 12, 1e-6);
  EXPECT_THROW(static_cast<void>(fit_logistic(std::vector<StatedProbability>{{0.5, true, 0}})), Error);
}

TEST(FitLogistic, TakesProbabilitiesOfNoneAndAll) {
  const std::vector<StatedProbability> ends{{0.0, false, 0}, {1.0, true, 0}, {1.0, false, 0}, {0.0, true, 0}};
  const LogisticFit fit = fit_logistic(ends);
  EXPECT_TRUE(std::isfinite(fit.scale) && std::isfinite(fit.offset));
}

}  // namespace
}  // namespace atl::evaluation
