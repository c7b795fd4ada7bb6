// The patches that a network cuts pictures into, whatever its encoder. Pure; any thread.
#pragma once

#include "core/frame.h"

namespace atl::agent {

struct PatchGrid {
  int rows = 0;
  int columns = 0;
  [[nodiscard]] constexpr int num_patches() const { return rows * columns; }
};

/// The patches of pictures of `size`: each stands for 8 x 8 pixels at (8 column, 8 row), its view reaches further.
[[nodiscard]] constexpr PatchGrid patch_grid(FrameSize size) {
  // As ConvEncoder's convolutions cut pictures: 4x4 with stride 4, then 3x3 with stride 2 and padding 1.
  const auto patches = [](int pixels) { return pixels < 4 ? 0 : (pixels / 4 - 1) / 2 + 1; };
  const PatchGrid grid{patches(size.height_px), patches(size.width_px)};
  return grid.num_patches() == 0 ? PatchGrid{} : grid;
}
inline constexpr int kPatchPixels = 8;

}  // namespace atl::agent
