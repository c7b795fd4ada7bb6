#include "tests/envs/house_referee_choice.h"

#include <algorithm>
#include <cstdlib>

namespace atl::envs::playhouse::referee {
namespace {

/// How the asked player sees an entity.
struct View {
  int right = 0, up = 0;  // counts
  Solid solid;
  Point here;
  /// Whether the surface is nearer than that to the middle of the body.
  [[nodiscard]] bool is_nearer_than(double limit) const { return is_nearer(solid, here, limit); }
};
View view_of(const House& house, const State& state, Entity entity) {
  const PlayerState& player = state.players[kAsked];
  const Solid solid = solid_of(house, state, entity);
  const Point here = to_point(player.position);
  return {relative_to(heading_towards(here, solid.middle().flat()), player.heading),
          elevation(eye_of_player(state, kAsked), solid.middle(), player.pitch), solid, here};
}

/// Whether a view is near enough to the axis and to the player.
bool is_near(const View& view, Verb verb) {
  switch (verb) {
    case Verb::kLookAt: return within(view.right, 6) && within(view.up, 12) && view.is_nearer_than(5);
    case Verb::kGoTo: return within(view.right, 20) && view.is_nearer_than(1);
    default: return within(view.right, 30) && within(view.up, 24) && view.is_nearer_than(4);
  }
}

/// Whether an entity is of the class that is asked for, and could be chosen: not in hands or bags, no door on the way.
bool may_be_chosen(const Moment& m, const Noun& noun, Entity entity, bool is_object) {
  if (std::holds_alternative<OtherPlayer>(noun)) return entity == player_entity(kFriend);
  if (std::holds_alternative<FixtureKind>(noun)) {
    return entity.is_fixture() && (is_object || m.house.fixtures[entity.fixture()].kind != FixtureKind::kDoor);
  }
  if (!entity.is_thing()) return false;
  const Place place = m.after.things[entity.thing()].place;
  return place == Place::kResting || place == Place::kFalling;
}

struct Candidate {
  Entity entity;
  bool is_object = false;
  int off = 0;  // from the axis, in counts
};

}  // namespace

bool is_still(const Moment& m) {
  const PlayerState& before = m.before.players[kAsked];
  const PlayerState& after = m.after.players[kAsked];
  const double step = metres_of_cm(1);
  return within(relative_to(after.heading, before.heading), 2.1) && within(after.pitch - before.pitch, 2.1) &&
         distance_squared(to_point(before.position), to_point(after.position)) <= step * step;
}

Entity most_central_seen(const House& house, const State& state, const EntitySet& things) {
  Entity best;
  int least = 0;
  for (std::size_t i = 0; i < house.things.size(); ++i) {
    const Entity entity = thing_entity(i);
    if (!holds(things, entity)) continue;
    const View view = view_of(house, state, entity);
    const double nearer_than = std::min(6.0, 10 * (view.solid.top - view.solid.bottom));
    const bool is_before = within(view.right, 36) && within(view.up, 28) && view.is_nearer_than(nearer_than);
    if (!is_before || !in_sight(house, state, kAsked, entity)) continue;
    const int off = std::abs(view.right) + std::abs(view.up);
    if (best.is_some() && off >= least) continue;
    best = entity;
    least = off;
  }
  return best;
}

Entity choice_of(const Moment& m, const Clause& clause, const EntitySet& objects) {
  std::vector<Candidate> candidates;
  for (const Entity entity : entities_of(m.house)) {
    const bool is_object = holds(objects, entity);
    if (!may_be_chosen(m, clause.object.noun, entity, is_object)) continue;
    const View view = view_of(m.house, m.after, entity);
    if (!is_near(view, clause.verb) || !in_sight(m.house, m.after, kAsked, entity)) continue;
    candidates.push_back({entity, is_object, std::abs(view.right) + std::abs(view.up)});
  }
  const auto best = std::min_element(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    return a.is_object != b.is_object ? a.is_object : a.off < b.off;
  });
  return best == candidates.end() ? Entity{} : best->entity;
}

}  // namespace atl::envs::playhouse::referee
