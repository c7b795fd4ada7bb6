#include "core/resize.h"

#include "core/error.h"
#include "core/random.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace atl {
namespace {

Frame random_frame(FrameSize size, Random& random) {
  Frame frame = make_frame(size);
  for (std::uint8_t& byte : frame.pixels) byte = static_cast<std::uint8_t>(random());
  return frame;
}

std::vector<std::uint8_t> resized(const Frame& source, FrameSize target) {
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(target.width_px) *
                                   static_cast<std::size_t>(target.height_px) * kBytesPerPixel);
  Resizer(target).resize(source.view(), pixels);
  return pixels;
}

// The definition, written out: on a ruler of source * target units a side, source pixel i covers target units from
// i * target on, and target pixel j covers source units from j * source on. Rational numbers, no reduction, no order of
// sums.
std::vector<std::uint8_t> reference(const Frame& source, FrameSize target) {
  const auto overlap = [](std::int64_t i, std::int64_t n, std::int64_t j, std::int64_t m) {
    return std::max<std::int64_t>(0, std::min((i + 1) * m, (j + 1) * n) - std::max(i * m, j * n));
  };
  std::vector<std::uint8_t> pixels;
  const std::int64_t area = std::int64_t{source.width_px} * source.height_px;
  for (int y = 0; y < target.height_px; ++y) {
    for (int x = 0; x < target.width_px; ++x) {
      std::int64_t sum[kBytesPerPixel] = {};
      for (int sy = 0; sy < source.height_px; ++sy) {
        const std::int64_t down = overlap(sy, source.height_px, y, target.height_px);
        if (down == 0) continue;
        for (int sx = 0; sx < source.width_px; ++sx) {
          const std::int64_t weight = down * overlap(sx, source.width_px, x, target.width_px);
          for (int c = 0; c < kBytesPerPixel; ++c)
            sum[c] += weight * source.view().row(sy)[static_cast<std::ptrdiff_t>(sx) * kBytesPerPixel + c];
        }
      }
      // Half up: floor(sum / area + 1/2).
      for (const std::int64_t s : sum) pixels.push_back(static_cast<std::uint8_t>((2 * s + area) / (2 * area)));
    }
  }
  return pixels;
}

Frame enlarged(const Frame& source, int k) {
  Frame big = make_frame({source.width_px * k, source.height_px * k});
  for (int y = 0; y < big.height_px; ++y) {
    for (int x = 0; x < big.width_px; ++x) {
      for (int c = 0; c < kBytesPerPixel; ++c) {
        big.pixels[static_cast<std::size_t>(y * big.stride_bytes + x * kBytesPerPixel + c)] =
            source.view().row(y / k)[static_cast<std::ptrdiff_t>(x / k) * kBytesPerPixel + c];
      }
    }
  }
  return big;
}

TEST(Resizer, ShrinksWholeNumberEnlargementsToTheSamePicture) {
  Random random(1);
  for (const FrameSize size : {FrameSize{96, 72}, {160, 90}, {1, 1}, {7, 5}, {33, 1}, {1, 33}}) {
    const Frame small = random_frame(size, random);
    for (const int k : {1, 2, 3, 4, 5, 7, 8, 10, 13, 16, 17}) {
      if (size.width_px * k > 1700) continue;
      EXPECT_EQ(resized(enlarged(small, k), size), small.pixels)
          << size.width_px << "x" << size.height_px << " times " << k;
    }
  }
}

TEST(Resizer, AgreesWithRationalArithmeticAtRandomSizes) {
  Random random(2);
  for (int i = 0; i < 300; ++i) {
    const FrameSize source{random.between(1, 60), random.between(1, 60)};
    const FrameSize target{random.between(1, 24), random.between(1, 24)};
    const Frame frame = random_frame(source, random);
    ASSERT_EQ(resized(frame, target), reference(frame, target))
        << source.width_px << "x" << source.height_px << " to " << target.width_px << "x" << target.height_px;
  }
}

// Each width of number inside is used: reduced heights to 257 sum in 16 bits, areas to 2^23 in 32 bits.
TEST(Resizer, AgreesWithRationalArithmeticAroundEachLimitOfItsNumbers) {
  Random random(3);
  struct Case {
    FrameSize source;
    FrameSize target;
  };
  for (const auto& [source, target] : {Case{{20, 257}, {3, 1}},
                                       {{20, 258}, {3, 1}},
                                       {{20, 259}, {3, 2}},
                                       {{4096, 2048}, {1, 1}},
                                       {{4097, 2048}, {1, 1}},
                                       {{2000, 4201}, {1, 1}},
                                       {{4201, 2000}, {2, 3}}}) {
    Frame frame = random_frame(source, random);
    ASSERT_EQ(resized(frame, target), reference(frame, target)) << source.width_px << "x" << source.height_px;
    std::fill(frame.pixels.begin(), frame.pixels.end(), std::uint8_t{255});  // the largest sums
    const std::vector<std::uint8_t> white = resized(frame, target);
    EXPECT_EQ(white, std::vector<std::uint8_t>(white.size(), 255)) << source.width_px << "x" << source.height_px;
  }
}

TEST(Resizer, KeepsAllFourCornersAtEverySize) {
  Random random(4);
  for (const FrameSize source : {FrameSize{2560, 1440}, {1919, 1079}, {640, 480}, {97, 73}, {96, 72}, {50, 40}}) {
    for (const FrameSize target : {FrameSize{96, 72}, {160, 90}, {64, 64}}) {
      Frame frame = make_frame(source);
      std::fill(frame.pixels.begin(), frame.pixels.end(), std::uint8_t{0});
      // A corner block as large as one target pixel, rounded up, is white; the target's corner must be white too.
      const int block_w = (source.width_px + target.width_px - 1) / target.width_px;
      const int block_h = (source.height_px + target.height_px - 1) / target.height_px;
      for (const bool right : {false, true}) {
        for (const bool bottom : {false, true}) {
          Frame corner = frame;
          for (int y = 0; y < block_h; ++y) {
            for (int x = 0; x < block_w; ++x) {
              const int px = right ? source.width_px - 1 - x : x;
              const int py = bottom ? source.height_px - 1 - y : y;
              const auto at = static_cast<std::ptrdiff_t>(py * corner.stride_bytes + px * kBytesPerPixel);
              std::fill_n(corner.pixels.begin() + at, kBytesPerPixel, std::uint8_t{255});
            }
          }
          const std::vector<std::uint8_t> small = resized(corner, target);
          const int x = right ? target.width_px - 1 : 0;
          const int y = bottom ? target.height_px - 1 : 0;
          EXPECT_EQ(small[static_cast<std::size_t>((y * target.width_px + x) * kBytesPerPixel)], 255);
          const int far_x = target.width_px - 1 - x;
          const int far_y = target.height_px - 1 - y;
          EXPECT_EQ(small[static_cast<std::size_t>((far_y * target.width_px + far_x) * kBytesPerPixel)], 0);
        }
      }
    }
  }
}

TEST(Resizer, FollowsTheStrideAndTheSizeOfEachPicture) {
  Random random(5);
  Resizer resizer({8, 6});
  std::vector<std::uint8_t> pixels(8 * 6 * kBytesPerPixel);
  for (const FrameSize size : {FrameSize{40, 30}, {8, 6}, {41, 30}, {40, 31}, {3, 2}}) {
    const Frame packed = random_frame(size, random);
    Frame padded = packed;
    padded.stride_bytes += 36;
    padded.pixels.assign(static_cast<std::size_t>(padded.stride_bytes * size.height_px), 77);
    for (int y = 0; y < size.height_px; ++y)
      std::copy_n(packed.view().row(y), packed.stride_bytes, padded.pixels.begin() + y * padded.stride_bytes);
    resizer.resize(padded.view(), pixels);
    EXPECT_EQ(pixels, reference(packed, {8, 6})) << size.width_px << "x" << size.height_px;
  }
}

TEST(Resizer, RefusesATargetOfAnotherSizeAndEmptyPictures) {
  Random random(6);
  const Frame frame = random_frame({40, 30}, random);
  std::vector<std::uint8_t> pixels(8 * 6 * kBytesPerPixel + 1);
  Resizer resizer({8, 6});
  EXPECT_THROW(resizer.resize(frame.view(), pixels), Error);
  pixels.resize(pixels.size() - 2);
  EXPECT_THROW(resizer.resize(frame.view(), pixels), Error);
  EXPECT_THROW(Resizer({0, 6}), Error);
  pixels.resize(8 * 6 * kBytesPerPixel);
  EXPECT_THROW(resizer.resize(ImageView{}, pixels), Error);
}

TEST(ExactReciprocal, DividesLikeTheMachineAtEveryEdge) {
  Random random(7);
  std::vector<std::uint32_t> divisors;
  for (std::uint32_t d = 1; d <= 4096; ++d) divisors.push_back(d);
  for (std::uint32_t d = ExactReciprocal::kMaxDivisor - 4096; d <= ExactReciprocal::kMaxDivisor; ++d)
    divisors.push_back(d);
  for (int i = 0; i < 4096; ++i) divisors.push_back(1 + random.below(ExactReciprocal::kMaxDivisor));
  for (const std::uint32_t d : divisors) {
    const ExactReciprocal reciprocal(d);
    // The quotient changes at multiples of d: right on both sides of each is right everywhere.
    for (std::uint64_t q = 0; q < 256; ++q) {
      const std::uint64_t at = q * d;
      ASSERT_EQ(reciprocal.divide(static_cast<std::uint32_t>(at)), q) << at << " / " << d;
      ASSERT_EQ(reciprocal.divide(static_cast<std::uint32_t>(at + d - 1)), q) << at + d - 1 << " / " << d;
    }
  }
}

}  // namespace
}  // namespace atl
