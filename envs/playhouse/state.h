// All of a house that changes: players, things, doors, lights, menus. Plain integers without pointers, so that saving
// and restoring is a copy (under 4 kB), equal states are equal bytes, and an expert can try things out on a copy.
// `advance` in physics.h is the only thing that moves it.
#pragma once

#include "envs/playhouse/house.h"

#include <array>
#include <cstdint>
#include <type_traits>

namespace atl::envs::playhouse {

inline constexpr int kMaxPlayers = 2;
inline constexpr std::uint8_t kNothing = 255;  // where an index may be missing

/// Anything that can be pointed at or asked for, in one numbering: things, then fixtures, then players. Also the
/// numbers in the renderer's id buffer (plus one; 0 there is the bare room).
struct Entity {
  std::uint8_t id = kNothing;
  friend constexpr bool operator==(Entity, Entity) = default;
  [[nodiscard]] constexpr bool is_some() const { return id != kNothing; }
  [[nodiscard]] constexpr bool is_thing() const { return id < kMaxThings; }
  [[nodiscard]] constexpr bool is_fixture() const { return id >= kMaxThings && id < kMaxThings + kMaxFixtures; }
  [[nodiscard]] constexpr bool is_player() const { return id >= kMaxThings + kMaxFixtures && id != kNothing; }
  [[nodiscard]] constexpr std::size_t thing() const { return id; }
  [[nodiscard]] constexpr std::size_t fixture() const { return static_cast<std::size_t>(id) - kMaxThings; }
  [[nodiscard]] constexpr std::size_t player() const {
    return static_cast<std::size_t>(id) - kMaxThings - kMaxFixtures;
  }
};
[[nodiscard]] constexpr Entity thing_entity(std::size_t index) { return {static_cast<std::uint8_t>(index)}; }
[[nodiscard]] constexpr Entity fixture_entity(std::size_t index) {
  return {static_cast<std::uint8_t>(kMaxThings + index)};
}
[[nodiscard]] constexpr Entity player_entity(std::size_t index) {
  return {static_cast<std::uint8_t>(kMaxThings + kMaxFixtures + index)};
}
inline constexpr int kMaxEntities = kMaxThings + kMaxFixtures + kMaxPlayers;

/// Where a thing is kept.
enum class Place : std::uint8_t {
  kResting,  // stands on `support`
  kFalling,
  kHeld,    // in the hands of player `owner`
  kStored,  // in the bag of player `owner`
};

struct ThingState {
  Vec3 position;  // of the middle of its underside; held: as it is carried; stored: without meaning
  std::int32_t heading = 0;
  std::int32_t fall_speed = 0;  // Q16 m per tick, downward
  Entity support;               // resting: the thing or fixture below; nothing: the floor
  std::uint8_t owner = kNothing;
  Place place = Place::kResting;
  std::uint8_t padding = 0;
  friend bool operator==(const ThingState&, const ThingState&) = default;
};

struct FixtureState {
  std::int16_t angle = 0;       // of doors and lids in counts: 0 closed .. kOpenAngle
  std::uint8_t is_on = 0;       // lamps, switches, TVs; buttons and plates: down. Doors and lids: where they move to
  std::uint8_t ticks_left = 0;  // of a button's light
  friend bool operator==(const FixtureState&, const FixtureState&) = default;
};
/// In ticks_left: a button that stays lit for good.
inline constexpr std::uint8_t kLitForGood = 255;
inline constexpr std::int32_t kOpenAngle = kTurn / 4;
/// A door or lid that is at least this far open counts as open, lets bodies through and hands in; below, it is shut.
inline constexpr std::int32_t kPassAngle = from_degrees(60);

enum class Screen : std::uint8_t { kWorld, kBag, kMenu };

inline constexpr int kBagSlots = 8;

struct PlayerState {
  Vec2 position;
  std::int32_t z = 0;  // of the feet
  std::int32_t rise_speed = 0;
  std::int32_t heading = 0;
  std::int32_t pitch = 0;           // up positive
  std::int32_t carry_distance = 0;  // from the eye to the middle of what is held
  std::int16_t pointer_x = 0;       // in the open screen, in mouse counts from its left: see screens.h
  std::int16_t pointer_y = 0;
  std::uint16_t held_keys = 0;  // KeyBits
  Entity holding;               // a thing
  Screen screen = Screen::kWorld;
  std::array<std::uint8_t, kBagSlots> bag{};  // indices of things, or kNothing
  std::uint8_t settings = 0;                  // SettingBits of the menu
  std::array<std::uint8_t, 3> padding{};
  friend bool operator==(const PlayerState&, const PlayerState&) = default;
};

struct State {
  std::array<PlayerState, kMaxPlayers> players{};
  std::array<ThingState, kMaxThings> things{};
  std::array<FixtureState, kMaxFixtures> fixtures{};
  std::uint64_t restless = 0;  // bit i: thing i falls, or was pushed or carried in the last tick
  std::int32_t num_ticks = 0;
  std::int32_t padding = 0;
  friend bool operator==(const State&, const State&) = default;
};
static_assert(std::is_trivially_copyable_v<State>);
static_assert(std::has_unique_object_representations_v<State>, "the hash is of the bytes");

/// The start of an episode in `house`: nothing held, things at rest, doors as the house says.
[[nodiscard]] State start_state(const House& house);

/// Equal states, equal hashes, on every machine (which are all little-endian).
[[nodiscard]] std::uint64_t hash_of(const State& state);

[[nodiscard]] inline bool is_open(const State& state, std::size_t fixture) {
  return state.fixtures[fixture].angle >= kPassAngle;
}
[[nodiscard]] inline bool is_on(const State& state, std::size_t fixture) { return state.fixtures[fixture].is_on != 0; }

}  // namespace atl::envs::playhouse
