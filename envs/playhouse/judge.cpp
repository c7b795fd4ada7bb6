#include "envs/playhouse/judge.h"

#include <cstdlib>

namespace atl::envs::playhouse {
namespace {

// Whether `view` (x right, y forward) lies within `angle` counts of straight ahead.
bool is_within(Vec2 view, std::int32_t angle) {
  return view.y > 0 && std::abs(std::int64_t{view.x}) * cosine(angle) <= std::int64_t{view.y} * sine(angle);
}

// Whether the middle of the object lies within the picture's height, about.
bool is_in_height(const Object& object, const Pose& pose, std::int32_t forward) {
  const std::int64_t drop = object.height / 2 - kEyeHeight;
  const std::int64_t s = sine(pose.pitch);
  const std::int64_t c = cosine(pose.pitch);
  const std::int64_t depth = (forward * c + drop * s) >> 16;
  const std::int64_t up = (drop * c - forward * s) >> 16;
  return depth > 0 && std::abs(up) * cosine(kLookAtHeightAngle) <= depth * sine(kLookAtHeightAngle);
}

Vec2 view_of(const Scene& scene, const Pose& pose, int index) {
  return to_view(scene.objects[static_cast<std::size_t>(index)].position - pose.position, pose.heading);
}

// Of the objects that `accepts` takes: the target if it is one of them, else the one nearest to the view axis.
template <class Accepts>
int chosen_object(const Scene& scene, const Pose& pose, int target, Accepts accepts) {
  if (accepts(target)) return target;
  int best = kNothing;
  Vec2 best_view;
  for (int i = 0; i < kNumObjects; ++i) {
    if (!accepts(i)) continue;
    const Vec2 view = view_of(scene, pose, i);
    const bool nearer =
        best == kNothing || std::abs(std::int64_t{view.x}) * best_view.y < std::abs(std::int64_t{best_view.x}) * view.y;
    if (!nearer) continue;
    best = i;
    best_view = view;
  }
  return best;
}

}  // namespace

bool is_in_reach(const Scene& scene, const Pose& pose, int index, Reach reach) {
  const Object& object = scene.objects[static_cast<std::size_t>(index)];
  return length_squared(object.position - pose.position) < square(reach.distance + object.radius) &&
         is_within(view_of(scene, pose, index), reach.angle);
}

bool is_in_view(const Scene& scene, const Pose& pose, int index) {
  const Vec2 view = view_of(scene, pose, index);
  return is_within(view, kLookAtAngle) && is_in_height(scene.objects[static_cast<std::size_t>(index)], pose, view.y) &&
         !is_hidden(scene, pose, index);
}

bool is_hidden(const Scene& scene, const Pose& pose, int index) {
  const Object& object = scene.objects[static_cast<std::size_t>(index)];
  const Vec2 line = object.position - pose.position;
  const std::int64_t line_squared = length_squared(line);
  const std::int64_t drop = object.height / 2 - kEyeHeight;  // of the sight line, from the eye to the object's middle
  for (int i = 0; i < kNumObjects; ++i) {
    if (i == index) continue;
    const Object& other = scene.objects[static_cast<std::size_t>(i)];
    const Vec2 away = other.position - pose.position;
    const std::int64_t along = std::int64_t{away.x} * line.x + std::int64_t{away.y} * line.y;
    if (along <= 0 || along >= line_squared) continue;
    const std::int64_t share = along / (line_squared >> 16);  // Q16 of the way
    const Vec2 nearest{multiply(line.x, share), multiply(line.y, share)};
    const std::int64_t height_there = kEyeHeight + (drop * share >> 16);
    if (height_there < other.height && length_squared(away - nearest) < square(other.radius)) return true;
  }
  return false;
}

int Judge::observe(const Scene& scene, const Pose& pose, const Quest& quest, const TickInput& input, bool still) {
  const auto in_reach = [&](Reach reach) {
    return chosen_object(scene, pose, quest.target, [&](int i) { return is_in_reach(scene, pose, i, reach); });
  };
  if (quest.family == Family::kPickUp) {
    return (input.pressed & kGrab) ? in_reach({kPickUpDistance, kPickUpAngle}) : kNothing;
  }
  int seen = kNothing;
  if (still && quest.family == Family::kGoTo) seen = in_reach({kGoToDistance, kGoToAngle});
  if (still && quest.family == Family::kLookAt) {
    seen = chosen_object(scene, pose, quest.target, [&](int i) { return is_in_view(scene, pose, i); });
  }
  ticks_ = seen == kNothing ? 0 : (seen == candidate_ ? ticks_ + 1 : 1);
  candidate_ = seen;
  return ticks_ >= (quest.family == Family::kGoTo ? kGoToTicks : kLookAtTicks) ? seen : kNothing;
}

}  // namespace atl::envs::playhouse
