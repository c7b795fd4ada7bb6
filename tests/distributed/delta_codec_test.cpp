// Codecs against the referee, against their own bounds on many kinds of values, and against bytes that no encoder made.
#include "distributed/delta_codec.h"

#include "core/random.h"
#include "tests/distributed/referee.h"
#include "tests/error_of.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

namespace atl::distributed {
namespace {

using testing::HasSubstr;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

DeltaCodecConfig config_of(const std::string& kind) {
  DeltaCodecConfig config;
  config.kind = kind;
  return config;
}

// About normal, times 10^-3, some of them far larger or nothing.
std::vector<float> deltas(std::size_t n, std::uint64_t seed) {
  Random random(seed);
  std::vector<float> values(n);
  for (float& value : values) {
    double sum = 0;
    for (int i = 0; i < 4; ++i) sum += random.uniform() - 0.5;
    const double scale = random.chance(1, 50) ? 1e-1 : 1e-3;
    value = random.chance(1, 20) ? 0.0F : static_cast<float>(sum * scale);
  }
  return values;
}

std::vector<std::uint8_t> encoded(const DeltaCodecConfig& config, std::span<const float> values) {
  std::vector<std::uint8_t> bytes(encoded_bytes(config, values.size()));
  EXPECT_TRUE(encode(config, values, bytes));
  return bytes;
}

std::vector<float> decoded(const DeltaCodecConfig& config, std::span<const std::uint8_t> bytes, std::size_t n) {
  std::vector<float> values(n);
  decode_add(config, bytes, 1.0F, values);
  return values;
}

std::vector<float> through(const DeltaCodecConfig& config, std::span<const float> values) {
  return decoded(config, encoded(config, values), values.size());
}

class EveryCodec : public testing::TestWithParam<const char*> {};

TEST_P(EveryCodec, GivesWhatTheRefereeGives) {
  const DeltaCodecConfig config = config_of(GetParam());
  const std::vector<float> values = deltas(10'000, 1);
  const TemporaryFolder folder;
  tests::write_floats(folder.path() / "values", values);
  tests::ask_referee(folder.path(), fmt::format("write('expected', {}(read('values')))", GetParam()));
  const std::vector<float> expected = tests::read_floats(folder.path() / "expected");
  const std::vector<float> found = through(config, values);
  ASSERT_EQ(expected.size(), found.size());
  for (std::size_t i = 0; i < found.size(); ++i)
    ASSERT_NEAR(found[i], expected[i], 2e-7 * std::fabs(expected[i])) << "value " << i << " is " << values[i];
}

TEST_P(EveryCodec, SendsLossesAlongAsTheRefereeDoes) {
  const DeltaCodecConfig config = config_of(GetParam());
  constexpr std::size_t kValues = 5000;
  ErrorFeedback feedback(kValues, 0.95F);
  const TemporaryFolder folder;
  std::vector<float> all;
  std::vector<float> sent;
  for (std::uint64_t i = 0; i < 4; ++i) {
    const std::vector<float> delta = deltas(kValues, 10 + i);
    all.insert(all.end(), delta.begin(), delta.end());
    std::vector<std::uint8_t> bytes(encoded_bytes(config, kValues));
    ASSERT_TRUE(feedback.encode(config, delta, bytes));
    const std::vector<float> said = decoded(config, bytes, kValues);
    sent.insert(sent.end(), said.begin(), said.end());
  }
  tests::write_floats(folder.path() / "deltas", all);
  tests::ask_referee(folder.path(),
                     fmt::format("sent, e = error_feedback(list(read('deltas').reshape(4, -1)), {}, 0.95)\n"
                                 "write('sent', np.concatenate(sent)); write('rest', e)",
                                 GetParam()));
  const std::vector<float> expected = tests::read_floats(folder.path() / "sent");
  ASSERT_EQ(expected.size(), sent.size());
  for (std::size_t i = 0; i < sent.size(); ++i) ASSERT_NEAR(sent[i], expected[i], 1e-6) << i;
  const std::vector<float> rest = tests::read_floats(folder.path() / "rest");
  for (std::size_t i = 0; i < rest.size(); ++i) ASSERT_NEAR(feedback.residual()[i], rest[i], 1e-6) << i;
}

TEST_P(EveryCodec, KnowsNothingAcrossBlocks) {
  const DeltaCodecConfig config = config_of(GetParam());
  const std::size_t block = block_values(config);
  const std::vector<float> values = deltas(3 * std::max<std::size_t>(block, 100) + 7, 2);
  const std::vector<std::uint8_t> whole = encoded(config, values);
  const std::size_t cut = std::max<std::size_t>(block, 100) / block * block;
  std::vector<std::uint8_t> parts = encoded(config, std::span(values).first(cut));
  const std::vector<std::uint8_t> rest = encoded(config, std::span(values).subspan(cut));
  parts.insert(parts.end(), rest.begin(), rest.end());
  EXPECT_EQ(parts, whole);
}

TEST_P(EveryCodec, TakesAnyLengthAndAnySize) {
  const DeltaCodecConfig config = config_of(GetParam());
  for (const std::size_t n : {0U, 1U, 2U, 3U, 63U, 64U, 65U, 255U, 256U, 257U, 4095U, 4096U, 4097U}) {
    for (const float scale : {0.0F, 1e-44F, 1e-38F, 1e-20F, 1.0F, 1e20F, 1e37F}) {
      std::vector<float> values = deltas(n, n + 1);
      for (float& value : values) value *= scale;
      const std::vector<float> found = through(config, values);
      for (std::size_t i = 0; i < n; ++i) {
        ASSERT_TRUE(std::isfinite(found[i])) << n << " values of " << scale;
        ASSERT_LE(std::fabs(found[i] - values[i]), scale) << n << " values of " << scale;  // never far off
        ASSERT_TRUE(found[i] == 0 || std::signbit(found[i]) == std::signbit(values[i]));
      }
    }
  }
}

TEST_P(EveryCodec, AddsItsValuesByWeight) {
  const DeltaCodecConfig config = config_of(GetParam());
  const std::vector<float> values = deltas(1000, 3);
  const std::vector<std::uint8_t> bytes = encoded(config, values);
  const std::vector<float> once = decoded(config, bytes, values.size());
  std::vector<float> sum(values.size(), 2.0F);
  decode_add(config, bytes, 0.25F, sum);
  for (std::size_t i = 0; i < sum.size(); ++i) ASSERT_FLOAT_EQ(sum[i], 2.0F + 0.25F * once[i]);
}

TEST_P(EveryCodec, RefusesWhatIsNoNumber) {
  const DeltaCodecConfig config = config_of(GetParam());
  for (const float bad : {kInfinity, -kInfinity, std::numeric_limits<float>::quiet_NaN()}) {
    for (const std::size_t place : {0U, 300U, 998U}) {
      std::vector<float> values = deltas(999, 4);
      values[place] = bad;
      std::vector<std::uint8_t> bytes(encoded_bytes(config, values.size()));
      EXPECT_FALSE(encode(config, values, bytes)) << bad << " at " << place;
      ErrorFeedback feedback(values.size(), 1.0F);
      EXPECT_FALSE(feedback.encode(config, values, bytes));
      EXPECT_THAT(feedback.residual(), testing::Each(0.0F));
    }
  }
}

TEST_P(EveryCodec, RefusesAnotherLength) {
  const DeltaCodecConfig config = config_of(GetParam());
  std::vector<std::uint8_t> bytes = encoded(config, deltas(500, 5));
  std::vector<float> sum(500);
  bytes.pop_back();
  EXPECT_THAT(tests::error_of([&] { decode_add(config, bytes, 1, sum); }), HasSubstr("expected"));
  bytes.resize(bytes.size() + 2);
  EXPECT_THAT(tests::error_of([&] { decode_add(config, bytes, 1, sum); }), HasSubstr("expected"));
}

// Whatever the bytes are, they are refused, or what they add is finite.
TEST_P(EveryCodec, SurvivesRandomBytes) {
  const DeltaCodecConfig config = config_of(GetParam());
  Random random(6);
  int num_refused = 0;
  for (int round = 0; round < 3000; ++round) {
    const std::size_t n = 1 + random.below(600);
    std::vector<std::uint8_t> bytes(encoded_bytes(config, n));
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
    std::vector<float> sum(n);
    try {
      decode_add(config, bytes, 1e-3F, sum);
      for (const float value : sum) ASSERT_TRUE(std::isfinite(value));
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kFormat);
      ++num_refused;
    }
  }
  EXPECT_GT(num_refused, 0);
}

INSTANTIATE_TEST_SUITE_P(Codecs, EveryCodec, testing::Values("fp32", "bf16", "int8", "fp4", "topk"),
                         [](const auto& kind) { return std::string(kind.param); });

// The error that each header line promises.
TEST(DeltaCodec, LosesNoMoreThanItSays) {
  const std::vector<float> values = deltas(1 << 14, 7);
  const auto blockwise = [&](const std::string& kind, const auto& bound) {
    const std::vector<float> found = through(config_of(kind), values);
    for (std::size_t begin = 0; begin < values.size(); begin += 256) {
      float largest = 0;
      for (std::size_t i = begin; i < begin + 256; ++i) largest = std::max(largest, std::fabs(values[i]));
      for (std::size_t i = begin; i < begin + 256; ++i)
        ASSERT_LE(std::fabs(found[i] - values[i]), bound(std::fabs(values[i]), largest) * 1.0001)
            << kind << ": " << values[i];
    }
  };
  blockwise("fp32", [](float, float) { return 0.0; });
  blockwise("bf16", [](float value, float) { return value * 0x1p-8; });
  blockwise("int8", [](float, float largest) { return largest / 127.0 / 2; });
  blockwise("fp4", [](float value, float largest) { return std::max(value / 3.0, largest * 0x1p-7); });
}

TEST(DeltaCodec, IsAsLongAsItSays) {
  constexpr std::size_t kMillion = 1'000'000;
  EXPECT_EQ(encoded_bytes(config_of("fp32"), kMillion), 4 * kMillion);
  EXPECT_EQ(encoded_bytes(config_of("bf16"), kMillion), 2 * kMillion);
  EXPECT_EQ(encoded_bytes(config_of("int8"), kMillion), kMillion + 4 * 3907);
  EXPECT_EQ(encoded_bytes(config_of("fp4"), kMillion), kMillion / 2 + 4 * 3907);
  EXPECT_EQ(encoded_bytes(config_of("topk"), kMillion), 245 * (8 + 96 + 16));
}

TEST(DeltaCodec, TellsWhichBlockIsWrong) {
  const DeltaCodecConfig config = config_of("int8");
  std::vector<std::uint8_t> bytes = encoded(config, deltas(600, 8));
  bytes[260 + 2] = 0x80;  // the second scale becomes an infinity
  bytes[260 + 3] = 0x7f;
  std::vector<float> sum(600);
  EXPECT_THAT(tests::error_of([&] { decode_add(config, bytes, 1, sum); }), HasSubstr("values from 256 on"));
}

TEST(DeltaCodec, RefusesConfigsThatCannotBe) {
  DeltaCodecConfig config;
  EXPECT_EQ(problem_of(config), "");
  config.block = 15;
  EXPECT_THAT(problem_of(config), HasSubstr("even"));
  config = config_of("topk");
  config.chunk = 32;
  EXPECT_THAT(problem_of(config), HasSubstr("keep is 64"));
}

}  // namespace
}  // namespace atl::distributed
