#include "evaluation/statistics.h"

#include "core/error.h"
#include "core/random.h"

#include <gtest/gtest.h>

#include <cmath>
#include <span>
#include <utility>
#include <vector>

namespace atl::evaluation {
namespace {

// Reference values from the closed form, worked by hand with z = 1.959964.
TEST(WilsonInterval, EqualsTheClosedForm) {
  const Estimate e = wilson_interval(8, 10);
  EXPECT_NEAR(e.value, 0.8, 1e-12);
  EXPECT_NEAR(e.low, 0.4901625, 1e-6);
  EXPECT_NEAR(e.high, 0.9433178, 1e-6);
}

// scipy 1.17.1: stats.binomtest(k, n).proportion_ci(method="wilson").
TEST(WilsonInterval, EqualsScipys) {
  const Estimate e = wilson_interval(81, 263);
  EXPECT_NEAR(e.low, 0.2552885198782742, 1e-12);
  EXPECT_NEAR(e.high, 0.36620957698280004, 1e-12);
  EXPECT_NEAR(wilson_interval(0, 20).high, 0.16112515805281935, 1e-12);
  EXPECT_NEAR(wilson_interval(450, 504).low, 0.8628215460691547, 1e-12);
  EXPECT_NEAR(wilson_interval(450, 504).high, 0.9169493708614725, 1e-12);
}

TEST(WilsonInterval, TouchesTheEndsExactlyAtNoneAndAll) {
  EXPECT_EQ(wilson_interval(0, 20).low, 0.0);
  EXPECT_GT(wilson_interval(0, 20).high, 0.1);
  EXPECT_EQ(wilson_interval(20, 20).high, 1.0);
  EXPECT_LT(wilson_interval(20, 20).low, 0.9);
}

TEST(WilsonInterval, SaysNothingWithoutTrials) {
  const Estimate e = wilson_interval(0, 0);
  EXPECT_EQ(e.low, 0.0);
  EXPECT_EQ(e.high, 1.0);
}

TEST(WilsonInterval, RefusesMoreSuccessesThanTrials) { EXPECT_THROW(static_cast<void>(wilson_interval(3, 2)), Error); }

TEST(PairedDifference, IsNarrowWhenNothingDiffers) {
  const Estimate e = paired_difference({.both = 50, .only_a = 0, .only_b = 0, .neither = 50});
  EXPECT_EQ(e.value, 0.0);
  EXPECT_LT(e.high, 0.05);
  EXPECT_GT(e.low, -0.05);
}

TEST(PairedDifference, TurnsRoundWhenTheSidesAreExchanged) {
  const Estimate ab = paired_difference({.both = 40, .only_a = 30, .only_b = 5, .neither = 25});
  const Estimate ba = paired_difference({.both = 40, .only_a = 5, .only_b = 30, .neither = 25});
  EXPECT_NEAR(ab.value, -ba.value, 1e-12);
  EXPECT_NEAR(ab.low, -ba.high, 1e-12);
  EXPECT_NEAR(ab.high, -ba.low, 1e-12);
}

TEST(PairedCounts, EachPairFallsIntoOneCell) {
  PairedCounts counts;
  for (const auto& [a, b] : {std::pair{true, true}, {true, false}, {false, true}, {false, false}, {true, true}})
    counts.add(a, b);
  EXPECT_EQ(counts.both, 2u);
  EXPECT_EQ(counts.only_a, 1u);
  EXPECT_EQ(counts.only_b, 1u);
  EXPECT_EQ(counts.neither, 1u);
  EXPECT_EQ(counts.total(), 5u);
}

// What an interval promises: over many repetitions it covers the truth in about 95 of 100. Pairs are drawn from four
// cells with known probabilities, so the true difference is known.
TEST(PairedDifference, CoversTheTrueDifferenceInAbout95Of100) {
  struct Cells {
    double both, only_a, only_b;
  };
  for (const Cells cells :
       {Cells{0.5, 0.3, 0.1}, Cells{0.05, 0.8, 0.02}, Cells{0.3, 0.05, 0.05}, Cells{0.9, 0.05, 0.01}}) {
    const double truth = cells.only_a - cells.only_b;
    Random random(7);
    constexpr int kRepetitions = 4000;
    int covered = 0;
    for (int r = 0; r < kRepetitions; ++r) {
      PairedCounts counts;
      for (int i = 0; i < 120; ++i) {
        const double u = random.uniform();
        if (u < cells.both)
          ++counts.both;
        else if (u < cells.both + cells.only_a)
          ++counts.only_a;
        else if (u < cells.both + cells.only_a + cells.only_b)
          ++counts.only_b;
        else
          ++counts.neither;
      }
      const Estimate e = paired_difference(counts);
      covered += e.low <= truth && truth <= e.high ? 1 : 0;
    }
    const double coverage = static_cast<double>(covered) / kRepetitions;
    EXPECT_GT(coverage, 0.93) << cells.both << " " << cells.only_a;
    EXPECT_LT(coverage, 0.985) << cells.both << " " << cells.only_a;
  }
}

TEST(MeanOf, IsTheEstimateItselfOfOneAndNarrowerOfTwo) {
  const Estimate one{0.5, 0.4, 0.7};
  EXPECT_EQ(mean_of(std::span(&one, 1)).low, 0.4);
  EXPECT_EQ(mean_of(std::span(&one, 1)).high, 0.7);
  const std::vector<Estimate> two{{0.5, 0.4, 0.7}, {0.9, 0.6, 1.0}};
  const Estimate mean = mean_of(two);
  EXPECT_NEAR(mean.value, 0.7, 1e-12);
  EXPECT_NEAR(mean.low, 0.7 - std::sqrt(0.1 * 0.1 + 0.3 * 0.3) / 2, 1e-12);
  EXPECT_NEAR(mean.high, 0.7 + std::sqrt(0.2 * 0.2 + 0.1 * 0.1) / 2, 1e-12);
  EXPECT_THROW(static_cast<void>(mean_of({})), Error);
}

double permutation_p(const std::vector<PairedCounts>& strata) { return paired_permutation_p(strata); }

// scipy 1.17.1, stats.permutation_test((a, b), lambda x, y, axis: sum((x - y) * w, axis), permutation_type="samples",
// n_resamples=inf), with a and b the results of the starts and w = 1 / starts of their stratum: all 2^n exchanges. The
// large one is stats.binomtest(61, 98).
TEST(PairedPermutation, EqualsScipysOfAllExchanges) {
  EXPECT_NEAR(permutation_p({{.both = 3, .only_a = 5, .only_b = 1, .neither = 2}}), 0.21875, 1e-12);
  EXPECT_NEAR(permutation_p({{.both = 2, .only_a = 3, .only_b = 3, .neither = 1}}), 1.0, 1e-12);
  EXPECT_NEAR(permutation_p({{.both = 1, .only_a = 4, .only_b = 1, .neither = 1},
                             {.both = 0, .only_a = 3, .only_b = 0, .neither = 2}}),
              0.046875, 1e-12);
  EXPECT_NEAR(permutation_p({{.both = 200, .only_a = 61, .only_b = 37, .neither = 206}}), 0.019690184799846844, 1e-10);
}

TEST(PairedPermutation, WithoutDifferencesNothingIsUnlikely) {
  EXPECT_EQ(permutation_p({}), 1.0);
  EXPECT_EQ(permutation_p({{.both = 9, .only_a = 0, .only_b = 0, .neither = 4}, {}}), 1.0);
}

// Strata of equal size are one stratum with the flips of all: so what has too many outcomes to be listed one by one,
// and is drawn, can be held against what is listed.
TEST(PairedPermutation, DrawnAgreesWithListed) {
  const std::vector<PairedCounts> drawn{{.both = 0, .only_a = 40, .only_b = 20, .neither = 240},
                                        {.both = 0, .only_a = 30, .only_b = 30, .neither = 240},
                                        {.both = 0, .only_a = 33, .only_b = 27, .neither = 240},
                                        {.both = 0, .only_a = 31, .only_b = 29, .neither = 240}};
  const double exact = permutation_p({{.both = 0, .only_a = 134, .only_b = 106, .neither = 60}});
  EXPECT_GT(exact, 0.05);
  EXPECT_LT(exact, 0.10);
  EXPECT_NEAR(permutation_p(drawn), exact, 0.003);
  EXPECT_NE(permutation_p(drawn), exact) << "it was listed after all";
}

// statsmodels 0.15.0: stats.multitest.multipletests(p, method="holm")[1].
TEST(HolmCorrection, EqualsStatsmodels) {
  const std::vector<double> p{0.01, 0.04, 0.03, 0.005, 0.2};
  const std::vector<double> expected{0.04, 0.09, 0.09, 0.025, 0.2};
  const std::vector<double> corrected = holm_correction(p);
  ASSERT_EQ(corrected.size(), p.size());
  for (std::size_t i = 0; i < p.size(); ++i) EXPECT_NEAR(corrected[i], expected[i], 1e-12) << i;
  EXPECT_TRUE(holm_correction({}).empty());
}

TEST(BlockBootstrap, AgreesWithTheNormalIntervalOfManyBlocks) {
  std::vector<BlockSum> blocks;
  double squares = 0.0;
  for (int i = 0; i < 400; ++i) {
    const double mean = (i % 20 - 9.5) / 10.0;  // of a block of four equal values
    blocks.push_back({4 * (mean + 2.0), 4});
    squares += mean * mean;
  }
  const Estimate estimate = block_bootstrap_mean(blocks, 1);
  const double half = 1.96 * std::sqrt(squares / 400) / std::sqrt(400.0);
  EXPECT_NEAR(estimate.value, 2.0, 1e-12);
  EXPECT_NEAR(estimate.low, 2.0 - half, 0.05 * half);
  EXPECT_NEAR(estimate.high, 2.0 + half, 0.05 * half);
  EXPECT_EQ(block_bootstrap_mean(blocks, 1).low, estimate.low) << "the same seed, the same interval";
}

TEST(BlockBootstrap, WeighsBlocksByTheirValues) {
  const std::vector<BlockSum> blocks{{30.0, 10}, {0.0, 0}, {1.0, 1}};
  const Estimate estimate = block_bootstrap_mean(blocks, 1);
  EXPECT_NEAR(estimate.value, 31.0 / 11.0, 1e-12);
  EXPECT_NEAR(estimate.low, 1.0, 1e-12);
  EXPECT_NEAR(estimate.high, 3.0, 1e-12);
  EXPECT_THROW(static_cast<void>(block_bootstrap_mean(std::vector<BlockSum>{{0.0, 0}}, 1)), Error);
}

}  // namespace
}  // namespace atl::evaluation
