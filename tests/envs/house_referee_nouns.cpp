#include "tests/envs/house_referee_nouns.h"

#include <cmath>

namespace atl::envs::playhouse::referee {
namespace {

constexpr double kTouching = 0.005;  // metres between what stands on what

bool is_noun(const House& house, const Noun& noun, Entity entity) {
  if (std::holds_alternative<AnyThing>(noun)) return entity.is_thing();
  if (const auto* shape = std::get_if<Shape>(&noun)) {
    return entity.is_thing() && house.things[entity.thing()].kind.shape == *shape;
  }
  if (const auto* kind = std::get_if<FixtureKind>(&noun)) {
    return entity.is_fixture() && house.fixtures[entity.fixture()].kind == *kind;
  }
  return entity == player_entity(kFriend);
}

bool has_look(const House& house, const NounPhrase& phrase, Entity entity) {
  if (entity.is_thing()) {
    const Kind& kind = house.things[entity.thing()].kind;
    // Blocks have no size that could be named.
    return (!phrase.size || (kind.size == *phrase.size && kind.shape != Shape::kBlock)) &&
           (!phrase.colour || kind.colour == *phrase.colour);
  }
  if (entity.is_fixture()) {
    const Fixture& fixture = house.fixtures[entity.fixture()];
    const bool has_colour = fixture.kind == FixtureKind::kBox || fixture.kind == FixtureKind::kButton;
    return !phrase.size && (!phrase.colour || (has_colour && fixture.colour == *phrase.colour));
  }
  return !phrase.size && !phrase.colour;
}

/// The room or doorway that something stands in.
int room_of(const House& house, const State& start, Entity entity) {
  if (entity.is_fixture()) return house.fixtures[entity.fixture()].cell;
  return cell_of(house, solid_of(house, start, entity).middle().flat());
}

/// One of four quarters around the start, each reaching 45 degrees to both sides of its direction.
bool is_towards(const House& house, const State& start, Entity entity, int direction) {
  const PlayerState& player = start.players[kAsked];
  if (room_of(house, start, entity) != cell_of(house, to_point(player.position))) return false;
  const int heading = heading_towards(to_point(player.position), solid_of(house, start, entity).middle().flat());
  return within(relative_to(heading, player.heading + direction), 45);
}

bool is_in_room(const House& house, const State& start, Entity entity, RoomName room) {
  const int cell = room_of(house, start, entity);
  return cell >= 0 && cell < house.num_rooms && house.cells[static_cast<std::size_t>(cell)].name == room;
}

bool is_at(const House& house, const State& start, const Location& at, Entity entity) {
  using Kind = Location::Kind;
  if (at.kind == Kind::kNone || at.kind == Kind::kSeenFirst) return true;  // the latter are candidates
  if (entity.is_player()) return false;
  // What is carried is in no place.
  if (entity.is_thing() && start.things[entity.thing()].place != Place::kResting) return false;
  switch (at.kind) {
    case Kind::kFront: return is_towards(house, start, entity, 0);
    case Kind::kRight: return is_towards(house, start, entity, kTurn / 4);
    case Kind::kBehind: return is_towards(house, start, entity, kTurn / 2);
    case Kind::kLeft: return is_towards(house, start, entity, -kTurn / 4);
    case Kind::kInRoom: return is_in_room(house, start, entity, at.room);
    default: break;
  }
  for (std::size_t i = 0; i < house.fixtures.size(); ++i) {
    if (house.fixtures[i].kind != at.fixture || !entity.is_thing()) continue;
    const bool is_there =
        at.kind == Kind::kOn ? rests_on(house, start, entity.thing(), i) : rests_in(house, start, entity.thing(), i);
    if (is_there) return true;
  }
  return false;
}

/// Whether a thing stands on some part of a fixture, or within it.
bool is_over(const House& house, const State& state, std::size_t thing, std::size_t fixture) {
  const ThingState& t = state.things[thing];
  return t.place == Place::kResting && t.support == fixture_entity(fixture) &&
         overlap(solid_of(house, state, fixture_entity(fixture)), solid_of(house, state, thing_entity(thing)));
}

}  // namespace

std::vector<Entity> entities_of(const House& house) {
  std::vector<Entity> all;
  for (std::size_t i = 0; i < house.things.size(); ++i) all.push_back(thing_entity(i));
  for (std::size_t i = 0; i < house.fixtures.size(); ++i) all.push_back(fixture_entity(i));
  for (std::size_t i = 0; i < static_cast<std::size_t>(house.level->players); ++i) all.push_back(player_entity(i));
  return all;
}

bool rests_on(const House& house, const State& state, std::size_t thing, std::size_t fixture) {
  const double top = metres(house.fixtures[fixture].height);
  return has_top(house.fixtures[fixture].kind) && is_over(house, state, thing, fixture) &&
         std::abs(to_point(state.things[thing].position).z - top) < kTouching;
}

bool rests_in(const House& house, const State& state, std::size_t thing, std::size_t fixture) {
  const double top = metres(house.fixtures[fixture].height);
  return is_container(house.fixtures[fixture].kind) && is_over(house, state, thing, fixture) &&
         to_point(state.things[thing].position).z < top - kTouching;
}

bool is_meant(const House& house, const State& start, const NounPhrase& phrase, Entity entity) {
  if (!is_noun(house, phrase.noun, entity) || !has_look(house, phrase, entity)) return false;
  return is_at(house, start, phrase.location, entity);
}

}  // namespace atl::envs::playhouse::referee
