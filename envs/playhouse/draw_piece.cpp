#include "envs/playhouse/draw_piece.h"

namespace atl::envs::playhouse {

void Piece::board(Span right, Span out, Span z, std::uint32_t colour, unsigned left_out) const {
  const auto [low, high] = axes.box(right, out, z);
  pen.box({low, high}, colour, left_out);
}

void Piece::panel(Span right, std::int32_t out, Span z, std::uint32_t colour, std::int32_t light) const {
  pen.polygon(axes.panel(right, out, z), colour, light != 0 ? light : pen.box_light()[axes.front()]);
}

void Piece::walls(Span z, std::int32_t inset, std::uint32_t colour) const {
  const std::int32_t wall = kContainerWall;
  board({inset, wall}, {inset, depth - inset}, z, colour);
  board({width - wall, width - inset}, {inset, depth - inset}, z, colour);
  board({wall, width - wall}, {inset, wall}, z, colour);
  board({wall, width - wall}, {depth - wall, depth - inset}, z, colour);
}

void Piece::vessel(std::int32_t rim, std::uint32_t colour, std::uint32_t inside) const {
  walls({0, rim}, 0, colour);
  board({0, width}, {0, depth}, {0, kContainerBottom}, inside);
}

void Piece::ink(const Light& light) const {
  pen.set_ink(static_cast<std::uint8_t>(fixture_entity(index).id + 1), light);
}

Vec3 Piece::foot() const {
  const Vec2 middle = fixture.floor.middle();
  return {middle.x, middle.y, fixture.bottom};
}

}  // namespace atl::envs::playhouse
