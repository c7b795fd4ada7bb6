// What is brought from one place to another: the part of drawing.h that draws put, push and build.
#include "envs/playhouse/bodies.h"
#include "envs/playhouse/drawing.h"
#include "envs/playhouse/judge.h"
#include "envs/playhouse/sight.h"
#include "envs/playhouse/spots.h"

#include <algorithm>

namespace atl::envs::playhouse {

Relation Drawing::draw_relation() {
  const std::uint32_t which = random_.below(100);
  return which < 30   ? Relation::kOn
         : which < 55 ? Relation::kIn
         : which < 80 ? Relation::kNextTo
                      : static_cast<Relation>(3 + random_.below(3));
}

bool Drawing::draw_put(Clause& clause) {
  const Entity object = draw_thing();
  if (!about(clause, Verb::kPut, object)) return false;
  clause.relation = draw_relation();
  const Entity place = draw_place(clause.relation, object);
  if (!place.is_some()) return false;
  clause.place = describe(place);
  const bool may_count = split_ != Split::kHeldOutPairs && split_ != Split::kHeldOutCompositions;
  if (clause.relation <= Relation::kNextTo && may_count && percent(20)) count_objects(clause);
  return can_be_put(clause);
}

Entity Drawing::draw_place(Relation relation, Entity object) {
  if (relation == Relation::kOn)
    return draw_fixture([&](std::size_t i) { return has_top(kind_of(i)) && !has_lid(kind_of(i)); });
  if (relation == Relation::kIn) return draw_fixture([&](std::size_t i) { return is_container(kind_of(i)); });
  if (!house_.fixtures.empty() && relation == Relation::kNextTo && percent(30)) {
    return draw_fixture([&](std::size_t i) { return kind_of(i) != FixtureKind::kDoor && !is_passable(kind_of(i)); });
  }
  // What stands on the floor, whatever its pair: a place may be of a held-out pair only in that split, see keeps_pairs.
  std::vector<Entity> fitting;
  for (std::size_t i = 0; i < house_.things.size(); ++i) {
    const ThingState& thing = start_.things[i];
    if (thing_entity(i) != object && thing.place == Place::kResting && !thing.support.is_some())
      fitting.push_back(thing_entity(i));
  }
  return fitting.empty() ? Entity{} : any_of(fitting);
}

// Every thing that is meant has somewhere to go, and none of them is there already.
bool Drawing::can_be_put(const Clause& clause) {
  const Lookup lookup = look_up(house_, start_, {.first = clause});
  if (!lookup.quest) return false;
  const Targets& targets = lookup.quest->targets[0];
  // What is asked for and where it is to go have nothing in common.
  if ((targets.objects & targets.places).any()) return false;
  for (std::size_t i = 0; i < house_.things.size(); ++i) {
    if (!targets.objects.test(i)) continue;
    if (is_related(house_, start_, start_, clause, targets, i) || is_shut_away(house_, start_, i)) return false;
    if (!find_spot(house_, start_, start_, clause, targets, i, start_.things[i].position.flat(),
                   [this](Vec2 p) { return is_reachable(p); }))
      return false;
  }
  return clause.object.count == 1 || has_room_for(clause, targets);
}

// Whether as many as are asked for can be put there one after the other, the largest first. On and in furniture they
// take no more than half of the room, so that it does not matter much where the first ones go.
bool Drawing::has_room_for(const Clause& clause, const Targets& targets) {
  std::vector<std::size_t> things;
  for (std::size_t i = 0; i < house_.things.size(); ++i) {
    if (targets.objects.test(i)) things.push_back(i);
  }
  const auto radius = [&](std::size_t i) { return body_of(house_.things[i].kind).radius; };
  std::stable_sort(things.begin(), things.end(), [&](std::size_t a, std::size_t b) { return radius(a) > radius(b); });
  things.resize(clause.object.count);
  if (clause.relation != Relation::kNextTo) {
    const std::int64_t wanted = 2 * clause.object.count * square(2 * radius(things.front()));
    bool is_wide = false;
    for (std::size_t i = 0; i < house_.fixtures.size(); ++i) {
      if (!targets.places.test(fixture_entity(i).id)) continue;
      const Rect top = shrunk(house_.fixtures[i].floor, is_container(kind_of(i)) ? kContainerWall : 0);
      is_wide = is_wide || std::int64_t{top.high.x - top.low.x} * (top.high.y - top.low.y) >= wanted;
    }
    if (!is_wide) return false;
  }
  State then = start_;
  return std::all_of(things.begin(), things.end(), [&](std::size_t i) {
    const auto spot = find_spot(house_, start_, then, clause, targets, i, start_.players[kSelf].position,
                                [this](Vec2 p) { return is_reachable(p); });
    if (!spot) return false;
    then.things[i].position = spot->position;
    then.things[i].support = spot->support;
    return true;
  });
}

bool Drawing::draw_push(Clause& clause) {
  const Entity object = draw_thing([&](std::size_t i) { return !start_.things[i].support.is_some(); });
  if (!about(clause, Verb::kPush, object)) return false;
  std::vector<Entity> places;
  for (std::size_t i = 0; i < house_.things.size(); ++i) {
    const ThingState& thing = start_.things[i];
    const bool stands = thing.place == Place::kResting && !thing.support.is_some();
    if (thing_entity(i) != object && stands && can_be_pushed(object, thing_entity(i)))
      places.push_back(thing_entity(i));
  }
  for (std::size_t i = 0; i < house_.fixtures.size(); ++i) {
    const bool stands = kind_of(i) != FixtureKind::kDoor && !is_passable(kind_of(i));
    if (stands && can_be_pushed(object, fixture_entity(i))) places.push_back(fixture_entity(i));
  }
  if (places.empty()) return false;
  clause.place = describe(any_of(places));
  // One thing to one place: of several, another would need its own clear way.
  return clause.object.is_definite && clause.place.is_definite;
}

bool Drawing::can_be_pushed(Entity object, Entity place) {
  const Vec2 from = start_.things[object.thing()].position.flat();
  return playhouse::can_be_pushed(house_, start_, object.thing(), from, place,
                                  [this](Vec2 p) { return is_reachable(p); });
}

bool Drawing::draw_build(Clause& clause) {
  if (percent(40)) {
    const Entity object = draw_thing();
    const Entity place = draw_thing([&](std::size_t i) {
      return thing_entity(i) != object && has_flat_top(house_.things[i].kind.shape) && num_on(i) == 0;
    });
    if (!place.is_some() || !about(clause, Verb::kStack, object)) return false;
    clause.place = describe(place);
    return can_be_put(clause);
  }
  if (split_ == Split::kHeldOutPairs && !in_sequence_) return false;
  clause.verb = Verb::kBuild;
  clause.structure = static_cast<Structure>(random_.below(4));
  const bool four = clause.structure == Structure::kWall || clause.structure == Structure::kSquare;
  const int most = clause.structure == Structure::kTower ? 3 : 4;
  clause.count = static_cast<std::uint8_t>(four ? 4 : random_.between(2, most));
  std::vector<Colour> colours;
  for (const Thing& thing : house_.things) {
    if (thing.kind.shape == Shape::kBlock) colours.push_back(thing.kind.colour);
  }
  if (colours.empty()) return false;
  if (percent(60)) clause.colour = any_of(colours);
  const auto fitting =
      std::count_if(colours.begin(), colours.end(), [&](Colour c) { return !clause.colour || c == *clause.colour; });
  return fitting >= clause.count && !is_built(house_, start_, clause);
}

}  // namespace atl::envs::playhouse
