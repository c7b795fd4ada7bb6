#include "agent/pointer_grid.h"

#include "agent/action_codec.h"
#include "core/error.h"
#include "tests/error_of.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace atl::agent {
namespace {

using testing::HasSubstr;
using tests::error_of;

// Pages of MiniWoB++: 160x210 px, whose last two rows lie in no patch.
PolicyContract pages(int cells = 2) {
  PolicyContract contract;
  contract.frame_width_px = 160;
  contract.frame_height_px = 210;
  contract.mouse_unit = "counts";
  contract.controls = {"mouse_left"};
  contract.wheel_max = 3;
  contract.pointer = "patches";
  contract.pointer_cells = cells;
  return contract;
}

TEST(PointerGrid, EveryCellComesBackAsItselfWhateverTheWindow) {
  for (const int cells : {1, 2, 4, 8}) {
    const PolicyContract contract = pages(cells);
    const int places = action_sizes(contract).pointer.num_classes();
    EXPECT_EQ(places, 1 + 20 * 26 * cells * cells);
    for (const FrameSize window :
         {FrameSize{160, 210}, FrameSize{161, 211}, FrameSize{320, 420}, FrameSize{1919, 631}}) {
      const ActionCodec codec(contract, 0.0, window);
      std::set<std::pair<int, int>> positions;
      for (int place = 1; place < places; ++place) {
        std::vector<ActionParts> steps(1);
        steps[0].mouse_x = steps[0].mouse_y = codec.mouse().middle();
        steps[0].pointer = place;
        const Action action = codec.decode(steps, {})[0];
        ASSERT_TRUE(action.pointer);
        EXPECT_GE(action.pointer->x_px, 0);
        EXPECT_LT(action.pointer->x_px, window.width_px);
        EXPECT_LT(action.pointer->y_px, window.height_px);
        positions.emplace(action.pointer->x_px, action.pointer->y_px);
        EXPECT_EQ(codec.encode(action), steps[0]) << place << " in " << window.width_px;
      }
      EXPECT_EQ(positions.size(), static_cast<std::size_t>(places - 1));
    }
  }
}

TEST(PointerGrid, NumbersCellsPatchByPatchFromTheTopLeft) {
  const PointerGrid grid(pages());
  EXPECT_EQ(grid.class_of(PointerPosition{0, 0}), 1);
  EXPECT_EQ(grid.class_of(PointerPosition{3, 3}), 1);
  EXPECT_EQ(grid.class_of(PointerPosition{4, 0}), 2);
  EXPECT_EQ(grid.class_of(PointerPosition{0, 4}), 3);
  EXPECT_EQ(grid.class_of(PointerPosition{8, 0}), 5);
  EXPECT_EQ(grid.class_of(PointerPosition{0, 8}), 1 + 20 * 4);
  EXPECT_EQ(*grid.position_of(1), (PointerPosition{2, 2}));
  EXPECT_EQ(*grid.position_of(6), (PointerPosition{14, 2}));
  EXPECT_FALSE(grid.position_of(PointerGrid::kStays));
  EXPECT_EQ(grid.class_of(std::nullopt), PointerGrid::kStays);
}

TEST(PointerGrid, WhatLiesOutsideIsAtTheEdge) {
  const PolicyContract contract = pages();
  const FrameSize window{640, 840};
  const ActionCodec codec(contract, 0.0, window);
  const PointerGrid grid(contract);
  const auto at = [&](int x, int y) {
    Action action;
    action.pointer = PointerPosition{x, y};
    return codec.encode(action).pointer;
  };
  EXPECT_EQ(at(0, 0), 1);
  EXPECT_EQ(at(-1, -900), 1);
  EXPECT_EQ(at(639, 0), grid.class_of(PointerPosition{159, 0}));
  EXPECT_EQ(at(640, 0), at(639, 0));
  EXPECT_EQ(at(639, 839), grid.num_classes() - 1) << "rows below the last patch are of it";
  EXPECT_EQ(at(100000, 100000), grid.num_classes() - 1);
  EXPECT_EQ(at(15, 15), 1);
  EXPECT_EQ(at(16, 15), 2);
}

// 84 px have a patch more than fits: the cells beyond the edge are the edge.
TEST(PointerGrid, CellsBeyondThePictureStandForItsEdge) {
  PolicyContract contract = pages();
  contract.frame_width_px = contract.frame_height_px = 84;
  const PointerGrid grid(contract);
  ASSERT_EQ(grid.num_classes(), 1 + 11 * 11 * 4);
  for (int place = 1; place < grid.num_classes(); ++place) {
    EXPECT_LT(grid.position_of(place)->x_px, 84);
    EXPECT_LT(grid.position_of(place)->y_px, 84);
  }
}

TEST(PointerGrid, AMirrorAndAMoveTakeThePlaceAlong) {
  const PointerGrid grid(pages());
  for (int place = 0; place < grid.num_classes(); ++place) EXPECT_EQ(grid.mirrored(grid.mirrored(place)), place);
  EXPECT_EQ(grid.mirrored(1), grid.class_of(PointerPosition{159, 0}));
  EXPECT_EQ(grid.moved(1, 4, 8), grid.class_of(PointerPosition{4, 8}));
  EXPECT_EQ(grid.moved(1, -4, -4), 1) << "it stays in the picture";
  EXPECT_EQ(grid.moved(PointerGrid::kStays, 4, 4), PointerGrid::kStays);
}

TEST(ActionCodec, CutsTheWheelAndKeepsIt) {
  const ActionCodec codec(pages(), 0.0, {160, 210});
  for (int detents = -5; detents <= 5; ++detents) {
    Action action;
    action.wheel = detents;
    const ActionParts parts = codec.encode(action);
    EXPECT_EQ(parts.wheel, std::clamp(detents, -3, 3));
    EXPECT_EQ(codec.decode({{parts}}, {})[0].wheel, parts.wheel);
    EXPECT_FALSE(codec.decode({{parts}}, {})[0].pointer) << "it stays where it is";
  }
}

TEST(ActionCodec, WithoutWheelAndPointerSeesNeither) {
  PolicyContract contract = pages();
  contract.wheel_max = 0;
  contract.pointer = "none";
  const ActionCodec codec(contract, 0.0);
  Action action;
  action.wheel = 2;
  action.pointer = PointerPosition{5, 5};
  EXPECT_EQ(codec.encode(action), codec.encode({}));
}

TEST(ActionCodec, APointerNeedsAKnownWindowThatIsLargeEnough) {
  EXPECT_THAT(error_of([] { ActionCodec(pages(), 0.0); }), HasSubstr("its positions are in is not known"));
  EXPECT_THAT(error_of([] {
                ActionCodec(pages(), 0.0, {159, 210});
              }),
              HasSubstr("is 159x210 px, expected at least the 160x210 px"));
  EXPECT_THAT(error_of([] {
                ActionCodec(pages(3), 0.0, {160, 210});
              }),
              HasSubstr("pointer_cells = 3, expected 1, 2, 4 or 8"));
}

}  // namespace
}  // namespace atl::agent
