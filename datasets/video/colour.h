// Colour between screens and H.264: BGRA to Y'CbCr and back, by swscale.
//
// The whole path: a screen's gamma-encoded R'G'B' (8 bit, full range, no transfer function applied) -> Y'CbCr with the
// BT.709 matrix -> H.264 -> the same matrix back. Tagged in the stream as BT.709 primaries, transfer and matrix.
//   4:4:4  full range (0..255), no chroma filter: what training reads. Without loss in H.264 (crf 0) a round trip
//          changes each byte by at most kMaxRoundTripError444.
//   4:2:0  limited range (16..235), chroma averaged over 2x2 pixels and spread again by bilinear filters: what every
//          player shows. Same bound where colour is constant over the filter's reach.
// swscale runs with accurate rounding and its bit-exact C paths, so that a picture decodes to the same bytes
// everywhere. 4:2:0 in planes, which most recordings are, is made by bgra_to_420.h; ycbcr_to_bgra.h brings it and 4:4:4
// back to the bytes that swscale would give, sooner.
#pragma once

#include "core/frame.h"
#include "datasets/video/libav.h"

#include <vector>

namespace atl::video {

/// Largest change of a B, G or R byte by bgr -> 4:4:4 full range -> bgr, over all 2^24 colours (tests/video measures).
inline constexpr int kMaxRoundTripError444 = 1;
/// The same for one colour all over the picture through 4:2:0 limited range.
inline constexpr int kMaxRoundTripError420 = 2;

enum class Chroma { k444, k420 };

/// Converts pictures of one size. One thread.
class ColourEncoder {
 public:
  /// `interleaved`: 4:2:0 as NV12, for graphics cards; else planes.
  ColourEncoder(FrameSize size, Chroma chroma, bool interleaved = false);

  /// The picture as Y'CbCr; valid until the next call. Owned by this object.
  [[nodiscard]] AVFrame& convert(ImageView image);

 private:
  FrameSize size_;
  LibavPtr<AVFrame> frame_;
  LibavPtr<SwsContext> context_;  // none for planes of 4:2:0: bgra_to_420.h
};

/// Converts decoded frames of any size, layout and range that swscale knows, untagged ones as BT.709 limited. One
/// thread.
class ColourDecoder {
 public:
  /// Writes `frame` to `pixels`, resized to [height, width, 4], BGRA8 full range, alpha 255.
  void convert(const AVFrame& frame, std::vector<std::uint8_t>& pixels);
  /// The same by swscale whatever the layout: what `convert` is held against.
  void convert_by_swscale(const AVFrame& frame, std::vector<std::uint8_t>& pixels);

 private:
  void prepare(const AVFrame& frame);

  LibavPtr<AVFrame> bgra_;
  LibavPtr<SwsContext> context_;
  int width_ = 0;
  int height_ = 0;
  int format_ = -1;
  int range_ = -1;
  int matrix_ = -1;
};

}  // namespace atl::video
