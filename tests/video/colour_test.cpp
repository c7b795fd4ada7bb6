#include "datasets/video/colour.h"

#include "core/random.h"

#include <gtest/gtest.h>

extern "C" {
#include <libavutil/frame.h>
}

#include <algorithm>
#include <cstdlib>
#include <utility>

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

// Planes of any bytes that the range has: chroma without luma's consent, as a decoder's rounding may make it.
LibavPtr<AVFrame> random_planes(FrameSize size, AVPixelFormat format, bool full_range, std::uint64_t seed) {
  LibavPtr<AVFrame> frame = make_av_frame();
  frame->width = size.width_px;
  frame->height = size.height_px;
  frame->format = format;
  frame->color_range = full_range ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
  frame->colorspace = seed % 2 == 0 ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
  EXPECT_GE(av_frame_get_buffer(frame.get(), 0), 0);
  Random random(seed);
  const bool halved = format == AV_PIX_FMT_YUV420P;
  for (int plane = 0; plane < 3; ++plane) {
    const int rows = plane > 0 && halved ? size.height_px / 2 : size.height_px;
    const int least = full_range ? 0 : 16;
    const int most_limited = plane == 0 ? 235 : 240;
    for (int i = 0; i < rows * frame->linesize[plane]; ++i)
      frame->data[plane][i] = static_cast<std::uint8_t>(random.between(least, full_range ? 255 : most_limited));
  }
  return frame;
}

void expect_bytes_of_swscale(FrameSize size, AVPixelFormat format) {
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    const auto frame = random_planes(size, format, seed % 4 < 2, seed);
    ColourDecoder decoder;
    std::vector<std::uint8_t> own;
    std::vector<std::uint8_t> of_swscale;
    decoder.convert(*frame, own);
    decoder.convert_by_swscale(*frame, of_swscale);
    ASSERT_TRUE(own == of_swscale) << size.width_px << "x" << size.height_px << ", format " << format << ", seed "
                                   << seed;
  }
}

TEST(Colour, DecodesToTheBytesOfSwscale) {
  for (const FrameSize size : {FrameSize{640, 48}, {8, 8}, {10, 12}, {30, 14}, {34, 10}, {2, 2}, {4, 6}, {640, 480}}) {
    expect_bytes_of_swscale(size, AV_PIX_FMT_YUV420P);
    expect_bytes_of_swscale(size, AV_PIX_FMT_YUV444P);
  }
  expect_bytes_of_swscale({33, 9}, AV_PIX_FMT_YUV444P);
  expect_bytes_of_swscale({1, 1}, AV_PIX_FMT_YUV444P);
}

TEST(Colour, CutsColoursThatNoScreenHas) {
  const LibavPtr<AVFrame> frame = random_planes({16, 16}, AV_PIX_FMT_YUV420P, false, 2);
  for (int plane = 0; plane < 3; ++plane)
    std::fill_n(frame->data[plane], (plane == 0 ? 16 : 8) * frame->linesize[plane], std::uint8_t{255});
  ColourDecoder decoder;
  std::vector<std::uint8_t> pixels;
  decoder.convert(*frame, pixels);
  for (std::size_t i = 0; i < pixels.size(); i += kBytesPerPixel) {
    ASSERT_EQ(pixels[i], 255) << "swscale makes it 0";
    ASSERT_EQ(pixels[i + 2], 255);
  }
}

}  // namespace
}  // namespace atl::video
