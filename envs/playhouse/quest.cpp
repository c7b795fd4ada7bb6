#include "envs/playhouse/quest.h"

#include "envs/playhouse/already_done.h"
#include "envs/playhouse/bodies.h"
#include "envs/playhouse/grammar.h"
#include "envs/playhouse/sight.h"
#include "envs/playhouse/verb_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

namespace atl::envs::playhouse {
namespace {

constexpr std::size_t kSelf = 0;

// Directions are told within 45 degrees, by the start pose alone: "on your left" is what was there at the beginning.
bool is_on_side(const House& house, const State& state, std::size_t player, Entity entity, Location::Kind side) {
  const PlayerState& self = state.players[player];
  const Vec2 middle = extent_of(house, state, entity).middle.flat();
  if (house.cell_at(middle) != house.cell_at(self.position)) return false;  // of the room that one stands in
  const std::int32_t bearing = wrap_signed(heading_of(middle - self.position) - self.heading);
  const auto near = [&](std::int32_t heading) { return std::abs(wrap_signed(bearing - heading)) <= kTurn / 8; };
  switch (side) {
    case Location::Kind::kFront: return near(0);
    case Location::Kind::kRight: return near(kTurn / 4);
    case Location::Kind::kBehind: return near(kTurn / 2);
    case Location::Kind::kLeft: return near(-kTurn / 4);
    default: return false;
  }
}

bool is_at(const House& house, const State& state, std::size_t player, Entity entity, const Location& location) {
  switch (location.kind) {
    case Location::Kind::kNone:
    case Location::Kind::kSeenFirst: return true;  // which of them, the judge knows: targets_now
    case Location::Kind::kInRoom: {
      const int cell = entity.is_fixture() ? house.fixtures[entity.fixture()].cell
                                           : house.cell_at(extent_of(house, state, entity).middle.flat());
      return cell >= 0 && cell < house.num_rooms && house.cells[static_cast<std::size_t>(cell)].name == location.room;
    }
    case Location::Kind::kOn:
    case Location::Kind::kIn: {
      if (!entity.is_thing()) return false;
      const ThingState& thing = state.things[entity.thing()];
      if (thing.place != Place::kResting || !thing.support.is_fixture()) return false;
      const Fixture& fixture = house.fixtures[thing.support.fixture()];
      const bool is_inside = lies_inside(house, thing);
      return fixture.kind == location.fixture && is_inside == (location.kind == Location::Kind::kIn);
    }
    default: return is_on_side(house, state, player, entity, location.kind);
  }
}

bool is_kind(const House& house, Entity entity, const NounPhrase& phrase) {
  if (entity.is_player()) return std::holds_alternative<OtherPlayer>(phrase.noun) && entity.player() != kSelf;
  if (entity.is_fixture()) {
    const Fixture& fixture = house.fixtures[entity.fixture()];
    const auto* kind = std::get_if<FixtureKind>(&phrase.noun);
    return kind != nullptr && fixture.kind == *kind && (!phrase.colour || fixture.colour == *phrase.colour);
  }
  const Kind kind = house.things[entity.thing()].kind;
  const auto* shape = std::get_if<Shape>(&phrase.noun);
  if (shape == nullptr && !std::holds_alternative<AnyThing>(phrase.noun)) return false;
  if (shape != nullptr && kind.shape != *shape) return false;
  if (phrase.size && (kind.shape == Shape::kBlock || kind.size != *phrase.size)) return false;
  return !phrase.colour || kind.colour == *phrase.colour;
}

template <class Visit>
void for_each_entity(const House& house, Visit visit) {
  for (std::size_t i = 0; i < house.things.size(); ++i) visit(thing_entity(i));
  for (std::size_t i = 0; i < house.fixtures.size(); ++i) visit(fixture_entity(i));
  for (std::size_t i = 0; i < static_cast<std::size_t>(house.level->players); ++i) visit(player_entity(i));
}

// The things that are most like what was asked for.
std::string what_is_there(const House& house, const State& state, const NounPhrase& phrase) {
  constexpr std::size_t kMost = 5;
  std::vector<Kind> kinds;
  for (std::size_t i = 0; i < house.things.size(); ++i) {
    if (state.things[i].place == Place::kResting) kinds.push_back(house.things[i].kind);
  }
  const auto* shape = std::get_if<Shape>(&phrase.noun);
  std::stable_partition(kinds.begin(), kinds.end(), [&](Kind kind) {
    return (shape != nullptr && kind.shape == *shape) || (phrase.colour && kind.colour == *phrase.colour);
  });
  kinds.resize(std::min(kinds.size(), kMost));
  std::string names;
  for (const Kind kind : kinds) names += (names.empty() ? "" : ", ") + name_of(kind);
  return names;
}

// Whether `to` can be come to from `from` without passing a door.
bool is_way_round(const House& house, int from, int to, std::size_t door) {
  std::vector<int> reached{from};
  for (std::size_t i = 0; i < reached.size(); ++i) {
    for (const Portal& portal : house.cells[static_cast<std::size_t>(reached[i])].portals) {
      const bool is_known = std::find(reached.begin(), reached.end(), portal.cell) != reached.end();
      if (portal.cell != house.fixtures[door].cell && !is_known) reached.push_back(portal.cell);
    }
  }
  return std::find(reached.begin(), reached.end(), to) != reached.end();
}

// The room that the second player can only come to through the gate.
std::string look_up_gate(const House& house, const State& start, std::uint8_t& room) {
  const int helped = house.cell_at(start.players[1].position);
  for (std::size_t i = 0; i < house.fixtures.size(); ++i) {
    if (!house.is_gate(i)) continue;
    for (const Portal& side : house.cells[house.fixtures[i].cell].portals) {
      if (!is_way_round(house, helped, side.cell, i)) room = side.cell;
    }
    return room == kNothing ? "there is another way here around the door that only buttons open" : "";
  }
  return "there is no door here that only buttons open";
}

std::string look_up_clause(const House& house, const State& start, const Clause& clause, Targets& targets) {
  const auto missing = [&](const NounPhrase& phrase) {
    return fmt::format("nothing here is \"{}\"; there is, among other things: {}", name_of(phrase),
                       what_is_there(house, start, phrase));
  };
  const VerbRule& rule = rule_of(clause.verb);
  if (rule.object != NounRule::kNone) {
    if (asks_for_seen_first(clause) && !house.level->remembers)
      return "what was seen first is kept only in the world playhouse/memory";
    // "drop it": whatever is held.
    const bool is_it = clause.verb == Verb::kDrop && clause.object == NounPhrase{};
    if (is_it) {
      const Entity held = start.players[kSelf].holding;
      for (std::size_t i = 0; i < house.things.size(); ++i)
        targets.objects.set(i, !held.is_some() || i == held.thing());
    } else {
      targets.objects = matches_of(house, start, kSelf, clause.object);
    }
    if (targets.objects.none()) return missing(clause.object);
    if (clause.object.count > targets.objects.count())
      return fmt::format("there are not {} of them: {}", clause.object.count, name_of(clause.object));
  }
  if (rule.place != NounRule::kNone) {
    targets.places = matches_of(house, start, kSelf, clause.place);
    if (targets.places.none()) return missing(clause.place);
  }
  if (clause.verb == Verb::kHoldOpen) {
    if (const std::string problem = look_up_gate(house, start, targets.room); !problem.empty()) return problem;
  }
  if (rule.has_room) {
    for (std::size_t i = 0; i < static_cast<std::size_t>(house.num_rooms); ++i) {
      if (house.cells[i].name == clause.room) targets.room = static_cast<std::uint8_t>(i);
    }
    if (targets.room == kNothing)
      return fmt::format("this house has no {}", kRoomNames[static_cast<std::size_t>(clause.room)]);
  }
  if (clause.verb == Verb::kBuild) {
    // What may be taken for it.
    targets.objects = matches_of(house, start, kSelf, {.noun = Shape::kBlock, .colour = clause.colour});
    if (targets.objects.count() < clause.count)
      return fmt::format("there are {} such blocks here, {} are needed", targets.objects.count(), clause.count);
  }
  return {};
}

}  // namespace

EntitySet matches_of(const House& house, const State& state, std::size_t player, const NounPhrase& phrase) {
  EntitySet set;
  for_each_entity(house, [&](Entity entity) {
    if (is_kind(house, entity, phrase) && is_at(house, state, player, entity, phrase.location)) set.set(entity.id);
  });
  return set;
}

Lookup look_up(const House& house, const State& start, const Mission& mission) {
  Quest quest;
  quest.mission = mission;
  quest.limit_ticks = default_limit_ticks(*house.level, mission);
  for (int i = 0; i < quest.num_clauses(); ++i) {
    std::string problem = look_up_clause(house, start, quest.clause(i), quest.targets[static_cast<std::size_t>(i)]);
    if (!problem.empty()) return {std::nullopt, std::move(problem)};
  }
  if (std::string problem = already_done(house, start, quest); !problem.empty())
    return {std::nullopt, std::move(problem)};
  return {quest, {}};
}

}  // namespace atl::envs::playhouse
