// Fills the insides of cells: floors, ceilings, walls around their openings, the sky behind windows. What they cover is
// told by regions, so nothing here needs a depth: every pixel is written once.
#pragma once

#include "envs/playhouse/draw_faces.h"
#include "envs/playhouse/draw_light.h"
#include "envs/playhouse/draw_paint.h"

#include <cstdint>
#include <span>

namespace atl::envs::playhouse {

class Shell {
 public:
  Shell(const View& view, Canvas canvas);

  void floor(const Rect& cell, const RoomPaint& paint, const Texture& texture, const Region& region) const;
  void ceiling(const Cell& cell, const RoomPaint& paint, const Region& region) const;
  /// `holes`: parts of `region` that are left out; they do not overlap.
  void wall(const Cell& cell, Side side, const RoomPaint& paint, const Texture& texture, const Region& region,
            std::span<const Region* const> holes) const;
  /// Of one colour, and nothing is seen there.
  void flat(std::uint32_t pixel, const Region& region) const;
  /// Sky above the horizon, land below it.
  void outdoors(std::uint32_t sky_colour, bool is_night, const Region& region) const;

 private:
  struct Line;  // along a row of a wall
  void wall_row(const Line& line, int y, Interval row) const;

  const View* view_;
  Canvas canvas_;
  std::int64_t bend_ = 0;  // how much a wall's distance may change until its place is computed anew, Q16 of it
};

}  // namespace atl::envs::playhouse
