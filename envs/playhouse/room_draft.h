// A room while it is being filled: what stands in it, what must stay free, and where a body can still walk. Whatever is
// added must leave everything in the room within reach; else it is refused and nothing changes. So a room never has to
// be emptied and begun again.
#pragma once

#include "envs/playhouse/geometry.h"
#include "envs/playhouse/house.h"

#include <array>
#include <cstdint>
#include <vector>

namespace atl::envs::playhouse {

/// Clearances. A player's body has a radius of 0.25 m; ways are kept 8 cm wider on either side, so that planning on a
/// grid of 0.1 m with the true radius finds them: a way of this draft passes through squares of 0.125 m whose corners
/// are free, so that its points are sqrt(0.33^2 - 0.0625^2) = 0.324 m clear, and those of a grid next to it 0.253 m.
inline constexpr std::int32_t kWayRadius = from_cm(33);
inline constexpr std::int32_t kReach = from_cm(70);           // from the middle of a body to what it walks up to
inline constexpr std::int32_t kThingClearance = from_cm(35);  // between things on the floor
inline constexpr std::int32_t kSolidClearance = from_cm(10);  // between a thing on the floor and furniture or walls
inline constexpr std::int32_t kFixtureGap = from_cm(5);
inline constexpr std::int32_t kStartClearance = from_cm(60);

/// Where the middle of a body can be in one room, as bits on a grid of 0.125 m: a row of a room of 8 m is one word.
class FreeFloor {
 public:
  explicit FreeFloor(const Rect& room);
  /// Takes away what is nearer than kWayRadius.
  void block(const Rect& solid);
  void block(Vec2 middle, std::int32_t radius);
  /// Finds all that can be walked to from the free floor in `entry`.
  void walk_from(const Rect& entry);
  /// Whether a place inside was found by the last walk.
  [[nodiscard]] bool reaches(const Rect& zone) const;
  [[nodiscard]] bool reaches(Vec2 middle, std::int32_t radius) const;

 private:
  static constexpr int kMaxRows = 64;
  static constexpr std::int32_t kStep = kGrid / 2;
  struct Run {
    int first = 0;
    int last = -1;
  };
  static Run run(std::int32_t low, std::int32_t high, int count);
  static std::uint64_t bits(Run run);

  Vec2 low_;
  int num_columns_ = 0;
  int num_rows_ = 0;
  std::array<std::uint64_t, kMaxRows> free_{};
  std::array<std::uint64_t, kMaxRows> reached_{};
};

struct Circle {
  Vec2 middle;
  std::int32_t radius = 0;
};

class RoomDraft {
 public:
  RoomDraft(const House& house, int room);

  [[nodiscard]] const Rect& floor() const { return floor_; }
  /// Room for another fixture: takes its floor and keeps its front within reach.
  [[nodiscard]] bool try_fixture(const Fixture& fixture);
  /// A thing that stands on the floor.
  [[nodiscard]] bool try_thing(const Circle& thing);
  /// A player who starts there, kStartClearance from everything that is here and will be.
  [[nodiscard]] bool try_start(Vec2 start);
  /// Whether a body can come within kReach of something on top of a fixture or in it; then it always can.
  [[nodiscard]] bool try_raised(const Circle& thing);

 private:
  [[nodiscard]] bool is_clear(const Rect& floor) const;
  /// Whether all that is here and `zone` can be walked up to in `ways`, which is taken over if so.
  [[nodiscard]] bool take_over(FreeFloor& ways);
  void keep_free_for(const Cell& doorway, const Portal& portal, const House& house);

  Rect floor_;
  std::vector<Rect> entries_;    // before each doorway; in a room without any: its middle
  std::vector<Rect> kept_free_;  // of everything
  std::vector<Rect> low_only_;   // before windows
  std::vector<Rect> solids_;     // fixtures
  std::vector<Rect> zones_;      // each must stay within reach
  std::vector<Circle> things_;   // on the floor
  std::vector<Circle> targets_;  // like zones_
  std::vector<Vec2> starts_;
  FreeFloor ways_;
};

}  // namespace atl::envs::playhouse
