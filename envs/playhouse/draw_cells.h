// Draws what is seen from one point of a house: cells through portals from far to near, each with its shell, shadows
// and bodies. See renderer.h.
#pragma once

#include "envs/playhouse/draw_furniture.h"
#include "envs/playhouse/draw_light.h"
#include "envs/playhouse/draw_pen.h"
#include "envs/playhouse/draw_shell.h"
#include "envs/playhouse/state.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace atl::envs::playhouse {

/// What is drawn.
struct Sight {
  const House* house = nullptr;
  const State* state = nullptr;
  std::size_t player = 0;
  bool is_night = false;
};

/// Regions for portals and walls of cells within cells; kept from picture to picture.
class RegionStack {
 public:
  [[nodiscard]] Region& push() {
    if (used_ == regions_.size()) regions_.push_back(std::make_unique<Region>());
    return *regions_[used_++];
  }
  [[nodiscard]] std::size_t used() const { return used_; }
  void pop_to(std::size_t used) { used_ = used; }

 private:
  std::vector<std::unique_ptr<Region>> regions_;
  std::size_t used_ = 0;
};

/// Whether an upright body of this radius at `p` stands in a cell, in part at least.
[[nodiscard]] constexpr bool reaches(const Rect& cell, Vec2 p, std::int32_t radius) {
  return p.x + radius > cell.low.x && p.x - radius < cell.high.x && p.y + radius > cell.low.y &&
         p.y - radius < cell.high.y;
}

class CellPainter {
 public:
  /// `paint`: of the same house. All is borrowed.
  CellPainter(const Sight& sight, const View& view, Canvas canvas, HousePaint& paint, RegionStack& regions);

  /// What is seen from the eye, which is in `cell`, within `clip`; every pixel of it is written.
  void draw(std::size_t cell, const Region& clip) { draw_cell(cell, clip, 0); }
  /// Of all bodies drawn: see Faces.
  [[nodiscard]] int num_triangles() const { return pen_.faces().num_triangles(); }

 private:
  struct Opening {
    const Portal* portal = nullptr;
    const Region* region = nullptr;
  };
  void draw_cell(std::size_t index, const Region& clip, int depth);
  void draw_room_shell(const Cell& cell, std::size_t index, const RoomPaint& paint, const Region& clip,
                       std::span<const Opening> openings);
  void draw_doorway_shell(const Cell& cell, const RoomPaint& paint, const Region& clip);
  void draw_shadows(const Cell& cell, bool on_floor);
  void draw_bodies(std::size_t index, const RoomPaint& paint);
  void draw_thing(std::size_t thing, const Cell& cell, const RoomPaint& paint);
  void draw_player(std::size_t player, const Cell& cell, const RoomPaint& paint);

  [[nodiscard]] bool faces_eye(const Cell& cell, Side side) const;
  [[nodiscard]] bool is_shut(const Cell& doorway, Side toward) const;
  [[nodiscard]] const Region& outline_of(std::span<const Vec3> corners, const Region& clip);

  Sight sight_;
  const View& view_;
  HousePaint& paint_;
  RegionStack& regions_;
  Pen pen_;
  Shell shell_;
  Workshop shop_;
};

}  // namespace atl::envs::playhouse
