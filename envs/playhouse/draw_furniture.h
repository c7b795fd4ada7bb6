// What fixtures look like, and what belongs to walls: door frames, windows, ceiling lights.
#pragma once

#include "envs/playhouse/draw_light.h"
#include "envs/playhouse/draw_paint.h"
#include "envs/playhouse/draw_pen.h"
#include "envs/playhouse/state.h"

#include <cstdint>

namespace atl::envs::playhouse {

/// What furniture is drawn with: all of it borrowed.
struct Workshop {
  Pen* pen = nullptr;
  const House* house = nullptr;
  const State* state = nullptr;
  Furnishing paint;
};

/// A fixture, in the light of `room`. Doors are drawn where they are: in their doorway when they are shut, else in the
/// room that they swing into.
void draw_fixture(Workshop& shop, std::size_t index, const RoomPaint& room);

/// The frame around an opening, on the wall of the room that it is seen from; it has the number of the door, if any.
void draw_door_frame(Workshop& shop, const Cell& room, const Portal& portal, const RoomPaint& paint);
/// Frame, bars and sill of a window.
void draw_window_frame(Workshop& shop, const Cell& room, const Window& window, const RoomPaint& paint);
void draw_ceiling_light(Workshop& shop, const Cell& room, bool is_on, const RoomPaint& paint);

/// Number of the door that hangs in a doorway; kNothing: none.
[[nodiscard]] std::uint8_t door_of(const House& house, const Cell& doorway);

}  // namespace atl::envs::playhouse
