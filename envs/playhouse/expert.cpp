#include "envs/playhouse/expert.h"

#include <algorithm>
#include <cstdlib>

namespace atl::envs::playhouse {
namespace {

constexpr std::int32_t kNoticeAngle = from_degrees(38);  // the view reaches to 40 degrees
constexpr std::int32_t kSearchTurn = 110;                // counts a step: 9.7 degrees
constexpr std::int32_t kMaxTurn = from_degrees(18);
constexpr std::int32_t kAimed = 10;  // counts: nearer to the middle than this is not corrected
constexpr std::int32_t kWalkAngle = from_degrees(22);
constexpr std::int32_t kStopDistance = from_cm(75);  // from the surface: a step short of what the judge asks for
constexpr std::int32_t kGrabAngle = from_degrees(8);
// Two steps nearer than the judge asks for: an imitator that misjudges the distance by a step still reaches the object.
// With the judge's own distance it stopped just short, where no demonstration shows what to do, and grabbed for ever.
constexpr std::int32_t kGrabDistance = from_cm(93);
constexpr std::int32_t kSideRoom = from_cm(10);  // kept between the body and what is walked round
constexpr std::int32_t kLookAhead = from_cm(170);

void press(Action& action, KeyBit bit) { action.held.set(static_cast<std::size_t>(index_of(control_of(bit)))); }

std::int32_t bearing_of(const Scene& scene, const Pose& pose, int object) {
  const Vec2 away = scene.objects[static_cast<std::size_t>(object)].position - pose.position;
  return wrap_signed(heading_of(away) - pose.heading);
}

// Half of the way to the middle, at most kMaxTurn.
std::int32_t turn_towards(std::int32_t bearing) {
  if (std::abs(bearing) <= kAimed) return 0;
  return std::clamp(bearing / 2, -kMaxTurn, kMaxTurn);
}

// The thing that stands in the way to the object, as seen along that way; y is 0 if the way is free.
Vec2 obstacle_before(const Scene& scene, const Pose& pose, int object, std::int32_t& reach) {
  const Vec2 away = scene.objects[static_cast<std::size_t>(object)].position - pose.position;
  const std::int32_t way = heading_of(away);
  const std::int32_t far = std::min(length(away), kLookAhead);
  Vec2 nearest;
  for (int i = 0; i < kNumObjects; ++i) {
    const Object& other = scene.objects[static_cast<std::size_t>(i)];
    if (i == object) continue;
    const Vec2 view = to_view(other.position - pose.position, way);
    const std::int32_t room = other.radius + kBodyRadius + kSideRoom;
    if (view.y <= 0 || view.y >= far || std::abs(view.x) >= room) continue;
    if (nearest.y != 0 && view.y >= nearest.y) continue;
    nearest = view;
    reach = room;
  }
  return nearest;
}

void walk_towards(Action& action, const Scene& scene, const Pose& pose, const Aim& aim, std::int32_t bearing) {
  const Object& object = scene.objects[static_cast<std::size_t>(aim.object)];
  const std::int32_t surface = length(object.position - pose.position) - object.radius;
  if (surface <= kStopDistance || std::abs(bearing) > kWalkAngle) return;
  std::int32_t reach = 0;
  const Vec2 obstacle = obstacle_before(scene, pose, aim.object, reach);
  if (obstacle.y > 0) press(action, obstacle.x >= 0 ? kLeft : kRight);
  if (obstacle.y == 0 || obstacle.y > reach) press(action, kForward);
}

}  // namespace

bool is_noticed(const Scene& scene, const Pose& pose, int object) {
  return std::abs(bearing_of(scene, pose, object)) <= kNoticeAngle;
}

Action decide(const Scene& scene, const Pose& pose, const Aim& aim) {
  Action action;
  const std::int32_t bearing = bearing_of(scene, pose, aim.object);
  if (std::abs(bearing) > kNoticeAngle) {
    action.dx = kSearchTurn;
    return action;
  }
  action.dx = turn_towards(bearing);
  action.dy = turn_towards(pose.pitch - kStartPitch);  // a learner may have looked up or down; y points down
  if (aim.family == Family::kLookAt) {
    if (is_hidden(scene, pose, aim.object)) walk_towards(action, scene, pose, aim, bearing);
    return action;
  }
  if (aim.family == Family::kPickUp && is_in_reach(scene, pose, aim.object, {kGrabDistance, kGrabAngle})) {
    tap(action, control_of(kGrab));
    return action;
  }
  walk_towards(action, scene, pose, aim, bearing);
  return action;
}

}  // namespace atl::envs::playhouse
