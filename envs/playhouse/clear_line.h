// Whether a straight line between two points is clear of walls, boxes and upright cylinders. Exact: both ends are whole
// Q16 points, every crossing is a fraction of whole numbers, and nothing is rounded, so that whoever computes the same
// in another way comes to the same answer. For sight.h. Touching a surface is not meeting it.
#pragma once

#include "envs/playhouse/state.h"

namespace atl::envs::playhouse {

/// A line from one point to another, less than 64 m away in each direction.
struct Segment {
  Vec3 from;
  Vec3 to;
};

/// Whether it stays within rooms and doorways, whose ceilings are as high as their portals. `from` lies in a cell.
[[nodiscard]] bool stays_in_cells(const Segment& line, const House& house);

/// Whether some of it lies inside of the box floor x bottom .. top.
[[nodiscard]] bool meets_box(const Segment& line, const Rect& floor, std::int32_t bottom, std::int32_t top);

/// The same of an open container: a box whose inside, open at the top, is no obstacle.
[[nodiscard]] bool meets_open_container(const Segment& line, const Rect& floor, std::int32_t bottom, std::int32_t top);

/// The same of a cylinder; `position`: the middle of its underside.
[[nodiscard]] bool meets_cylinder(const Segment& line, Vec3 position, Body body);

}  // namespace atl::envs::playhouse
