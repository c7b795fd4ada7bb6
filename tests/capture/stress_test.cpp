#include "tests/capture/stress.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace atl::tests {
namespace {

void expect_clean(const StressResult& result, std::uint64_t num_pictures) {
  EXPECT_EQ(result.num_pictures, num_pictures);
  EXPECT_EQ(result.num_bad(), 0U) << fmt::format("{}", fmt::join(result.problems, "\n"));
  EXPECT_LT(result.num_late, result.num_pictures / 10) << "the machine is too busy to tell";
  EXPECT_GT(result.num_resizes, 0U);
  EXPECT_GT(result.num_unmaps, 0U);
  EXPECT_GT(result.num_covers, 0U);
}

TEST(CaptureStress, NoPictureIsWrongStaleOrTornWhileTheWindowIsMovedResizedCoveredAndUnmapped) {
  expect_clean(stress({.num_pictures = 800, .time_limit = std::chrono::seconds(60)}), 800);
}

TEST(CaptureStress, NorOfAProgramThatDrawsInPieces) {
  expect_clean(stress({.num_pictures = 80, .in_two = true, .time_limit = std::chrono::seconds(60)}), 80);
}

}  // namespace
}  // namespace atl::tests
