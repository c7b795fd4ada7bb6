// How rooms are lit and coloured, prepared once for a house and again when a lamp is switched: tables from light and
// tone to pixels, darker edges and corners, soft shadows below furniture, sunlight through windows, pools of light.
#pragma once

#include "envs/playhouse/draw_pen.h"
#include "envs/playhouse/state.h"

#include <array>
#include <cstdint>
#include <vector>

namespace atl::envs::playhouse {

/// Light comes in this many levels; kFullLevel shows colours as they are.
inline constexpr int kNumLevels = 64;
inline constexpr int kFullLevel = 46;

/// One room as it is painted. Lengths are from its south-west corner.
struct RoomPaint {
  /// Pixels by level << 4 | tone. Of walls: the second half is the skirting board.
  std::array<std::uint32_t, kNumLevels * 16> floor{};
  std::array<std::uint32_t, 2 * kNumLevels * 16> wall{};
  std::array<std::uint32_t, kNumLevels> ceiling{};  // by level
  /// Level of each square of the floor, [rows from the south, stride].
  std::vector<std::uint8_t> floor_levels;
  int stride = 0;
  int square_shift = 0;  // a square's side is 1 << this, Q16 metres
  /// To be added up, each times 16, by 1/64 m: what corners and edges take away from walls that run along x and y; and
  /// by Side and height: the level of the wall, and which half of `wall`.
  std::array<std::vector<std::int16_t>, 2> along;
  std::array<std::vector<std::int16_t>, 4> height;
  int level = 0;  // in the open
  Light light;    // on bodies

  bool is_painted = false;
  std::uint64_t lit_for = ~std::uint64_t{0};  // which lamps were on
  struct Lamp {
    Vec2 position;
  };
  std::vector<Lamp> lamps;  // that are on

  /// On a body here.
  [[nodiscard]] Light light_at(Vec2 position) const;
};

/// The rooms of one house at a time.
class HousePaint {
 public:
  /// `square_shift`: see RoomPaint.
  explicit HousePaint(int square_shift) : square_shift_(square_shift) {}

  void set_house(const House& house);
  /// Of a room, or of the room beside a doorway; painted and lit as `state` says. Valid until the next set_house.
  /// `is_night`: no daylight.
  [[nodiscard]] const RoomPaint& room(const House& house, const State& state, std::size_t cell, bool is_night);

 private:
  int square_shift_;
  std::array<RoomPaint, kMaxRooms> rooms_;
};

/// Whether the ceiling light of a room is on: as its switch says; without one it is.
[[nodiscard]] bool has_light(const House& house, const State& state, std::size_t room);

}  // namespace atl::envs::playhouse
