// Outer steps against torch's SGD, the referee's reading of the papers, and what must be equal by algebra.
#include "distributed/outer_optimizer.h"

#include "core/random.h"
#include "tests/distributed/referee.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace atl::distributed {
namespace {

constexpr std::size_t kValues = 400;

std::vector<float> numbers(std::uint64_t seed) {
  Random random(seed);
  std::vector<float> values(kValues);
  for (float& value : values) value = static_cast<float>(random.uniform() - 0.5);
  return values;
}

// The parameters after steps with deltas of seeds 1 .. num_steps, and what the referee makes of the same by `python`.
struct Compared {
  std::vector<float> ours;
  std::vector<float> expected;
};

Compared compare(const OuterConfig& config, std::uint64_t num_steps, const std::string& python) {
  const TemporaryFolder folder;
  const std::vector<float> start = numbers(0);
  OuterState state = begin_outer(config, start);
  std::vector<float> deltas;
  for (std::uint64_t i = 1; i <= num_steps; ++i) {
    const std::vector<float> delta = numbers(i);
    outer_step(config, static_cast<std::int64_t>(i) - 1, delta, state.view());
    deltas.insert(deltas.end(), delta.begin(), delta.end());
  }
  tests::write_floats(folder.path() / "start", start);
  tests::write_floats(folder.path() / "deltas", deltas);
  tests::ask_referee(folder.path(),
                     "start = read('start'); deltas = list(read('deltas').reshape(-1, len(start)))\n"
                     "write('expected', " +
                         python + ")");
  return {state.parameters, tests::read_floats(folder.path() / "expected")};
}

void expect_near(const std::vector<float>& ours, const std::vector<float>& expected, double tolerance) {
  ASSERT_EQ(ours.size(), expected.size());
  for (std::size_t i = 0; i < ours.size(); ++i) ASSERT_NEAR(ours[i], expected[i], tolerance) << i;
}

TEST(OuterStep, IsTorchsNesterov) {
  const Compared found = compare({.kind = "nesterov", .learning_rate = 0.7, .momentum = 0.9}, 20,
                                 "torch_nesterov(start, deltas, 0.7, 0.9)");
  expect_near(found.ours, found.expected, 5e-6);
}

TEST(OuterStep, IsDelayedNesterovOfThePaper) {
  for (const double share : {0.0, 0.1, 0.25}) {
    const OuterConfig config{
        .kind = "delayed_nesterov", .learning_rate = 0.7, .momentum = 0.9, .delay = 4, .share = share};
    const Compared found = compare(config, 21, fmt::format("delayed_nesterov(start, deltas, 0.7, 0.9, 4, {})", share));
    expect_near(found.ours, found.expected, 5e-6);
  }
}

TEST(OuterStep, WithoutMomentumGoesAgainstTheDelta) {
  const Compared found = compare({.kind = "sgd", .learning_rate = 0.65}, 5, "start - 0.65 * np.sum(deltas, 0)");
  expect_near(found.ours, found.expected, 1e-6);
}

// With c = 0, N pushes are one Nesterov step on their mean.
TEST(OuterStep, DelayedNesterovSumsUpToOneStepOnTheMean) {
  const OuterConfig delayed{.kind = "delayed_nesterov", .learning_rate = 0.4, .momentum = 0.8, .delay = 3, .share = 0};
  const OuterConfig once{.kind = "nesterov", .learning_rate = 0.4, .momentum = 0.8};
  OuterState a = begin_outer(delayed, numbers(0));
  OuterState b = begin_outer(once, numbers(0));
  for (std::uint64_t round = 0; round < 5; ++round) {
    std::vector<float> mean(kValues);
    for (std::uint64_t i = 0; i < 3; ++i) {
      const std::vector<float> delta = numbers(10 * round + i + 1);
      outer_step(delayed, static_cast<std::int64_t>(3 * round + i), delta, a.view());
      for (std::size_t k = 0; k < kValues; ++k) mean[k] += delta[k] / 3;
    }
    outer_step(once, static_cast<std::int64_t>(round), mean, b.view());
  }
  expect_near(a.parameters, b.parameters, 2e-6);
}

// K = 1, H = 1, rate 1, no momentum: the outer step takes over what the island has.
TEST(OuterStep, OfRateOneWithoutMomentumIsTheIsland) {
  const std::vector<float> global = numbers(0);
  const std::vector<float> local = numbers(1);
  std::vector<float> delta(kValues);
  for (std::size_t i = 0; i < kValues; ++i) delta[i] = global[i] - local[i];
  const OuterConfig config{.kind = "nesterov", .learning_rate = 1, .momentum = 0};
  OuterState state = begin_outer(config, global);
  outer_step(config, 0, delta, state.view());
  expect_near(state.parameters, local, 1e-7);
}

TEST(OuterStep, MayBeMadePieceByPiece) {
  const OuterConfig config{.kind = "delayed_nesterov", .learning_rate = 0.7, .momentum = 0.9, .delay = 2, .share = 0.1};
  OuterState whole = begin_outer(config, numbers(0));
  OuterState pieces = begin_outer(config, numbers(0));
  for (std::uint64_t step = 0; step < 5; ++step) {
    const std::vector<float> delta = numbers(step + 1);
    outer_step(config, static_cast<std::int64_t>(step), delta, whole.view());
    for (std::size_t begin = 0; begin < kValues; begin += 100)
      outer_step(config, static_cast<std::int64_t>(step), std::span(delta).subspan(begin, 100),
                 pieces.view(begin, 100));
  }
  EXPECT_EQ(whole.parameters, pieces.parameters);
  EXPECT_EQ(whole.momentum, pieces.momentum);
}

TEST(OuterStep, KeepsNoMoreThanItNeeds) {
  const std::vector<float> start = numbers(0);
  EXPECT_THAT(begin_outer({.kind = "sgd"}, start).momentum, testing::IsEmpty());
  EXPECT_THAT(begin_outer({.kind = "nesterov"}, start).buffer, testing::IsEmpty());
  EXPECT_EQ(begin_outer({.kind = "delayed_nesterov"}, start).buffer.size(), kValues);
}

TEST(OuterConfig, RefusesAShareThatTurnsTheMomentumAround) {
  EXPECT_EQ(problem_of({.kind = "delayed_nesterov", .delay = 4, .share = 0.25}), "");
  EXPECT_THAT(problem_of({.kind = "delayed_nesterov", .delay = 4, .share = 0.3}),
              testing::HasSubstr("at most 1 / delay"));
}

}  // namespace
}  // namespace atl::distributed
