#include "envs/playhouse/expert_choice.h"

#include <limits>

namespace atl::envs::playhouse {

Entity Chooser::nearest_object() {
  std::vector<Entity> entities = objects_by_distance();
  std::stable_partition(entities.begin(), entities.end(), [&](Entity entity) { return !is_hidden(entity); });
  if (clause_.verb == Verb::kFind)  // the one in the room asked for
    std::stable_partition(entities.begin(), entities.end(), [&](Entity e) { return is_in_room_asked_for(e); });
  if (entities.size() == 1 || clause_.verb == Verb::kLookAt || clause_.verb == Verb::kFind)
    return entities.empty() ? Entity{} : entities.front();
  return first_in_reach(entities);
}

Entity Chooser::nearest_place(Entity object) const {
  return object.is_some() ? nearest_place(state_.things[object.thing()].position.flat(), object) : Entity{};
}

Entity Chooser::nearest_place(Vec2 from, Entity object) const {
  Entity best;
  std::int64_t least = 0;
  for (std::size_t id = 0; id < targets_.places.size(); ++id) {
    const Entity entity{static_cast<std::uint8_t>(id)};
    if (!targets_.places.test(id) || entity == object) continue;
    const std::int64_t distance = length_squared(extent_of(house_, state_, entity).middle.flat() - from);
    if (best.is_some() && distance >= least) continue;
    best = entity;
    least = distance;
  }
  return best;
}

Entity Chooser::nearest_fixture(bool on) const {
  const std::vector<Entity> entities = objects_by_distance();
  const auto fitting = std::find_if(entities.begin(), entities.end(), [&](Entity entity) {
    if (!entity.is_fixture() || house_.is_gate(entity.fixture())) return false;  // gates are not moved by hand
    const FixtureKind kind = house_.fixtures[entity.fixture()].kind;
    if (kind == FixtureKind::kButton) return true;
    if (!is_hinged(kind)) return is_on(state_, entity.fixture()) == on;
    // A door counts as shut when it is all the way: one that is just closing is still the one to wait for.
    return on ? state_.fixtures[entity.fixture()].angle > 0 : !is_open(state_, entity.fixture());
  });
  return fitting == entities.end() ? Entity{} : *fitting;
}

std::vector<Entity> Chooser::objects_by_distance() const {
  struct Candidate {
    std::int64_t distance;
    Entity entity;
  };
  std::vector<Candidate> candidates;
  const int here = house_.cell_at(self_.position);
  for (std::size_t id = 0; id < targets_.objects.size(); ++id) {
    const Entity entity{static_cast<std::uint8_t>(id)};
    if (!targets_.objects.test(id)) continue;
    if (is_in_own_bag(entity)) {
      candidates.push_back({std::numeric_limits<std::int64_t>::max(), entity});
      continue;
    }
    const Place place = entity.is_thing() ? state_.things[id].place : Place::kResting;
    if (place == Place::kStored || (place == Place::kHeld && entity != self_.holding)) continue;
    const Vec2 middle = extent_of(house_, state_, entity).middle.flat();
    const std::int64_t far = house_.cell_at(middle) == here ? 0 : std::int64_t{100} * kMetre;
    candidates.push_back({far + length(middle - self_.position), entity});
  }
  std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    return a.distance != b.distance ? a.distance < b.distance : a.entity.id < b.entity.id;
  });
  std::vector<Entity> entities;
  for (const Candidate& candidate : candidates) entities.push_back(candidate.entity);
  return entities;
}

Entity Chooser::first_in_reach(const std::vector<Entity>& entities) {
  const auto found = std::find_if(entities.begin(), entities.end(), [&](Entity entity) { return can_reach(entity); });
  return found != entities.end() ? *found : (entities.empty() ? Entity{} : entities.front());
}

bool Chooser::can_reach(Entity entity) {
  if (entity == self_.holding || is_in_own_bag(entity)) return true;
  const Way& way = way_to(hand_of(entity));
  return way.care != FloorMap::Care::kThrough && way.routes.next(floor_of(way), self_.position, 0).is_reachable;
}

bool Chooser::is_in_room_asked_for(Entity entity) const {
  if (entity.is_thing() && (is_in_own_bag(entity) || entity == self_.holding)) return false;
  return house_.cell_at(extent_of(house_, state_, entity).middle.flat()) == targets_.room;
}

Entity Chooser::stored_object() const {
  const auto slot = std::find_if(self_.bag.begin(), self_.bag.end(), [&](std::uint8_t thing) {
    return thing != kNothing && holds(targets_.objects, {thing});
  });
  return slot == self_.bag.end() ? Entity{} : Entity{*slot};
}

}  // namespace atl::envs::playhouse
