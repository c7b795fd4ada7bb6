// Lines of sight past edges, to the last 65536th of a metre.
#include "envs/playhouse/clear_line.h"
#include "tests/envs/small_house.h"

#include <gtest/gtest.h>

namespace atl::envs::playhouse {
namespace {

constexpr std::int32_t kLow = from_cm(100);
constexpr std::int32_t kHigh = from_cm(150);
constexpr Rect kFloor{{kLow, kLow}, {kHigh, kHigh}};

TEST(ClearLine, TouchesABoxWithoutMeetingIt) {
  const auto meets = [](Vec3 from, Vec3 to) { return meets_box({from, to}, kFloor, 0, kMetre); };
  EXPECT_FALSE(meets({0, kLow, 100}, {3 * kMetre, kLow, 100}));
  EXPECT_TRUE(meets({0, kLow + 1, 100}, {3 * kMetre, kLow + 1, 100}));
  EXPECT_FALSE(meets({0, 2 * kLow - 1, 100}, {2 * kLow - 1, 0, 100})) << "one unit before the corner";
  EXPECT_FALSE(meets({0, 2 * kLow, 100}, {2 * kLow, 0, 100})) << "through the corner";
  EXPECT_TRUE(meets({0, 2 * kLow + 1, 100}, {2 * kLow + 1, 0, 100})) << "one unit behind it";
  EXPECT_FALSE(meets({0, kLow + 9, 0}, {2 * kLow, kLow + 9, 2 * kMetre})) << "up through the upper edge";
  EXPECT_TRUE(meets({0, kLow + 9, -1}, {2 * kLow, kLow + 9, 2 * kMetre - 1}));
}

TEST(ClearLine, EndsBeforeABoxWithoutMeetingIt) {
  EXPECT_FALSE(meets_box({{0, kLow + 9, 100}, {kLow, kLow + 9, 100}}, kFloor, 0, kMetre));
  EXPECT_TRUE(meets_box({{0, kLow + 9, 100}, {kLow + 1, kLow + 9, 100}}, kFloor, 0, kMetre));
}

TEST(ClearLine, TouchesACylinderWithoutMeetingIt) {
  constexpr std::int32_t kFifth = 2000;
  constexpr Vec3 kFoot{5 * kMetre, -3 * kMetre, from_cm(70)};
  constexpr Body kBody{5 * kFifth, from_cm(20)};
  // A tangent with a slope of 3 to 4, and lines one unit to either side of it.
  const auto meets = [&](std::int32_t outward, std::int32_t z, std::int32_t end_z) {
    const Vec3 at{kFoot.x + 3 * kFifth, kFoot.y + 4 * kFifth + outward, 0};
    return meets_cylinder({{at.x - 4 * 40000, at.y + 3 * 40000, z}, {at.x + 4 * 30000, at.y - 3 * 30000, end_z}}, kFoot,
                          kBody);
  };
  constexpr std::int32_t kMiddle = kFoot.z + kBody.height / 2;
  EXPECT_FALSE(meets(1, kMiddle, kMiddle));
  EXPECT_FALSE(meets(0, kMiddle, kMiddle));
  EXPECT_TRUE(meets(-1, kMiddle, kMiddle));
  EXPECT_FALSE(meets(-1, kFoot.z + kBody.height, kFoot.z + kBody.height)) << "over it";
  EXPECT_TRUE(meets(-1, kFoot.z + kBody.height - 1, kFoot.z + kBody.height - 1));
  EXPECT_FALSE(meets(-1, kFoot.z, kFoot.z)) << "under it";
  EXPECT_FALSE(meets(-kFifth, kFoot.z + kBody.height + from_cm(100), kFoot.z + kBody.height)) << "comes down behind it";
}

TEST(ClearLine, MeetsACylinderThatItStandsInOrRunsDownInto) {
  constexpr Vec3 kFoot{kMetre, kMetre, 0};
  constexpr Body kBody{from_cm(10), from_cm(20)};
  EXPECT_TRUE(meets_cylinder({{kMetre, kMetre, 100}, {3 * kMetre, kMetre, 100}}, kFoot, kBody));
  EXPECT_TRUE(meets_cylinder({{kMetre, kMetre, kMetre}, {kMetre, kMetre, from_cm(20) - 1}}, kFoot, kBody));
  EXPECT_FALSE(meets_cylinder({{kMetre, kMetre, kMetre}, {kMetre, kMetre, from_cm(20)}}, kFoot, kBody));
  EXPECT_FALSE(meets_cylinder({{3 * kMetre, kMetre, 100}, {5 * kMetre, kMetre, 100}}, kFoot, kBody))
      << "behind the eye";
}

TEST(ClearLine, LooksOverTheRimIntoAnOpenContainer) {
  constexpr std::int32_t kTop = from_cm(40);
  const std::int32_t y = (kLow + kHigh) / 2;
  const std::int32_t rim = kLow + kContainerWall;
  // Down past the inner edge of the rim, as far into the hollow again.
  const auto meets = [&](std::int32_t x) {
    return meets_open_container({{x - 9000, y, kTop + 9000}, {x + 9000, y, kTop - 9000}}, kFloor, 0, kTop);
  };
  EXPECT_FALSE(meets(rim));
  EXPECT_TRUE(meets(rim - 1));
}

TEST(ClearLine, MeetsTheWallsAndTheBottomOfAContainer) {
  constexpr std::int32_t kTop = from_cm(40);
  const std::int32_t x = (kLow + kHigh) / 2;
  const auto meets = [&](Vec3 from, Vec3 to) { return meets_open_container({from, to}, kFloor, 0, kTop); };
  EXPECT_FALSE(meets({x, x, kMetre}, {x, x, kContainerBottom}));
  EXPECT_TRUE(meets({x, x, kMetre}, {x, x, kContainerBottom - 1}));
  EXPECT_FALSE(meets({x, x, kMetre}, {kLow + kContainerWall, x, kTop - 1}));
  EXPECT_TRUE(meets({x, x, kTop}, {kLow + kContainerWall - 1, x, kTop - 1}));
  EXPECT_TRUE(meets({0, x, kTop - 1}, {x, x, kTop - 1}));
}

TEST(ClearLine, PassesADoorwayBetweenItsFrames) {
  const House house = create_small_house();
  const Cell& doorway = house.cells[static_cast<std::size_t>(house.num_rooms)];
  const Portal& portal = doorway.portals.front();
  ASSERT_FALSE(portal.side == Side::kNorth || portal.side == Side::kSouth) << "the rooms lie side by side";
  const auto stays = [&](std::int32_t y, std::int32_t z) {
    return stays_in_cells({{doorway.floor.low.x - kMetre, y, z}, {doorway.floor.high.x + kMetre, y, z}}, house);
  };
  EXPECT_TRUE(stays(portal.begin, kMetre));
  EXPECT_FALSE(stays(portal.begin - 1, kMetre));
  EXPECT_TRUE(stays(portal.end, kMetre));
  EXPECT_FALSE(stays(portal.end + 1, kMetre));
  EXPECT_TRUE(stays(portal.begin, portal.height));
  EXPECT_FALSE(stays(portal.begin, portal.height + 1));
}

}  // namespace
}  // namespace atl::envs::playhouse
