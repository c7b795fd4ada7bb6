// How the player moves in a scene: one tick of 1/60 s at a time, in integers.
#pragma once

#include "core/action.h"
#include "envs/playhouse/scene.h"

#include <array>
#include <cstdint>

namespace atl::envs::playhouse {

inline constexpr int kTickRateHz = 60;
inline constexpr int kTicksPerStep = 4;  // so that actions come at 15 Hz
inline constexpr int kActionRateHz = kTickRateHz / kTicksPerStep;

inline constexpr std::int32_t kBodyRadius = from_cm(25);
inline constexpr std::int32_t kWalkPerTick = from_cm(240) / kTickRateHz;  // 2.4 m/s, at once
inline constexpr std::int32_t kPitchLimit = from_degrees(60);

/// The keys that mean something, as bits of TickInput.
enum KeyBit : std::uint8_t { kForward = 1, kLeft = 2, kBack = 4, kRight = 8, kGrab = 16 };
inline constexpr std::array<std::string_view, 5> kKeyNames{"w", "a", "s", "d", "e"};  // in the order of the bits

[[nodiscard]] Control control_of(KeyBit key);
/// KeyBits as controls.
[[nodiscard]] ControlSet controls_of(std::uint8_t keys);

/// Input of one tick. A key that was pressed and released inside the tick is in `pressed` only, and counts as down in
/// that tick.
struct TickInput {
  std::int32_t dx = 0;       // mouse counts, right positive
  std::int32_t dy = 0;       // down positive
  std::uint8_t held = 0;     // KeyBits down at the end of the tick
  std::uint8_t pressed = 0;  // KeyBits that went down inside it
  friend bool operator==(const TickInput&, const TickInput&) = default;
};

/// The ticks of one action step: motion and presses come in the first. `held_before`: KeyBits held when it begins; a
/// key held now and not before counts as pressed even where the action forgot to say so.
[[nodiscard]] std::array<TickInput, kTicksPerStep> ticks_of(const Action& action, std::uint8_t held_before);

struct Pose {
  Vec2 position;
  std::int32_t heading = 0;
  std::int32_t pitch = 0;  // up positive
  friend bool operator==(const Pose&, const Pose&) = default;
};

[[nodiscard]] Pose start_pose(const Scene& scene);

/// Turns, walks and slides along whatever is in the way. Returns whether the player was nearly still in this tick.
bool advance(Pose& pose, const Scene& scene, const TickInput& input);

/// Advances by a whole action step.
void advance(Pose& pose, const Scene& scene, const Action& action);

}  // namespace atl::envs::playhouse
