// Rectangles along walls, for the making of houses.
#pragma once

#include "core/random.h"
#include "envs/playhouse/house.h"

#include <array>
#include <utility>

namespace atl::envs::playhouse {

inline constexpr std::array<Side, 4> kSides{Side::kNorth, Side::kEast, Side::kSouth, Side::kWest};

/// Whether a wall on this side runs from west to east.
[[nodiscard]] constexpr bool runs_along_x(Side side) { return side == Side::kNorth || side == Side::kSouth; }

/// Whether two rectangles share more than a border.
[[nodiscard]] constexpr bool overlap(const Rect& a, const Rect& b) {
  return a.low.x < b.high.x && b.low.x < a.high.x && a.low.y < b.high.y && b.low.y < a.high.y;
}
[[nodiscard]] constexpr Rect grown(const Rect& r, std::int32_t by) {
  return {{r.low.x - by, r.low.y - by}, {r.high.x + by, r.high.y + by}};
}
[[nodiscard]] constexpr bool holds(const Rect& outer, const Rect& inner) {
  return outer.contains(inner.low) && outer.contains(inner.high);
}

/// The part of `r` that is at most `depth` away from its border on `side`.
[[nodiscard]] constexpr Rect strip_along(Rect r, Side side, std::int32_t depth) {
  switch (side) {
    case Side::kNorth: r.low.y = r.high.y - depth; break;
    case Side::kEast: r.low.x = r.high.x - depth; break;
    case Side::kSouth: r.high.y = r.low.y + depth; break;
    case Side::kWest: r.high.x = r.low.x + depth; break;
  }
  return r;
}
/// The rectangle outside of `r` that lies against its border on `side`.
[[nodiscard]] constexpr Rect beyond(Rect r, Side side, std::int32_t depth) {
  switch (side) {
    case Side::kNorth: return {{r.low.x, r.high.y}, {r.high.x, r.high.y + depth}};
    case Side::kEast: return {{r.high.x, r.low.y}, {r.high.x + depth, r.high.y}};
    case Side::kSouth: return {{r.low.x, r.low.y - depth}, {r.high.x, r.low.y}};
    case Side::kWest: return {{r.low.x - depth, r.low.y}, {r.low.x, r.high.y}};
  }
  return r;
}
/// `r` with its extent along walls of `side` set to begin .. end.
[[nodiscard]] constexpr Rect with_extent(Rect r, Side side, std::int32_t begin, std::int32_t end) {
  (runs_along_x(side) ? r.low.x : r.low.y) = begin;
  (runs_along_x(side) ? r.high.x : r.high.y) = end;
  return r;
}

/// Squared distance of `p` to the nearest point of `r`, Q32; 0 inside.
[[nodiscard]] constexpr std::int64_t distance_squared(const Rect& r, Vec2 p) {
  const auto outside = [](std::int32_t low, std::int32_t high, std::int32_t at) {
    return at < low ? low - at : at > high ? at - high : 0;
  };
  return length_squared({outside(r.low.x, r.high.x, p.x), outside(r.low.y, r.high.y, p.y)});
}

/// All orders equally likely, and the same on every machine (std::shuffle is not).
template <class Range>
void shuffle(Range&& range, Random& random) {
  for (std::size_t i = range.size(); i > 1; --i) {
    std::swap(range[i - 1], range[random.below(static_cast<std::uint32_t>(i))]);
  }
}

}  // namespace atl::envs::playhouse
