// The laws of the house: one tick of 1/60 s at a time, in integers. Kinematic: bodies are upright cylinders and boxes;
// nothing tips over, bounces or slides on.
//
// Walking: 2.4 m/s, at once; the body slides along walls and furniture, jumps 0.45 m, and stands on what it lands on.
// It is never inside a wall or outside the house: a step that no sliding can mend is not taken.
// Pushing: a thing on the floor that the body walks into moves straight away from the body's middle until they only
// touch, at 1.2 m/s at most (half the walking speed), and the body gets on no faster meanwhile. All that is stacked on
// it comes along; where something is in the way of any of it, it stays.
// Taking (kTake with empty hands): the thing under the crosshair within kReach; else the nearest to the crosshair of
// those within kReach, in sight, and at most kTakeAngle beside and kTakeHeightAngle above or below it.
// Putting down (kTake with full hands): onto the floor, top, container or thing under the crosshair within kReach, at
// the nearest free place there; where there is none, or nothing is under the crosshair, the thing falls from the hands.
// Using (kUse): opens or closes the door or lid, switches the lamp, TV or light switch, presses the button that is
// under the crosshair or, as above, nearest to it. A door that somebody stands in does not close. A door that has
// buttons is open while one of them is lit; a button without a door switches a lamp with each press.
#pragma once

#include "envs/playhouse/controls.h"
#include "envs/playhouse/sight.h"
#include "envs/playhouse/state.h"

#include <array>
#include <cstdint>
#include <span>

namespace atl::envs::playhouse {

inline constexpr std::int32_t kBodyRadius = from_cm(25);
inline constexpr std::int32_t kBodyHeight = from_cm(170);
inline constexpr std::int32_t kWalkPerTick = from_cm(240) / kTickRateHz;
inline constexpr std::int32_t kPushPerTick = kWalkPerTick / 2;
inline constexpr std::int32_t kGravityPerTick = from_cm(981) / (kTickRateHz * kTickRateHz);
inline constexpr std::int32_t kJumpSpeed = from_cm(300) / kTickRateHz;
inline constexpr std::int32_t kPitchLimit = from_degrees(80);
inline constexpr std::int32_t kReach = from_cm(200);  // of the hand, from the eye
inline constexpr std::int32_t kTakeAngle = from_degrees(10);
inline constexpr std::int32_t kTakeHeightAngle = from_degrees(30);
inline constexpr std::int32_t kCarryDistance = from_cm(100);  // the wheel changes it between these
inline constexpr std::int32_t kCarryNearest = from_cm(70);
inline constexpr std::int32_t kCarryFarthest = from_cm(150);
inline constexpr std::int32_t kDoorPerTick = kOpenAngle / 24;
inline constexpr int kButtonTicks = 2 * kTickRateHz;
inline constexpr std::int32_t kStartPitch = from_degrees(-18);

enum class EventKind : std::uint8_t {
  kTook,     // `entity` into the hands
  kPutDown,  // `entity` onto `other`, or onto the floor
  kDropped,  // `entity` let go in the air
  kGave,     // `entity` into the hands of `other`, a player
  kPushed,   // `entity` moved by walking into it
  kOpened,   // `entity` passed kPassAngle upward
  kClosed,   // `entity` is shut
  kTurnedOn,
  kTurnedOff,
  kPressed,
  kStored,   // `entity` into the bag
  kTookOut,  // `entity` out of the bag, into the hands
  kScreen,   // another screen: see PlayerState::screen
  kSetting,  // a setting of the menu changed
  kJumped,
  kRefused,  // kTake or kUse with nothing that it could be about, or no place for it
};

struct Event {
  EventKind kind = EventKind::kRefused;
  std::uint8_t player = 0;
  Entity entity{};
  Entity other{};
  friend bool operator==(const Event&, const Event&) = default;
};

/// What happened in one tick, in order. At most kCapacity; physics never makes more.
class Events {
 public:
  static constexpr std::size_t kCapacity = 64;
  void add(Event event);
  void clear() { count_ = 0; }
  [[nodiscard]] std::span<const Event> all() const { return {events_.data(), count_}; }

 private:
  std::array<Event, kCapacity> events_{};
  std::size_t count_ = 0;
};

/// One tick: hinges and lights, then each player in order, then falling things. `inputs`: one for each player of the
/// level. Appends to `events`.
void advance(const House& house, State& state, std::span<const TickInput> inputs, Events& events);

/// What kTake and kUse of `player` would be about now; nothing where they would be refused. Shown by the crosshair, and
/// asked by experts.
[[nodiscard]] Entity takeable(const House& house, const State& state, std::size_t player);
[[nodiscard]] Entity usable(const House& house, const State& state, std::size_t player);

/// Where the thing in the hands of `player` would come to rest if it were put down now; `is_possible` false: it would
/// fall.
struct PutPlace {
  bool is_possible = false;
  Vec3 position;
  Entity support;  // nothing: the floor
};
[[nodiscard]] PutPlace put_place(const House& house, const State& state, std::size_t player);

}  // namespace atl::envs::playhouse
