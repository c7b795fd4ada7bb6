// The parts of a picture that walls, floors and portals cover: one interval of pixels in each row. Convex, and cut out
// of one another, so that what is seen through a portal and the wall around it share an edge without gap or overlap.
#pragma once

#include "envs/playhouse/draw_view.h"

#include <cstdint>
#include <span>
#include <vector>

namespace atl::envs::playhouse {

/// Pixels begin .. end - 1; none where end <= begin.
struct Interval {
  std::int16_t begin = 0;
  std::int16_t end = 0;
};

struct Region {
  int top = 0;                 // first row
  int bottom = 0;              // one past the last
  int left = 0;                // no interval begins further left
  int right = 0;               // none ends further right
  std::vector<Interval> rows;  // by row of the picture; those outside of top .. bottom mean nothing

  [[nodiscard]] bool is_empty() const { return top >= bottom || left >= right; }
  [[nodiscard]] Interval row(int y) const {
    return y >= top && y < bottom ? rows[static_cast<std::size_t>(y)] : Interval{};
  }
};

/// All of a picture.
[[nodiscard]] Region whole_of(FrameSize size);

/// Sets `region` to the pixels of `clip` whose middles lie in a convex polygon with up to 6 corners, clockwise on the
/// screen. Neighbours that share two corners share no pixel and leave none out. `region` is another one than `clip`.
void outline(const View& view, std::span<const EyePoint> corners, const Region& clip, Region& region);

}  // namespace atl::envs::playhouse
