#include "envs/playhouse/motion.h"

#include <algorithm>
#include <bit>
#include <cstdlib>

namespace atl::envs::playhouse {
namespace {

// "Nearly still" lets a policy's smallest mouse bin through (1.85 degrees), but no walking.
constexpr std::int32_t kStillTurn = 24;  // counts a tick, 2.1 degrees
constexpr std::int32_t kStillWalk = kWalkPerTick / 4;

const std::array<Control, 5>& key_controls() {
  static const std::array<Control, 5> controls = [] {
    std::array<Control, 5> result{};
    for (std::size_t i = 0; i < result.size(); ++i) result[i] = control_named(kKeyNames[i]);
    return result;
  }();
  return controls;
}

Vec2 walk(std::uint8_t down, std::int32_t heading) {
  const auto axis = [&](KeyBit plus, KeyBit minus) { return ((down & plus) ? 1 : 0) - ((down & minus) ? 1 : 0); };
  Vec2 step{axis(kRight, kLeft), axis(kForward, kBack)};
  if (step.x == 0 && step.y == 0) return {};
  const std::int32_t speed = (step.x != 0 && step.y != 0) ? multiply(kWalkPerTick, 46341) : kWalkPerTick;  // 1/sqrt 2
  return from_view({step.x * speed, step.y * speed}, heading);
}

// Pushes the body out of whatever it stands in. Twice, so that a push by one thing into another is mended.
Vec2 pushed_out(Vec2 position, const Scene& scene) {
  for (int round = 0; round < 2; ++round) {
    for (const Object& object : scene.objects) {
      const Vec2 away = position - object.position;
      const std::int32_t reach = object.radius + kBodyRadius;
      if (length_squared(away) >= square(reach)) continue;
      const std::int64_t distance = std::max(length(away), 1);
      position = object.position + Vec2{static_cast<std::int32_t>(std::int64_t{away.x} * reach / distance),
                                        static_cast<std::int32_t>(std::int64_t{away.y} * reach / distance)};
    }
    constexpr std::int32_t kLimit = kRoomHalf - kBodyRadius;
    position = {std::clamp(position.x, -kLimit, kLimit), std::clamp(position.y, -kLimit, kLimit)};
  }
  return position;
}

std::int32_t clamp_pitch(std::int64_t pitch) {
  return static_cast<std::int32_t>(std::clamp<std::int64_t>(pitch, -kPitchLimit, kPitchLimit));
}

}  // namespace

Control control_of(KeyBit key) {
  return key_controls()[static_cast<std::size_t>(std::countr_zero(static_cast<unsigned>(key)))];
}

ControlSet controls_of(std::uint8_t keys) {
  ControlSet controls;
  for (std::size_t i = 0; i < key_controls().size(); ++i) {
    if (keys & (1u << i)) controls.set(static_cast<std::size_t>(index_of(key_controls()[i])));
  }
  return controls;
}

std::array<TickInput, kTicksPerStep> ticks_of(const Action& action, std::uint8_t held_before) {
  TickInput first;
  first.dx = action.dx;
  first.dy = action.dy;
  for (std::size_t i = 0; i < key_controls().size(); ++i) {
    const auto bit = static_cast<std::uint8_t>(1u << i);
    const Control control = key_controls()[i];
    if (action.is_held(control)) first.held |= bit;
    if (action.num_presses(control) > 0 || (action.is_held(control) && !(held_before & bit))) first.pressed |= bit;
  }
  const TickInput rest{.held = first.held};
  return {first, rest, rest, rest};
}

Pose start_pose(const Scene& scene) { return {scene.start, scene.start_heading, kStartPitch}; }

bool advance(Pose& pose, const Scene& scene, const TickInput& input) {
  pose.heading = wrap_turn(static_cast<std::int32_t>((pose.heading + std::int64_t{input.dx}) & (kTurn - 1)));
  pose.pitch = clamp_pitch(pose.pitch - std::int64_t{input.dy});
  const Vec2 before = pose.position;
  const Vec2 step = walk(input.held | input.pressed, pose.heading);
  if (step != Vec2{}) pose.position = pushed_out(before + step, scene);
  return std::abs(std::int64_t{input.dx}) <= kStillTurn && std::abs(std::int64_t{input.dy}) <= kStillTurn &&
         length_squared(pose.position - before) <= square(kStillWalk);
}

void advance(Pose& pose, const Scene& scene, const Action& action) {
  for (const TickInput& input : ticks_of(action, 0)) advance(pose, scene, input);
}

}  // namespace atl::envs::playhouse
