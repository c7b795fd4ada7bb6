// Pictures: `ImageView` borrows pixels, `Frame` owns them together with when and where they were taken.
// All pictures of the data path are BGRA8, row-major, origin top left; the alpha byte carries no meaning.
#pragma once

#include "core/clock.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace atl {

inline constexpr int kBytesPerPixel = 4;

struct FrameSize {
  int width_px = 0;
  int height_px = 0;
  friend bool operator==(const FrameSize&, const FrameSize&) = default;
};

/// A borrowed BGRA8 picture: pixel (x, y) is the 4 bytes at `data + y * stride_bytes + 4 * x`. The lender says how long
/// it stays valid.
struct ImageView {
  const std::uint8_t* data = nullptr;
  int width_px = 0;
  int height_px = 0;
  std::ptrdiff_t stride_bytes = 0;

  [[nodiscard]] FrameSize size() const { return {width_px, height_px}; }
  [[nodiscard]] const std::uint8_t* row(int y) const { return data + y * stride_bytes; }
};

/// Where a captured window's client area was on its screen.
struct WindowGeometry {
  int x_px = 0;
  int y_px = 0;
  int width_px = 0;
  int height_px = 0;
  friend bool operator==(const WindowGeometry&, const WindowGeometry&) = default;
};

/// One picture of a source. `sequence` counts the pictures of that source from 0 without gaps; a gap seen by a reader
/// is a drop.
struct Frame {
  std::vector<std::uint8_t> pixels;  // [height, stride] BGRA8
  int width_px = 0;
  int height_px = 0;
  std::ptrdiff_t stride_bytes = 0;
  std::uint64_t sequence = 0;
  Timestamp requested;  // when the picture was asked for
  Timestamp done;       // when its pixels were complete in memory
  WindowGeometry window;

  [[nodiscard]] ImageView view() const { return {pixels.data(), width_px, height_px, stride_bytes}; }
  [[nodiscard]] FrameSize size() const { return {width_px, height_px}; }
};

/// Makes a tightly packed frame of `size` with undefined pixels.
[[nodiscard]] Frame make_frame(FrameSize size);

/// Copies `source` tightly packed into `target` ([height, width, 4]); `target` is resized.
void copy_packed(ImageView source, std::vector<std::uint8_t>& target);

/// A 64-bit hash (FNV-1a, two pixels a round) over the B, G and R bytes of a picture, rows in order: equal pictures of
/// equal size have equal hashes whatever their stride and alpha. Recordings store it to prove frames.
[[nodiscard]] std::uint64_t hash_pixels(ImageView image);

}  // namespace atl
