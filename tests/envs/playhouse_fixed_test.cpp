#include "envs/playhouse/fixed.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace atl::envs::playhouse {
namespace {

double radians(int counts) { return counts * 2.0 * std::numbers::pi / kTurn; }

TEST(PlayhouseFixed, SinesAreRightToTheLastBitOrSo) {
  for (int counts = -kTurn; counts <= 2 * kTurn; ++counts) {
    EXPECT_NEAR(sine(counts), 65536.0 * std::sin(radians(counts)), 0.51) << counts;
    EXPECT_NEAR(cosine(counts), 65536.0 * std::cos(radians(counts)), 0.51) << counts;
  }
}

TEST(PlayhouseFixed, HeadingsPointWhereTheVectorPoints) {
  for (int counts = 0; counts < kTurn; ++counts) {
    const Vec2 v = from_view({0, 3 * kMetre}, counts);
    EXPECT_LE(std::abs(wrap_signed(heading_of(v) - counts)), 1) << counts;
  }
  EXPECT_EQ(heading_of({0, 5}), 0);
  EXPECT_EQ(heading_of({5, 0}), 1024);
  EXPECT_EQ(heading_of({0, -5}), 2048);
  EXPECT_EQ(heading_of({0, 0}), 0);
}

TEST(PlayhouseFixed, ViewsAndTheirInversesAgree) {
  const Vec2 v{123456, -234567};
  for (int counts = 0; counts < kTurn; counts += 7) {
    const Vec2 back = from_view(to_view(v, counts), counts);
    EXPECT_NEAR(back.x, v.x, 6);
    EXPECT_NEAR(back.y, v.y, 6);
  }
}

TEST(PlayhouseFixed, SquareRootsRoundDown) {
  for (const std::int64_t root : std::initializer_list<std::int64_t>{0, 1, 2, 3, 1000, 65536, 741455, 3037000498}) {
    EXPECT_EQ(square_root(root * root), root);
    EXPECT_EQ(square_root(root * root + root), root);
    EXPECT_EQ(square_root(root * root - 1), std::max(root - 1, std::int64_t{0}));
  }
}

}  // namespace
}  // namespace atl::envs::playhouse
