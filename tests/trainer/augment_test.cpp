#include "trainer/augment.h"

#include "core/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace atl::trainer {
namespace {

using ::testing::HasSubstr;

constexpr int kWidth = 4;
constexpr int kHeight = 2;

// Two policy steps; pixel (x, y) of step t has the blue value 100 t + 10 y + x and the alpha of its x.
Example example_of(ExampleShape& shape) {
  shape.frame = {kWidth, kHeight};
  shape.window = 2;
  shape.chunk_actions = 1;
  shape.past_actions = 1;
  shape.patch_rows = 1;
  shape.patch_columns = 2;
  Example e;
  e.num_steps = 2;
  for (int t = 0; t < 2; ++t) {
    for (int y = 0; y < kHeight; ++y) {
      for (int x = 0; x < kWidth; ++x)
        e.frames.insert(e.frames.end(),
                        {static_cast<std::uint8_t>(100 * t + 10 * y + x), 0, 7, static_cast<std::uint8_t>(x)});
    }
  }
  e.instructions = {"the right one"};
  e.chunks.resize(2);
  e.chunks[0].controls.set(0);  // a
  e.chunks[0].mouse_x = 1;
  e.chunks[0].mouse_y = 3;
  e.past = {e.chunks[0], {}};
  e.patches = {1, 0, 0, 1};
  e.turn_deg = 20.0F;
  return e;
}

PolicyContract contract_of(std::vector<std::string> controls) {
  PolicyContract contract;
  contract.controls = std::move(controls);
  contract.mouse_bins = 5;
  return contract;
}

int blue(const Example& e, int t, int x, int y) {
  return e.frames[static_cast<std::size_t>(((t * kHeight + y) * kWidth + x) * 4)];
}

TEST(Augmenter, AMirrorSwapsTheWordsLeftAndRight) {
  EXPECT_EQ(mirrored("turn right"), "turn left");
  EXPECT_EQ(mirrored("Left, then RIGHT; a bright lefty"), "Right, then LEFT; a bright lefty");
  EXPECT_EQ(mirrored(""), "");
}

TEST(Augmenter, AMirrorTurnsPicturesActionsAndWords) {
  DataConfig config;
  config.mirror = 1.0;
  const Augmenter augmenter(config, contract_of({"a", "w", "d"}));
  ExampleShape shape;
  const Example before = example_of(shape);
  Example e = before;
  Random random(1);
  augmenter.apply(e, shape, random);
  for (int t = 0; t < 2; ++t) {
    for (int y = 0; y < kHeight; ++y) {
      for (int x = 0; x < kWidth; ++x) EXPECT_EQ(blue(e, t, x, y), 100 * t + 10 * y + 3 - x);
    }
  }
  EXPECT_FALSE(e.chunks[0].controls.test(0));
  EXPECT_TRUE(e.chunks[0].controls.test(2));
  EXPECT_EQ(e.chunks[0].mouse_x, 3);
  EXPECT_EQ(e.chunks[0].mouse_y, 3);
  EXPECT_EQ(e.past[0], e.chunks[0]);
  EXPECT_THAT(e.patches, ::testing::ElementsAre(0, 1, 1, 0));
  EXPECT_EQ(e.turn_deg, -20.0F);
  EXPECT_THAT(e.instructions, ::testing::ElementsAre("the left one"));
  augmenter.apply(e, shape, random);
  EXPECT_EQ(e.frames, before.frames) << "twice is as it was";
  EXPECT_EQ(e.chunks, before.chunks);
  EXPECT_EQ(e.instructions, before.instructions);
}

TEST(Augmenter, AShiftMovesAllPicturesAlikeAndRepeatsEdges) {
  DataConfig config;
  config.shift_px = 1;
  const Augmenter augmenter(config, contract_of({"w"}));
  ExampleShape shape;
  const Example before = example_of(shape);
  std::array<bool, 9> seen{};
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Example e = before;
    Random random(seed);
    augmenter.apply(e, shape, random);
    bool found = false;
    for (int dy = -1; dy <= 1; ++dy) {
      for (int dx = -1; dx <= 1; ++dx) {
        bool equal = true;
        for (int t = 0; t < 2; ++t) {
          for (int y = 0; y < kHeight; ++y) {
            for (int x = 0; x < kWidth; ++x)
              equal &= blue(e, t, x, y) == blue(before, t, std::clamp(x - dx, 0, 3), std::clamp(y - dy, 0, 1));
          }
        }
        if (equal) seen[static_cast<std::size_t>((dy + 1) * 3 + dx + 1)] = found = true;
      }
    }
    EXPECT_TRUE(found) << seed;
    EXPECT_EQ(e.chunks, before.chunks);
  }
  EXPECT_THAT(seen, ::testing::Each(true));
}

// The pixel that is pointed at stays the one that is pointed at.
TEST(Augmenter, MirrorsAndShiftsTakeThePointerAlong) {
  PolicyContract contract = contract_of({"mouse_left"});
  contract.frame_width_px = 32;
  contract.frame_height_px = 24;
  contract.pointer = "patches";
  contract.pointer_cells = 8;  // each pixel is a place
  const agent::PointerGrid grid(contract);
  ExampleShape shape;
  shape.frame = contract.frame_size();
  shape.chunk_actions = shape.past_actions = 1;
  Random random(4);
  DataConfig config;
  config.mirror = 0.5;
  config.shift_px = 3;
  const Augmenter augmenter(config, contract);
  for (int i = 0; i < 200; ++i) {
    const PointerPosition at{random.between(4, 27), random.between(4, 19)};
    Example e;
    e.num_steps = 1;
    e.frames.assign(shape.frame_bytes(), 0);
    e.frames[static_cast<std::size_t>((at.y_px * 32 + at.x_px) * 4)] = 255;
    e.instructions = {"there"};
    e.chunks.resize(2);
    e.chunks[0].pointer = grid.class_of(at);
    e.past = {e.chunks[0]};
    augmenter.apply(e, shape, random);
    const auto bright = std::find(e.frames.begin(), e.frames.end(), 255) - e.frames.begin();
    const PointerPosition moved{static_cast<int>(bright / 4 % 32), static_cast<int>(bright / 4 / 32)};
    EXPECT_EQ(grid.position_of(e.chunks[0].pointer), moved);
    EXPECT_EQ(grid.position_of(e.past[0].pointer), moved);
    EXPECT_EQ(e.chunks[1].pointer, agent::PointerGrid::kStays);
  }
}

TEST(Augmenter, BrightnessScalesEveryValueUpToWhite) {
  DataConfig config;
  config.brightness = 0.5;
  const Augmenter augmenter(config, contract_of({"w"}));
  ExampleShape shape;
  bool brighter = false;
  bool darker = false;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Example e = example_of(shape);
    e.frames[0] = 100;
    e.frames[4] = 250;
    Random random(seed);
    augmenter.apply(e, shape, random);
    EXPECT_NEAR(e.frames[0], 100, 51);
    EXPECT_NEAR(e.frames[4], std::min(255.0, 2.5 * e.frames[0]), 2);
    brighter |= e.frames[0] > 110;
    darker |= e.frames[0] < 90;
  }
  EXPECT_TRUE(brighter && darker);
}

// Where a colour lies around the axis of greys [deg], and how far from it.
std::pair<double, double> chroma(std::span<const std::uint8_t> bgr) {
  const double x = bgr[2] - (bgr[1] + bgr[0]) / 2.0;
  const double y = (bgr[1] - bgr[0]) * std::sqrt(3.0) / 2.0;
  return {std::atan2(y, x) * 180.0 / std::numbers::pi, std::hypot(x, y)};
}

TEST(Augmenter, TurnsAndSpreadsColoursAsFarAsAskedAndLeavesGreysAndLight) {
  DataConfig config;
  config.hue_deg = 20.0;
  config.saturation = 0.5;
  const Augmenter augmenter(config, contract_of({"w"}));
  ExampleShape shape;
  std::array<double, 2> hue{360, -360};
  std::array<double, 2> distance{1000, 0};
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Example e = example_of(shape);
    const std::array<std::uint8_t, 8> two{100, 100, 140, 9, 77, 77, 77, 9};
    std::copy(two.begin(), two.end(), e.frames.begin());
    Random random(seed);
    augmenter.apply(e, shape, random);
    const auto [turned, spread] = chroma(e.frames);
    hue = {std::min(hue[0], turned), std::max(hue[1], turned)};
    distance = {std::min(distance[0], spread), std::max(distance[1], spread)};
    EXPECT_NEAR(e.frames[0] + e.frames[1] + e.frames[2], 340, 2);
    EXPECT_EQ(e.frames[3], 9) << "not a colour";
    for (std::size_t i = 4; i < 7; ++i) EXPECT_EQ(e.frames[i], 77);
  }
  EXPECT_THAT(hue, ::testing::ElementsAre(::testing::DoubleNear(-19, 2.5), ::testing::DoubleNear(19, 2.5)));
  EXPECT_THAT(distance, ::testing::ElementsAre(::testing::DoubleNear(20, 2), ::testing::DoubleNear(60, 2)));
}

TEST(Augmenter, RefusesAMirrorForHalfAPairOfControls) {
  DataConfig config;
  config.mirror = 0.5;
  try {
    const Augmenter augmenter(config, contract_of({"w", "a"}));
    FAIL() << "mirrored a without d";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("of a and d the contract has only a"));
  }
  EXPECT_NO_THROW(Augmenter(config, contract_of({"w"})));
}

}  // namespace
}  // namespace atl::trainer
