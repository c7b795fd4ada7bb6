#include "datasets/video/bgra_to_420.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace atl::video {
namespace {

struct Picture420 {
  explicit Picture420(FrameSize size)
      : luma(static_cast<std::size_t>(size.width_px * size.height_px)),
        blue(luma.size() / 4),
        red(luma.size() / 4),
        planes{luma.data(), blue.data(), red.data(), size.width_px, size.width_px / 2} {}
  std::vector<std::uint8_t> luma, blue, red;
  Planes420 planes;
};

// The standard's formulas, in doubles.
struct Exact {
  double luma, blue, red;
};
Exact exact_of(double b, double g, double r) {
  const double y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  return {16 + y * 219 / 255, 128 + (b - y) / 1.8556 * 224 / 255, 128 + (r - y) / 1.5748 * 224 / 255};
}

void expect_exact(FrameSize size, const std::vector<std::uint8_t>& pixels, int padding_px) {
  Picture420 made(size);
  const std::ptrdiff_t stride = (size.width_px + padding_px) * std::ptrdiff_t{4};
  convert_bgra_to_420({pixels.data(), size.width_px, size.height_px, stride}, made.planes);
  double worst = 0;
  for (int y = 0; y < size.height_px; y += 2) {
    for (int x = 0; x < size.width_px; x += 2) {
      double sum[3] = {};
      for (int i = 0; i < 4; ++i) {
        const int px = x + i % 2;
        const int py = y + i / 2;
        const std::uint8_t* p = pixels.data() + py * stride + 4 * px;
        for (int k = 0; k < 3; ++k) sum[k] += p[k] / 4.0;
        const double luma = made.luma[static_cast<std::size_t>(py * size.width_px + px)];
        worst = std::max(worst, std::abs(luma - exact_of(p[0], p[1], p[2]).luma));
      }
      const Exact mean = exact_of(sum[0], sum[1], sum[2]);
      const auto at = static_cast<std::size_t>(y / 2 * (size.width_px / 2) + x / 2);
      worst = std::max({worst, std::abs(made.blue[at] - mean.blue), std::abs(made.red[at] - mean.red)});
    }
  }
  EXPECT_LE(worst, 0.52) << size.width_px << "x" << size.height_px << ": not the nearest byte";
}

TEST(BgraTo420, IsTheNearestByteOfTheStandardsFormulasAtAnyWidthAndStride) {
  std::mt19937 random(1);
  for (const int width : {2, 6, 8, 10, 16, 30, 62, 320}) {
    const FrameSize size{width, 34};
    std::vector<std::uint8_t> pixels(static_cast<std::size_t>((width + 3) * size.height_px * 4));
    for (std::uint8_t& byte : pixels) byte = static_cast<std::uint8_t>(random());
    expect_exact(size, pixels, 3);
  }
}

TEST(BgraTo420, GreysHaveNoColourAndCornersOfTheCubeAreInRange) {
  for (int grey = 0; grey < 256; ++grey) {
    const std::vector<std::uint8_t> pixels(16 * 2 * 4, static_cast<std::uint8_t>(grey));
    Picture420 made({16, 2});
    convert_bgra_to_420({pixels.data(), 16, 2, 64}, made.planes);
    for (int i = 0; i < 8; ++i) {
      ASSERT_EQ(made.blue[static_cast<std::size_t>(i)], 128) << grey;
      ASSERT_EQ(made.red[static_cast<std::size_t>(i)], 128) << grey;
    }
  }
  for (int corner = 0; corner < 8; ++corner) {
    std::vector<std::uint8_t> pixels(16 * 2 * 4);
    for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = (corner >> (i % 4)) & 1 ? 255 : 0;
    expect_exact({16, 2}, pixels, 0);
  }
}

}  // namespace
}  // namespace atl::video
