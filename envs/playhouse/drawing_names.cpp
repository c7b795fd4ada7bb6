// How a drawn task calls what it is about: the part of drawing.h that makes noun phrases.
#include "envs/playhouse/bodies.h"
#include "envs/playhouse/drawing.h"
#include "envs/playhouse/sight.h"

#include <algorithm>

namespace atl::envs::playhouse {

// One of the places that a thing or fixture can be told by, if there is one.
Location Drawing::location_of(Entity entity) {
  std::vector<Location> possible;
  const Vec2 middle = extent_of(house_, start_, entity).middle.flat();
  const int cell = entity.is_fixture() ? house_.fixtures[entity.fixture()].cell : house_.cell_at(middle);
  const bool in_room = cell >= 0 && cell < house_.num_rooms;
  if (in_room && house_.num_rooms > 1) {
    possible.push_back({.kind = Location::Kind::kInRoom, .room = house_.cells[static_cast<std::size_t>(cell)].name});
  }
  if (entity.is_thing() && start_.things[entity.thing()].support.is_fixture()) {
    const bool inside = lies_inside(house_, start_.things[entity.thing()]);
    possible.push_back({.kind = inside ? Location::Kind::kIn : Location::Kind::kOn,
                        .fixture = kind_of(start_.things[entity.thing()].support.fixture())});
  }
  // A side only where it is plainly that side: not within 10 degrees of another.
  const PlayerState& self = start_.players[kSelf];
  const std::int32_t bearing = wrap_turn(heading_of(middle - self.position) - self.heading + kTurn / 8);
  const std::int32_t into = bearing % (kTurn / 4);
  const bool is_plain = into > from_degrees(10) && into < kTurn / 4 - from_degrees(10);
  if (in_room && is_plain && cell == house_.cell_at(self.position)) {
    constexpr std::array<Location::Kind, 4> kSides{Location::Kind::kFront, Location::Kind::kRight,
                                                   Location::Kind::kBehind, Location::Kind::kLeft};
    possible.push_back({.kind = kSides[static_cast<std::size_t>(bearing / (kTurn / 4))]});
  }
  return possible.empty() ? Location{} : any_of(possible);
}

NounPhrase Drawing::describe(Entity entity) {
  NounPhrase phrase;
  const bool composed = split_ == Split::kHeldOutCompositions;
  if (entity.is_fixture()) {
    const Fixture& fixture = house_.fixtures[entity.fixture()];
    phrase.noun = fixture.kind;
    const bool says_colour = fixture.kind == FixtureKind::kButton || (fixture.kind == FixtureKind::kBox && percent(60));
    if (says_colour) phrase.colour = fixture.colour;
    if (percent(40)) phrase.location = location_of(entity);
  } else {
    const Kind kind = house_.things[entity.thing()].kind;
    const bool must_pair = split_ == Split::kHeldOutPairs || house_.level->simple;
    if (must_pair || percent(92)) phrase.noun = kind.shape;
    if (must_pair || percent(80)) phrase.colour = kind.colour;
    const bool is_block = kind.shape == Shape::kBlock;
    const std::uint32_t chance = house_.level->simple ? 0 : composed ? 80 : 25;
    if (!is_block && house_.level->small_things && percent(chance)) phrase.size = kind.size;
    if (percent(chance) && (composed || !phrase.size)) phrase.location = location_of(entity);
    if (is_block && std::holds_alternative<AnyThing>(phrase.noun)) phrase.noun = Shape::kBlock;
    if (std::holds_alternative<AnyThing>(phrase.noun) && !phrase.colour) phrase.colour = kind.colour;
  }
  phrase.is_definite = means_one(phrase);
  return phrase;
}

bool Drawing::means_one(const NounPhrase& phrase) const {
  return matches_of(house_, start_, kSelf, phrase).count() == 1;
}

bool Drawing::about(Clause& clause, Verb verb, Entity entity) {
  if (!entity.is_some()) return false;
  clause.verb = verb;
  clause.object = describe(entity);
  return true;
}

// "put two red balls in the basket", where there are that many.
void Drawing::count_objects(Clause& clause) {
  NounPhrase phrase = clause.object;
  phrase.location = {};
  const std::size_t there = matches_of(house_, start_, kSelf, phrase).count();
  if (there < 2 || std::holds_alternative<AnyThing>(phrase.noun)) return;
  phrase.count = static_cast<std::uint8_t>(there >= 3 && percent(30) ? 3 : 2);
  phrase.is_definite = false;
  clause.object = phrase;
}

}  // namespace atl::envs::playhouse
