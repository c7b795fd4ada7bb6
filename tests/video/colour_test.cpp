#include "datasets/video/colour.h"

#include "core/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

namespace atl::video {
namespace {

// Largest difference of a B, G or R byte; alpha carries no meaning.
int largest_change(const Frame& before, const std::vector<std::uint8_t>& after) {
  int largest = 0;
  for (std::size_t i = 0; i < before.pixels.size(); ++i) {
    if (i % kBytesPerPixel != 3) largest = std::max(largest, std::abs(int{before.pixels[i]} - int{after[i]}));
  }
  return largest;
}

int round_trip(const Frame& frame, Chroma chroma) {
  ColourEncoder encoder(frame.size(), chroma);
  ColourDecoder decoder;
  std::vector<std::uint8_t> back;
  decoder.convert(encoder.convert(frame.view()), back);
  EXPECT_EQ(back.size(), frame.pixels.size());
  return largest_change(frame, back);
}

void set_pixel(Frame& frame, std::size_t index, std::uint32_t bgr) {
  for (std::size_t c = 0; c < 3; ++c)
    frame.pixels[index * kBytesPerPixel + c] = static_cast<std::uint8_t>(bgr >> 8 * c);
}

TEST(Colour, RoundTripOfEveryColourThrough444StaysInItsBound) {
  Frame frame = make_frame({1024, 1024});
  int largest = 0;
  for (std::uint32_t sixteenth = 0; sixteenth < 16; ++sixteenth) {
    for (std::uint32_t i = 0; i < 1U << 20; ++i) set_pixel(frame, i, sixteenth << 20 | i);
    largest = std::max(largest, round_trip(frame, Chroma::k444));
  }
  EXPECT_EQ(largest, kMaxRoundTripError444);  // the stated bound is the measured one
}

TEST(Colour, RoundTripOfOneColourThrough420StaysInItsBound) {
  Random random(3);
  Frame frame = make_frame({16, 16});
  int largest = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::uint32_t colour = random.below(1U << 24);
    for (std::size_t p = 0; p < 256; ++p) set_pixel(frame, p, colour);
    largest = std::max(largest, round_trip(frame, Chroma::k420));
  }
  EXPECT_LE(largest, kMaxRoundTripError420);
  EXPECT_GE(largest, kMaxRoundTripError420 - 1);
}

TEST(Colour, BlackAndWhiteAreExact) {
  for (const Chroma chroma : {Chroma::k444, Chroma::k420}) {
    for (const std::uint32_t colour : {0U, 0xffffffU}) {
      Frame frame = make_frame({16, 16});
      for (std::size_t p = 0; p < 256; ++p) set_pixel(frame, p, colour);
      EXPECT_EQ(round_trip(frame, chroma), 0);
    }
  }
}

TEST(Colour, IgnoresStrideAndAlpha) {
  Random random(5);
  Frame packed = make_frame({33, 9});
  for (std::uint8_t& byte : packed.pixels) byte = static_cast<std::uint8_t>(random());
  Frame padded = packed;
  padded.stride_bytes += 20;
  padded.pixels.assign(static_cast<std::size_t>(padded.stride_bytes) * 9, 0);
  for (int y = 0; y < 9; ++y)
    std::copy_n(packed.view().row(y), packed.stride_bytes, padded.pixels.begin() + y * padded.stride_bytes);
  for (std::size_t i = 3; i < packed.pixels.size(); i += kBytesPerPixel) packed.pixels[i] = 0;
  ColourEncoder encoder({33, 9}, Chroma::k444);
  ColourDecoder decoder;
  std::vector<std::uint8_t> a;
  std::vector<std::uint8_t> b;
  decoder.convert(encoder.convert(packed.view()), a);
  decoder.convert(encoder.convert(padded.view()), b);
  EXPECT_EQ(a, b);
}

}  // namespace
}  // namespace atl::video
