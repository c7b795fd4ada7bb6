// Ways through the house: where a body may stand, and how far every place is from a goal. Experts walk by these.
//
// The floor is a grid of kRouteGrid; a cell is free if a body standing on its middle touches nothing that stands still.
// Shut doors count as free, at a price: whoever comes to one opens it. Distances are those of an 8-neighbour grid (5 a
// straight step, 7 a slanted one), by a bucket queue: 0.1 to 0.3 ms for a whole house, kept until something moves.
#pragma once

#include "envs/playhouse/state.h"

#include <cstdint>
#include <vector>

namespace atl::envs::playhouse {

inline constexpr std::int32_t kRouteGrid = kGrid / 2;

/// Which cells are free for a body, in one state.
class FloorMap {
 public:
  /// How much is kept from what stands about: a margin of 6 cm; none; or things on the floor are walked into and pushed
  /// aside, which is the last way out.
  enum class Care : std::uint8_t { kWide, kTight, kThrough };
  /// `other`: a player to walk around, too; kNothing: none.
  void build(const House& house, const State& state, Care care, std::uint8_t other = kNothing);

  [[nodiscard]] int width() const { return width_; }
  [[nodiscard]] int height() const { return height_; }
  [[nodiscard]] int index_of(Vec2 p) const;
  [[nodiscard]] Vec2 middle_of(int index) const;
  [[nodiscard]] bool is_free(int index) const { return cells_[static_cast<std::size_t>(index)] != kBlocked; }
  /// The shut door that covers a cell, as a fixture's index, or kNothing.
  [[nodiscard]] std::uint8_t door_of(int index) const;
  /// Whether one can walk straight from `from` to `to`: every cell on the way is free, and no shut door.
  [[nodiscard]] bool is_straight(Vec2 from, Vec2 to) const;
  /// The free cell nearest to `p`, at most `within` away; -1: none.
  [[nodiscard]] int nearest_free(Vec2 p, std::int32_t within = kMetre / 2) const;

 private:
  static constexpr std::uint8_t kFree = 254;
  static constexpr std::uint8_t kBlocked = 255;
  void block_circle(Vec2 middle, std::int32_t radius);
  template <class Touches>
  void mark(const Rect& box, std::uint8_t value, Touches touches);

  Vec2 low_;
  int width_ = 0;
  int height_ = 0;
  std::vector<std::uint8_t> cells_;  // kFree, kBlocked, or the index of a shut door
};

/// Which cells can be walked to from one cell; none if that is not free. Much faster than distances.
[[nodiscard]] std::vector<bool> cells_joined_to(const FloorMap& floor, int index);

/// Distances of every free cell to the nearest of some goals.
class RouteMap {
 public:
  static constexpr std::uint16_t kUnreachable = 65535;

  void build(const FloorMap& floor, const std::vector<int>& goals);
  [[nodiscard]] std::uint16_t distance(int index) const { return distances_[static_cast<std::size_t>(index)]; }

  /// Where to walk next from `from`: the farthest point of the way that can be walked to straight, at most `look_ahead`
  /// cells on. `door`: a shut door that the way leads through before that point, or kNothing.
  struct Next {
    bool is_reachable = false;
    Vec2 point;
    std::uint8_t door = kNothing;
    std::uint16_t distance = 0;  // in fifths of a cell
  };
  [[nodiscard]] Next next(const FloorMap& floor, Vec2 from, int look_ahead = 40) const;

 private:
  std::vector<std::uint16_t> distances_;
  std::vector<std::vector<int>> buckets_;
};

}  // namespace atl::envs::playhouse
