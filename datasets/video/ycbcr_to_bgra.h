// Y'CbCr to BGRA, bit for bit what swscale gives with the flags of colour.cpp, in a tenth of its time: pictures of
// recordings are decoded for training caches by the thousand.
//
// swscale's arithmetic (libswscale/output.c, yuv2rgb_full_1) in one formula: with y the luma without its offset and u,
// v eighths of chroma without theirs, red is (8 y cy + v crv + 2^15) / 2^16, rounded down and cut to a byte; green and
// blue alike. Chroma of 4:2:0 lies between two columns (weights 1/4 and 3/4); every odd row takes that of its chroma
// row, every even one, and the last, the mean with the chroma row before. Only colours far outside of what a screen can
// show differ: swscale lets their sums run over 32 bits, here they are cut, too.
#pragma once

#include <cstddef>
#include <cstdint>

namespace atl::video {

/// Planes of one picture, borrowed for a call; strides in bytes.
struct YcbcrPicture {
  const std::uint8_t* luma;
  const std::uint8_t* blue;
  const std::uint8_t* red;
  std::ptrdiff_t luma_stride;
  std::ptrdiff_t chroma_stride;
  int width_px;
  int height_px;
  bool halved_chroma;  // 4:2:0, of a size that can_halve_chroma; else 4:4:4
};

/// A colour matrix as swscale uses it, in 2^-13; each fits 16 bits with its sign.
struct YcbcrWeights {
  /// `matrix`: the four numbers of sws_getCoefficients.
  YcbcrWeights(const int* matrix, bool full_range);

  int luma_offset;
  int luma;
  int red_of_red;
  int green_of_blue;
  int green_of_red;
  int blue_of_blue;
};

/// Whether 4:2:0 of this size can be converted here: swscale filters the rows of smaller ones otherwise.
[[nodiscard]] bool can_halve_chroma(int width_px, int height_px);

/// Writes the picture to `pixels`: [height, width, 4], alpha 255.
void convert_to_bgra(const YcbcrPicture& picture, const YcbcrWeights& weights, std::uint8_t* pixels);

}  // namespace atl::video
