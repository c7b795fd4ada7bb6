// One fixture while it is drawn, and the parts that furniture is made of, in its own axes (draw_place.h).
#pragma once

#include "envs/playhouse/draw_furniture.h"
#include "envs/playhouse/draw_place.h"

#include <array>
#include <cstdint>

namespace atl::envs::playhouse {

using Span = std::array<std::int32_t, 2>;

[[nodiscard]] constexpr std::int32_t cm(std::int32_t n) { return from_cm(n); }
inline constexpr std::int32_t kGlow = 256;                   // light of what shines by itself, Q8
inline constexpr std::int32_t kDecal = from_cm(1) * 6 / 10;  // how far what is painted on stands off
/// From so many pixels a metre on, things have small parts.
inline constexpr std::int32_t kFine = 60;

struct Piece {
  Pen& pen;
  const Furnishing& paint;
  const Fixture& fixture;
  PlaceAxes axes;
  std::size_t index = 0;
  std::int32_t metre_px = 0;
  bool is_on = false;
  std::int32_t angle = 0;  // of a door or lid
  std::int32_t width = 0;
  std::int32_t depth = 0;
  std::int32_t height = 0;

  /// A box; its bottom is left out unless told otherwise.
  void board(Span right, Span out, Span z, std::uint32_t colour, unsigned left_out = kBottomSide) const;
  /// An upright rectangle that looks to the front. `light`: Q8; 0: that which falls on it.
  void panel(Span right, std::int32_t out, Span z, std::uint32_t colour, std::int32_t light = 0) const;
  /// Four walls of a container between two heights, standing back by `inset`.
  void walls(Span z, std::int32_t inset, std::uint32_t colour) const;
  /// A container up to its rim.
  void vessel(std::int32_t rim, std::uint32_t colour, std::uint32_t inside) const;
  /// Draws what follows in this light.
  void ink(const Light& light) const;
  /// The middle of its underside.
  [[nodiscard]] Vec3 foot() const;
};

// Wood: draw_furniture.cpp.
void draw_table(const Piece& p);
void draw_shelf(const Piece& p);
void draw_bed(const Piece& p);
void draw_box(const Piece& p);
void draw_basket(const Piece& p);
void draw_door(const Piece& p);
// What shines, and plants: draw_devices.cpp.
void draw_lamp(const Piece& p);
void draw_switch(const Piece& p);
void draw_tv(const Piece& p);
void draw_plant(const Piece& p);
void draw_button(const Piece& p);
void draw_plate(const Piece& p);

}  // namespace atl::envs::playhouse
