// The part of judge.h about what is seen, and which of it first.
#include "envs/playhouse/judge_clause.h"

#include <algorithm>
#include <cstdlib>

namespace atl::envs::playhouse {
namespace {

// The view reaches to 40 degrees beside its axis, and to 32 above and below.
constexpr std::int32_t kSeenAngle = from_degrees(36);
constexpr std::int32_t kSeenHeightAngle = from_degrees(28);
constexpr std::int32_t kSeenDistance = 6 * kMetre;
constexpr std::int32_t kHeightsAway = 10;  // at 96x72 what is that far away is about 6 pixels high

// What is seen for the first time and not by the one before it, of what is not `seen` yet; nothing: nothing more.
Entity most_central(const House& house, const State& state, const std::array<std::uint8_t, kMaxThings>& seen) {
  Entity best;
  std::int32_t least = 0;
  for (std::size_t i = 0; i < house.things.size(); ++i) {
    const Entity entity = thing_entity(i);
    if (seen[i] != 0 || !is_seen(house, state, kJudged, entity)) continue;
    const Bearing bearing = bearing_of(house, state, kJudged, entity);
    const std::int32_t off = std::abs(bearing.right) + std::abs(bearing.up);
    if (best.is_some() && off >= least) continue;
    best = entity;
    least = off;
  }
  return best;
}

}  // namespace

bool is_seen(const House& house, const State& state, std::size_t player, Entity thing) {
  if (state.things[thing.thing()].place == Place::kStored) return false;
  const Bearing b = bearing_of(house, state, player, thing);
  const std::int64_t height = body_of(house.things[thing.thing()].kind).height;
  return std::abs(b.right) <= kSeenAngle && std::abs(b.up) <= kSeenHeightAngle && b.distance < kSeenDistance &&
         b.distance < kHeightsAway * height && is_in_sight(house, state, player, thing);
}

void note_seen(const House& house, const State& state, JudgeState& judge) {
  if (!house.level->remembers) return;
  auto count = *std::max_element(judge.seen.begin(), judge.seen.end());
  for (;;) {
    const Entity next = most_central(house, state, judge.seen);
    if (!next.is_some()) return;
    judge.seen[next.thing()] = ++count;
  }
}

Targets targets_now(const Quest& quest, int index, const JudgeState& judge) {
  Targets targets = quest.targets[static_cast<std::size_t>(index)];
  if (!asks_for_seen_first(quest.clause(index))) return targets;
  Entity first;
  for (std::size_t i = 0; i < judge.seen.size(); ++i) {
    if (!targets.objects.test(i) || judge.seen[i] == 0) continue;
    if (!first.is_some() || judge.seen[i] < judge.seen[first.thing()]) first = thing_entity(i);
  }
  targets.objects.reset();
  if (first.is_some()) targets.objects.set(first.id);
  return targets;
}

}  // namespace atl::envs::playhouse
