#include "tests/envs/house_referee_choice.h"

#include <algorithm>
#include <cstdlib>

namespace atl::envs::playhouse::referee {
namespace {

/// How the asked player sees an entity.
struct View {
  Counts right, up;
  double distance = 0;  // level, from the middle of the body to the surface
};
View view_of(const Moment& m, Entity entity) {
  const PlayerState& player = m.after.players[kAsked];
  const Solid solid = solid_of(m.house, m.after, entity);
  const Point here = to_point(player.position);
  return {relative_to(heading_towards(here, solid.middle().flat()), player.heading),
          elevation(eye_of_player(m.after, kAsked), solid.middle(), player.pitch), gap(solid, here)};
}

/// Whether a view is near enough to the axis and to the player.
Truth is_near(const View& view, Verb verb) {
  switch (verb) {
    case Verb::kLookAt:
      return within(view.right, 6, "look at: degrees beside") & within(view.up, 12, "look at: degrees above") &
             less(view.distance, 5, "look at: distance");
    case Verb::kGoTo:
      return within(view.right, 20, "go to: degrees beside") & less(view.distance, 1, "go to: distance");
    default:
      return within(view.right, 30, "find: degrees beside") & within(view.up, 24, "find: degrees above") &
             less(view.distance, 4, "find: distance");
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
  Truth accepted;     // yes or undecided
  int off = 0;        // from the axis, in counts
  int off_other = 0;  // the same, rounded the other way
};

using Off = int Candidate::*;

/// The best candidate, if there is one; several equal ones: all of them.
std::vector<Entity> best_of(const std::vector<Candidate>& candidates, bool with_undecided, Off off) {
  std::vector<Entity> best;
  const Candidate* first = nullptr;
  for (const Candidate& c : candidates) {
    if (!with_undecided && c.accepted.is_undecided()) continue;
    const bool is_better = first == nullptr || (c.is_object != first->is_object ? c.is_object : c.*off < first->*off);
    const bool is_equal = first != nullptr && c.is_object == first->is_object && c.*off == first->*off;
    if (is_better) {
      best.clear();
      first = &c;
    }
    if (is_better || is_equal) best.push_back(c.entity);
  }
  return best;
}

}  // namespace

bool is_still(const Moment& m) {
  const PlayerState& before = m.before.players[kAsked];
  const PlayerState& after = m.after.players[kAsked];
  const int turn = std::abs(relative_to({after.heading, after.heading}, before.heading).one);
  return turn <= counts_of(2.1) && std::abs(after.pitch - before.pitch) <= counts_of(2.1) &&
         distance(to_point(before.position), to_point(after.position)) <= 0.01;
}

Truth Choice::is(Entity entity) const {
  const bool may_be = std::find(possible.begin(), possible.end(), entity) != possible.end();
  return may_be ? is_one : sure(false);
}

Choice choice_of(const Moment& m, const Clause& clause, const EntitySet& objects) {
  std::vector<Candidate> candidates;
  Truth doubt{Truth::Kind::kUndecided, "which is nearest to the view axis", 360.0 / kTurn};
  for (const Entity entity : entities_of(m.house)) {
    const bool is_object = holds(objects, entity);
    if (!may_be_chosen(m, clause.object.noun, entity, is_object)) continue;
    const View view = view_of(m, entity);
    Truth accepted = is_near(view, clause.verb);
    if (!accepted.is_no()) accepted = accepted & in_sight(m.house, m.after, kAsked, entity);
    if (accepted.is_no()) continue;
    if (accepted.is_undecided()) doubt = accepted;
    candidates.push_back({entity, is_object, accepted, std::abs(view.right.one) + std::abs(view.up.one),
                          std::abs(view.right.other) + std::abs(view.up.other)});
  }
  // However the borders are rounded, it has to be the same one.
  Choice choice;
  bool is_none_possible = false;
  for (const bool with_undecided : {false, true}) {
    for (const Off off : {&Candidate::off, &Candidate::off_other}) {
      const std::vector<Entity> best = best_of(candidates, with_undecided, off);
      is_none_possible = is_none_possible || best.empty();
      for (const Entity entity : best) {
        const bool is_known =
            std::find(choice.possible.begin(), choice.possible.end(), entity) != choice.possible.end();
        if (!is_known) choice.possible.push_back(entity);
      }
    }
  }
  const bool is_certain = choice.possible.size() == 1 && !is_none_possible;
  choice.is_one = is_certain ? sure(true) : doubt;
  return choice;
}

}  // namespace atl::envs::playhouse::referee
