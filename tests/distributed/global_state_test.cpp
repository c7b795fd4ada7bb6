// Followers of the same commits hold the same bits; means are small and lose nothing in the long run.
#include "distributed/global_state.h"

#include "tests/distributed/small_run.h"
#include "tests/error_of.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace atl::distributed {
namespace {

using testing::HasSubstr;

TEST(GlobalState, IsTheSameForEveryoneThatFollows) {
  for (const char* codec : {"fp32", "int8", "fp4", "topk"}) {
    tests::SmallRun run;
    run.config.codec.kind = codec;
    GlobalState a = run.begin();
    GlobalState b = run.begin();
    for (int i = 0; i < 10; ++i) {
      const StoredCommit stored = run.next(a, static_cast<std::size_t>(i % 3 == 0));
      a.apply(stored.commit, stored.deltas());
      b.apply(stored.commit, stored.deltas());
    }
    for (std::size_t f = 0; f < 2; ++f) EXPECT_EQ(a.hash(f), b.hash(f)) << codec;
    EXPECT_NE(a.hash(0), run.begin().hash(0));
  }
}

TEST(GlobalState, StepsAgainstTheWeightedSum) {
  tests::SmallRun run;
  run.config.codec.kind = "fp32";
  run.config.outer = {.kind = "sgd", .learning_rate = 0.5};
  GlobalState state = run.begin();
  StoredCommit stored{
      .commit = {.fragment = 1,
                 .version = 1,
                 .entries = {{.island = "x", .push = 1, .weight = 0.25}, {.island = "y", .push = 1, .weight = 0.75}}}};
  const std::vector<float> x = tests::random_floats(200, 5);
  const std::vector<float> y = tests::random_floats(200, 6);
  stored.parts = {tests::encoded(run.config.codec, x), tests::encoded(run.config.codec, y)};
  state.apply(stored.commit, stored.deltas());
  std::vector<float> all(500);
  state.scatter_all(all);
  for (std::size_t i = 0; i < 300; ++i) EXPECT_EQ(all[i], run.parameters[i]) << "the other fragment";
  for (std::size_t i = 0; i < 200; ++i)
    EXPECT_NEAR(all[300 + i], run.parameters[300 + i] - 0.5 * (0.25 * x[i] + 0.75 * y[i]), 1e-7);
}

// Pieces are cut at blocks: a fragment of several pieces is summed as one is.
TEST(GlobalState, OfManyPiecesIsThatOfOne) {
  constexpr std::size_t kValues = 200'000;
  for (const char* kind : {"int8", "topk"}) {
    SyncConfig config;
    config.codec.kind = kind;
    config.codec.block = 96;  // divides no power of two
    config.codec.chunk = 1000;
    const std::vector<float> zero(kValues);
    GlobalState state(config, {{.name = "all", .ranges = {{0, kValues}}, .islands = {}}}, zero);
    const std::vector<float> delta = tests::random_floats(kValues, 3);
    const Bytes bytes = tests::encoded(config.codec, delta);
    const Commit commit{.fragment = 0, .version = 1, .entries = {{.island = "x", .push = 1, .weight = 1.0}}};
    state.apply(commit, {.parts = {bytes}});
    std::vector<float> expected(kValues);
    decode_add(config.codec, bytes, 1.0F, expected);
    OuterState outer = begin_outer(config.outer, zero);
    outer_step(config.outer, 0, expected, outer.view());
    EXPECT_TRUE(std::ranges::equal(outer.parameters, state.values(0))) << kind;
  }
}

TEST(GlobalState, RefusesToJumpAVersion) {
  const tests::SmallRun run;
  GlobalState state = run.begin();
  StoredCommit stored = run.next(state, 0);
  stored.commit.version = 2;
  EXPECT_THAT(tests::error_of([&] { state.apply(stored.commit, stored.deltas()); }), HasSubstr("version 2"));
}

TEST(CheckDelta, GivesTheNormAndRefusesRubbish) {
  DeltaCodecConfig codec;
  codec.kind = "fp32";
  const std::vector<float> values{3, 4};
  Bytes bytes = tests::encoded(codec, values);
  EXPECT_DOUBLE_EQ(check_delta(codec, bytes, 2), 5.0);
  EXPECT_THAT(tests::error_of([&] { static_cast<void>(check_delta(codec, bytes, 3)); }), HasSubstr("expected 12"));
  bytes[3] = 0x7f;
  bytes[2] = 0xc0;
  EXPECT_THAT(tests::error_of([&] { static_cast<void>(check_delta(codec, bytes, 2)); }),
              HasSubstr("made by no encoder"));
}

// What the mean's code loses comes with later ones: after many rounds, what was sent is what was meant.
TEST(MeanEncoder, LosesNothingInTheLongRun) {
  for (const char* kind : {"int8", "fp4", "topk"}) {
    tests::SmallRun run;
    run.config.codec.kind = kind;
    run.config.outer.kind = "sgd";
    run.config.reply = "mean";
    GlobalState state = run.begin();
    MeanEncoder encoder(run.config, 300);
    std::vector<double> meant(300);
    std::vector<double> sent(300);
    for (int round = 0; round < 40; ++round) {
      const StoredCommit stored = run.next(state, 0);
      std::vector<float> sum(300);
      sum_deltas(run.config, stored.commit, stored.deltas(), 0, sum);
      const Bytes mean = encoder.encode(stored.commit, stored.deltas());
      EXPECT_EQ(mean.size(), stored.parts[0].size()) << "as small as one delta";
      std::vector<float> decoded(300);
      decode_add(run.config.codec, mean, 1.0F, decoded);
      for (std::size_t i = 0; i < 300; ++i) {
        meant[i] += sum[i];
        sent[i] += decoded[i];
      }
      state.apply(stored.commit, {.form = DeltaForm::kMean, .parts = {mean}});
    }
    for (std::size_t i = 0; i < 300; ++i) ASSERT_NEAR(meant[i] - sent[i], encoder.residual()[i], 1e-6) << kind;
  }
}

}  // namespace
}  // namespace atl::distributed
