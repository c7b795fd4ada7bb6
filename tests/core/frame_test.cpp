#include "core/frame.h"

#include "core/error.h"
#include "core/random.h"

#include <gtest/gtest.h>

#include <set>

namespace atl {
namespace {

Frame random_frame(FrameSize size, Random& random) {
  Frame frame = make_frame(size);
  for (std::uint8_t& byte : frame.pixels) byte = static_cast<std::uint8_t>(random());
  return frame;
}

TEST(FrameHash, IgnoresStrideAndAlpha) {
  Random random(1);
  for (const FrameSize size : {FrameSize{96, 72}, {7, 5}, {1, 1}, {1, 9}}) {
    const Frame frame = random_frame(size, random);
    Frame padded = frame;
    padded.stride_bytes += 12;
    padded.pixels.assign(static_cast<std::size_t>(padded.stride_bytes * size.height_px), 0);
    for (std::uint8_t& byte : padded.pixels) byte = static_cast<std::uint8_t>(random());
    for (int y = 0; y < size.height_px; ++y) {
      for (int i = 0; i < size.width_px * kBytesPerPixel; ++i) {
        if (i % kBytesPerPixel != 3)
          padded.pixels[static_cast<std::size_t>(y * padded.stride_bytes + i)] = frame.view().row(y)[i];
      }
    }
    EXPECT_EQ(hash_pixels(padded.view()), hash_pixels(frame.view()));
  }
}

TEST(FrameHash, SeesAChangeOfAnyBitOfAnyColour) {
  Random random(2);
  Frame frame = random_frame({9, 5}, random);
  std::set<std::uint64_t> hashes{hash_pixels(frame.view())};
  std::size_t expected = 1;
  for (std::size_t i = 0; i < frame.pixels.size(); ++i) {
    if (i % kBytesPerPixel == 3) continue;
    for (int bit = 0; bit < 8; ++bit, ++expected) {
      frame.pixels[i] = static_cast<std::uint8_t>(frame.pixels[i] ^ (1 << bit));
      hashes.insert(hash_pixels(frame.view()));
      frame.pixels[i] = static_cast<std::uint8_t>(frame.pixels[i] ^ (1 << bit));
    }
  }
  EXPECT_EQ(hashes.size(), expected);
}

// In every recording: it must never change.
TEST(FrameHash, HasItsGoldenValue) {
  Frame frame = make_frame({3, 2});
  for (std::size_t i = 0; i < frame.pixels.size(); ++i) frame.pixels[i] = static_cast<std::uint8_t>(i);
  // FNV-1a over the words {pixel 0 | pixel 1 << 32}, {pixel 2} of each row, written out.
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const std::uint64_t word : {0x0006050400020100ULL, 0x000a0908ULL, 0x0012111000'0e0d0cULL, 0x00161514ULL})
    hash = (hash ^ word) * 0x100000001b3;
  EXPECT_EQ(hash_pixels(frame.view()), hash ^ (hash >> 32));
}

TEST(Frame, IsTightlyPackedAndCopiesRows) {
  Random random(3);
  const Frame frame = random_frame({5, 4}, random);
  EXPECT_EQ(frame.stride_bytes, 20);
  EXPECT_EQ(frame.pixels.size(), 80U);
  std::vector<std::uint8_t> copy(3);
  copy_packed(frame.view(), copy);
  EXPECT_EQ(copy, frame.pixels);
  // The lower right 2x3 of it, through the stride.
  const ImageView part{frame.view().row(1) + 3 * kBytesPerPixel, 2, 3, frame.stride_bytes};
  copy_packed(part, copy);
  ASSERT_EQ(copy.size(), 24U);
  for (int y = 0; y < 3; ++y) EXPECT_EQ(copy[static_cast<std::size_t>(8 * y)], frame.view().row(1 + y)[12]);
  EXPECT_THROW(static_cast<void>(make_frame({0, 4})), Error);
  EXPECT_THROW(static_cast<void>(make_frame({4, -1})), Error);
}

}  // namespace
}  // namespace atl
