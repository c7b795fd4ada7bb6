// Draws tasks that can be carried out: see quest.h.
#include "envs/playhouse/bodies.h"
#include "envs/playhouse/hands.h"
#include "envs/playhouse/judge.h"
#include "envs/playhouse/quest.h"
#include "envs/playhouse/routes.h"
#include "envs/playhouse/screens.h"
#include "envs/playhouse/spots.h"

#include <algorithm>
#include <vector>

namespace atl::envs::playhouse {
namespace {

constexpr std::size_t kSelf = 0;
constexpr int kTries = 60;
constexpr std::int32_t kNotThereYet = from_cm(180);  // nothing that is asked for is this near at the start

class Drawing {
 public:
  Drawing(const House& house, Split split, Random& random)
      : house_(house), split_(split), random_(random), begin_(start_state(house)), start_(begin_) {
    turn_away();
  }

  std::optional<DrawnQuest> draw(Family family) {
    if (family != Family::kHelp) open_gates();
    for (int i = 0; i < kTries; ++i) {
      start_ = begin_;
      Mission mission;
      const bool is_drawn = family == Family::kSequence ? draw_sequence(mission) : draw_clause(family, mission.first);
      if (!is_drawn || !problem_of(mission).empty() || !is_of_split(mission)) continue;
      const Lookup lookup = look_up(house_, start_, mission);
      if (!lookup.quest || !keeps_pairs(*lookup.quest)) continue;
      return DrawnQuest{*lookup.quest, start_};
    }
    return std::nullopt;
  }

 private:
  // Turns the players until none of them has chosen anything by standing where they stand.
  void turn_away() {
    constexpr std::int32_t kTurnOn = 1571;  // counts; visits all directions, about evenly
    for (std::size_t p = 0; p < static_cast<std::size_t>(house_.level->players); ++p) {
      PlayerState& player = begin_.players[p];
      for (int i = 0; i < 64 && is_choosing(house_, begin_, p); ++i)
        player.heading = wrap_turn(player.heading + kTurnOn);
    }
    start_ = begin_;
  }

  // Where the task is not about them, buttons are lit for good and their doors open.
  void open_gates() {
    for (std::size_t i = 0; i < house_.fixtures.size(); ++i) {
      const Fixture& fixture = house_.fixtures[i];
      if (fixture.kind != FixtureKind::kButton || fixture.opens == kNoFixture) continue;
      begin_.fixtures[i].is_on = 1;
      begin_.fixtures[i].ticks_left = kLitForGood;
      begin_.fixtures[fixture.opens].is_on = 1;
      begin_.fixtures[fixture.opens].angle = kOpenAngle;
    }
  }

  // ---- Held-out sets.

  [[nodiscard]] bool is_of_split(const Mission& mission) const {
    return is_held_out_composition(mission) == (split_ == Split::kHeldOutCompositions);
  }

  // Held-out pairs are asked for in their own split only, and there by colour and shape.
  [[nodiscard]] bool keeps_pairs(const Quest& quest) const {
    bool any = false;
    for (int i = 0; i < quest.num_clauses(); ++i) {
      const Targets& targets = quest.targets[static_cast<std::size_t>(i)];
      for (std::size_t t = 0; t < house_.things.size(); ++t) {
        const Kind kind = house_.things[t].kind;
        if (kind.shape == Shape::kBlock || !is_held_out_pair(kind.colour, kind.shape)) continue;
        any = any || targets.objects.test(t) || targets.places.test(t);
      }
    }
    if (split_ != Split::kHeldOutPairs) return !any || !names_things(quest.mission);
    return any && names_pair(quest.mission);
  }
  [[nodiscard]] static bool names_thing(const NounPhrase& phrase) {
    return std::holds_alternative<Shape>(phrase.noun) || std::holds_alternative<AnyThing>(phrase.noun);
  }
  // "drop it" names nothing.
  [[nodiscard]] static bool names_things(const Mission& mission) {
    const auto of = [](const Clause& c) { return c.object != NounPhrase{} || c.place != NounPhrase{}; };
    return of(mission.first) || (mission.joint != Joint::kNone && of(mission.second));
  }
  [[nodiscard]] static bool names_pair(const NounPhrase& phrase) {
    const auto* shape = std::get_if<Shape>(&phrase.noun);
    return shape != nullptr && *shape != Shape::kBlock && phrase.colour && is_held_out_pair(*phrase.colour, *shape);
  }
  [[nodiscard]] static bool names_pair(const Mission& mission) {
    const auto of = [](const Clause& c) { return names_pair(c.object) || names_pair(c.place); };
    return of(mission.first) || (mission.joint != Joint::kNone && of(mission.second));
  }

  // ---- Noun phrases.

  template <class T>
  T any_of(const std::vector<T>& values) {
    return values[random_.below(static_cast<std::uint32_t>(values.size()))];
  }
  bool percent(std::uint32_t chance) { return random_.chance(chance, 100); }

  [[nodiscard]] Location location_of(Entity entity) {
    std::vector<Location> possible;
    const Vec2 middle = extent_of(house_, start_, entity).middle.flat();
    const int cell = entity.is_fixture() ? house_.fixtures[entity.fixture()].cell : house_.cell_at(middle);
    const bool in_room = cell >= 0 && cell < house_.num_rooms;
    if (in_room && house_.num_rooms > 1) {
      Location room;
      room.kind = Location::Kind::kInRoom;
      room.room = house_.cells[static_cast<std::size_t>(cell)].name;
      possible.push_back(room);
    }
    if (entity.is_thing() && start_.things[entity.thing()].support.is_fixture()) {
      Location on;
      const Fixture& fixture = house_.fixtures[start_.things[entity.thing()].support.fixture()];
      const bool inside = lies_inside(house_, start_.things[entity.thing()]);
      on.kind = inside ? Location::Kind::kIn : Location::Kind::kOn;
      on.fixture = fixture.kind;
      possible.push_back(on);
    }
    // A side only where it is plainly that side: not within 10 degrees of another.
    const PlayerState& self = start_.players[kSelf];
    const std::int32_t bearing = wrap_turn(heading_of(middle - self.position) - self.heading + kTurn / 8);
    const std::int32_t into = bearing % (kTurn / 4);
    const bool is_plain = into > from_degrees(10) && into < kTurn / 4 - from_degrees(10);
    if (in_room && is_plain && cell == house_.cell_at(self.position)) {
      Location side;
      constexpr std::array<Location::Kind, 4> kSides{Location::Kind::kFront, Location::Kind::kRight,
                                                     Location::Kind::kBehind, Location::Kind::kLeft};
      side.kind = kSides[static_cast<std::size_t>(bearing / (kTurn / 4))];
      possible.push_back(side);
    }
    return possible.empty() ? Location{} : any_of(possible);
  }

  NounPhrase describe(Entity entity) {
    NounPhrase phrase;
    const bool composed = split_ == Split::kHeldOutCompositions;
    if (entity.is_fixture()) {
      const Fixture& fixture = house_.fixtures[entity.fixture()];
      phrase.noun = fixture.kind;
      if (fixture.kind == FixtureKind::kButton) phrase.colour = fixture.colour;
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
    phrase.is_definite = matches_of(house_, start_, kSelf, phrase).count() == 1;
    return phrase;
  }

  // ---- Entities.

  template <class Accepts>
  Entity draw_thing(Accepts accepts) {
    std::vector<Entity> fitting;
    for (std::size_t i = 0; i < house_.things.size(); ++i) {
      const ThingState& thing = start_.things[i];
      if (thing.place != Place::kResting || is_shut_away(house_, start_, i) || !accepts(i)) continue;
      const Kind kind = house_.things[i].kind;
      const bool held_out = kind.shape != Shape::kBlock && is_held_out_pair(kind.colour, kind.shape);
      if (held_out && split_ != Split::kHeldOutPairs) continue;
      if (split_ == Split::kHeldOutPairs && !held_out) continue;
      fitting.push_back(thing_entity(i));
    }
    return fitting.empty() ? Entity{} : any_of(fitting);
  }
  Entity draw_thing() {
    return draw_thing([](std::size_t) { return true; });
  }
  template <class Accepts>
  Entity draw_fixture(Accepts accepts) {
    std::vector<Entity> fitting;
    for (std::size_t i = 0; i < house_.fixtures.size(); ++i) {
      if (accepts(i)) fitting.push_back(fixture_entity(i));
    }
    return fitting.empty() ? Entity{} : any_of(fitting);
  }
  [[nodiscard]] bool is_near(Entity entity) const {
    return bearing_of(house_, start_, kSelf, entity).distance < kNotThereYet;
  }
  // A thing, or now and then a fixture, that is not at hand already.
  Entity draw_far(std::uint32_t fixture_percent) {
    if (!house_.fixtures.empty() && split_ != Split::kHeldOutPairs && percent(fixture_percent)) {
      return draw_fixture([&](std::size_t i) {
        const FixtureKind kind = house_.fixtures[i].kind;
        return kind != FixtureKind::kPlate && kind != FixtureKind::kDoor && !is_near(fixture_entity(i));
      });
    }
    return draw_thing([&](std::size_t i) { return !is_near(thing_entity(i)); });
  }

  bool about(Clause& clause, Verb verb, Entity entity) {
    if (!entity.is_some()) return false;
    clause.verb = verb;
    clause.object = describe(entity);
    return true;
  }

  void hold_at_start(Entity entity) { take_into_hands(house_, start_, kSelf, entity); }

  // Whether the player can come to `p` at the start, through doors if need be.
  bool is_reachable(Vec2 p) {
    if (!is_mapped_) {
      floor_.build(house_, begin_, FloorMap::Care::kWide);
      ways_.build(floor_, {floor_.index_of(start_.players[kSelf].position)});
      is_mapped_ = true;
    }
    return ways_.distance(floor_.index_of(p)) != RouteMap::kUnreachable;
  }

  // ---- Families.

  bool draw_clause(Family family, Clause& clause) {
    switch (family) {
      case Family::kLook: return draw_look(clause);
      case Family::kGoTo: return draw_go_to(clause);
      case Family::kRooms: return draw_rooms(clause);
      case Family::kPickUp: return about(clause, Verb::kPickUp, draw_thing());
      case Family::kDrop: return draw_drop(clause);
      case Family::kPut: return draw_put(clause);
      case Family::kOpen: return draw_open(clause);
      case Family::kSwitch: return draw_switch(clause);
      case Family::kPush: return draw_push(clause);
      case Family::kBuild: return draw_build(clause);
      case Family::kMenu: return draw_menu(clause);
      case Family::kHandOver: return about(clause, Verb::kGive, draw_thing());
      case Family::kTogether: clause.verb = Verb::kBothStand; return house_.level->players > 1;
      case Family::kHelp: clause.verb = Verb::kHoldOpen; return needs_gate();
      case Family::kSequence: return false;
    }
    return false;
  }

  // Whether the second player cannot come to the room behind the gate by any other way.
  bool needs_gate() {
    Mission mission;
    mission.first.verb = Verb::kHoldOpen;
    const Lookup lookup = look_up(house_, start_, mission);
    if (!lookup.quest) return false;
    const std::uint8_t room = lookup.quest->targets[0].room;
    FloorMap floor;
    RouteMap ways;
    floor.build(house_, begin_, FloorMap::Care::kThrough);  // the gate is shut
    ways.build(floor, {floor.index_of(house_.cells[room].floor.middle())});
    return ways.distance(floor.index_of(begin_.players[1].position)) == RouteMap::kUnreachable;
  }

  // Whether "turn left", "jump" and the like, about no thing, are drawn.
  [[nodiscard]] bool has_bare_verbs() const { return split_ == Split::kTrain && !house_.level->simple; }

  bool draw_look(Clause& clause) {
    if (has_bare_verbs() && percent(12)) {
      clause.verb = percent(50) ? Verb::kTurnLeft : Verb::kTurnRight;
      return true;
    }
    const Entity entity = draw_far(25);
    if (!entity.is_some()) return false;
    // Nothing that the eye is on already.
    const Bearing bearing = bearing_of(house_, start_, kSelf, entity);
    return std::abs(bearing.right) > from_degrees(9) && about(clause, Verb::kLookAt, entity);
  }

  bool draw_go_to(Clause& clause) {
    if (!has_bare_verbs() || !percent(12)) return about(clause, Verb::kGoTo, draw_far(25));
    constexpr std::array<Verb, 3> kMoves{Verb::kWalkForward, Verb::kWalkBack, Verb::kJump};
    clause.verb = kMoves[random_.below(3)];
    const PlayerState& self = start_.players[kSelf];
    const std::int32_t way = clause.verb == Verb::kWalkForward ? from_cm(130) : -from_cm(130);
    return clause.verb == Verb::kJump ||
           is_clear_way(house_, start_, self.position, self.position + from_view({0, way}, self.heading), kBodyRadius,
                        0);
  }

  bool draw_rooms(Clause& clause) {
    if (house_.num_rooms < 2) return false;
    const int here = house_.cell_at(start_.players[kSelf].position);
    if (split_ == Split::kTrain && percent(50)) {
      const auto there = static_cast<int>(random_.below(static_cast<std::uint32_t>(house_.num_rooms)));
      clause.verb = Verb::kEnter;
      clause.room = house_.cells[static_cast<std::size_t>(there)].name;
      return there != here;
    }
    const auto room_of = [&](std::size_t thing) { return house_.cell_at(start_.things[thing].position.flat()); };
    const Entity entity =
        draw_thing([&](std::size_t i) { return room_of(i) < house_.num_rooms && room_of(i) != here; });
    if (!about(clause, Verb::kFind, entity)) return false;
    clause.room = house_.cells[static_cast<std::size_t>(room_of(entity.thing()))].name;
    clause.object.location = {};
    // Of the things that are meant, at least this one is in that room: it will do.
    clause.object.is_definite = matches_of(house_, start_, kSelf, clause.object).count() == 1;
    return true;
  }

  bool draw_drop(Clause& clause) {
    const Entity entity = draw_thing();
    if (!entity.is_some()) return false;
    const bool named = split_ != Split::kTrain || percent(60);
    if (named && !about(clause, Verb::kDrop, entity)) return false;
    clause.verb = Verb::kDrop;
    clause.object.location = {};
    if (named) clause.object.is_definite = true;
    hold_at_start(entity);
    return true;
  }

  bool draw_put(Clause& clause) {
    const Entity object = draw_thing();
    if (!about(clause, Verb::kPut, object)) return false;
    const std::uint32_t which = random_.below(100);
    clause.relation = which < 30   ? Relation::kOn
                      : which < 55 ? Relation::kIn
                      : which < 80 ? Relation::kNextTo
                                   : static_cast<Relation>(3 + random_.below(3));
    const Entity place = draw_place(clause.relation, object);
    if (!place.is_some()) return false;
    clause.place = describe(place);
    if (clause.relation == Relation::kIn && split_ == Split::kTrain && percent(20)) count_objects(clause);
    return can_be_put(clause);
  }

  Entity draw_place(Relation relation, Entity object) {
    const auto top = [&](std::size_t i) {
      return has_top(house_.fixtures[i].kind) && !has_lid(house_.fixtures[i].kind);
    };
    const auto container = [&](std::size_t i) { return is_container(house_.fixtures[i].kind); };
    if (relation == Relation::kOn) return draw_fixture(top);
    if (relation == Relation::kIn) return draw_fixture(container);
    const bool of_fixture = !house_.fixtures.empty() && relation == Relation::kNextTo && percent(30);
    if (of_fixture) {
      return draw_fixture([&](std::size_t i) {
        const FixtureKind kind = house_.fixtures[i].kind;
        return kind != FixtureKind::kDoor && !is_passable(kind);
      });
    }
    // What stands on the floor, whatever its pair: a place may be of a held-out pair only in that split, see
    // keeps_pairs.
    std::vector<Entity> fitting;
    for (std::size_t i = 0; i < house_.things.size(); ++i) {
      if (thing_entity(i) != object && !start_.things[i].support.is_some()) fitting.push_back(thing_entity(i));
    }
    return fitting.empty() ? Entity{} : any_of(fitting);
  }

  // "put two red balls in the basket", where there are that many.
  void count_objects(Clause& clause) {
    NounPhrase phrase = clause.object;
    phrase.location = {};
    const std::size_t there = matches_of(house_, start_, kSelf, phrase).count();
    if (there < 2 || std::holds_alternative<AnyThing>(phrase.noun)) return;
    phrase.count = static_cast<std::uint8_t>(there >= 3 && percent(30) ? 3 : 2);
    phrase.is_definite = false;
    clause.object = phrase;
  }

  // Every thing that is meant has somewhere to go, and none of them is there already.
  bool can_be_put(const Clause& clause) {
    const Lookup lookup = look_up(house_, start_, {clause, Joint::kNone, {}});
    if (!lookup.quest) return false;
    const Targets& targets = lookup.quest->targets[0];
    // What is asked for and where it is to go have nothing in common.
    if ((targets.objects & targets.places).any()) return false;
    for (std::size_t i = 0; i < house_.things.size(); ++i) {
      if (!targets.objects.test(i)) continue;
      if (is_related(house_, start_, start_, clause, targets, i)) return false;
      if (is_shut_away(house_, start_, i) ||
          !find_spot(house_, start_, start_, clause, targets, i, start_.things[i].position.flat(),
                     [this](Vec2 p) { return is_reachable(p); }))
        return false;
    }
    // Several at once need room for each: not where one is nearly as large as the container.
    return clause.object.count == 1 || has_room_for(targets, clause.object.count);
  }

  [[nodiscard]] bool has_room_for(const Targets& targets, int count) const {
    std::int64_t area = 0;
    for (std::size_t i = 0; i < house_.things.size(); ++i) {
      if (targets.objects.test(i)) area = std::max(area, square(2 * body_of(house_.things[i].kind).radius));
    }
    for (std::size_t i = 0; i < house_.fixtures.size(); ++i) {
      if (!targets.places.test(fixture_entity(i).id)) continue;
      const Rect inner = shrunk(house_.fixtures[i].floor, kContainerWall);
      const std::int64_t room = std::int64_t{inner.high.x - inner.low.x} * (inner.high.y - inner.low.y);
      if (room >= 2 * count * area) return true;
    }
    return false;
  }

  bool draw_open(Clause& clause) {
    const bool open = percent(50);
    return about(clause, open ? Verb::kOpen : Verb::kClose, draw_fixture([&](std::size_t i) {
                   const Fixture& fixture = house_.fixtures[i];
                   if (!is_hinged(fixture.kind) || is_open(start_, i) == open) return false;
                   return has_lid(fixture.kind) ? !has_load(house_, start_, i) : is_reached_without_doors(i);
                 })) &&
           all_start(clause, [&](std::size_t i) { return is_open(start_, i) != open; });
  }

  // Whether every fixture that a clause speaks of starts as it should.
  template <class Accepts>
  bool all_start(const Clause& clause, Accepts accepts) {
    const EntitySet set = matches_of(house_, start_, kSelf, clause.object);
    for (std::size_t i = 0; i < house_.fixtures.size(); ++i) {
      if (set.test(fixture_entity(i).id) && !accepts(i)) return false;
    }
    return true;
  }

  // Doors that can be come to from the start through open doorways: others are not asked for, because opening another
  // door on the way there would be the wrong one.
  [[nodiscard]] bool is_reached_without_doors(std::size_t door) const {
    std::vector<bool> seen(house_.cells.size());
    std::vector<int> queue{house_.cell_at(start_.players[kSelf].position)};
    if (queue[0] < 0) return false;
    seen[static_cast<std::size_t>(queue[0])] = true;
    while (!queue.empty()) {
      const int index = queue.back();
      queue.pop_back();
      const Cell& cell = house_.cells[static_cast<std::size_t>(index)];
      for (const Portal& portal : cell.portals) {
        const Cell& next = house_.cells[portal.cell];
        if (std::find(next.fixtures.begin(), next.fixtures.end(), door) != next.fixtures.end()) return true;
        const bool shut = portal.cell >= house_.num_rooms &&
                          std::any_of(next.fixtures.begin(), next.fixtures.end(), [&](std::uint8_t f) {
                            return house_.fixtures[f].kind == FixtureKind::kDoor && !is_open(start_, f);
                          });
        if (seen[portal.cell] || shut) continue;
        seen[portal.cell] = true;
        queue.push_back(portal.cell);
      }
    }
    return false;
  }

  bool draw_switch(Clause& clause) {
    const Entity button =
        percent(15) ? draw_fixture([&](std::size_t i) { return house_.fixtures[i].kind == FixtureKind::kButton; })
                    : Entity{};
    if (button.is_some()) return about(clause, Verb::kPress, button);
    const bool on = percent(50);
    return about(clause, on ? Verb::kTurnOn : Verb::kTurnOff, draw_fixture([&](std::size_t i) {
                   return is_switchable(house_.fixtures[i].kind) && is_on(start_, i) != on;
                 })) &&
           all_start(clause, [&](std::size_t i) { return is_on(start_, i) != on; });
  }

  bool draw_push(Clause& clause) {
    const Entity object = draw_thing([&](std::size_t i) { return !start_.things[i].support.is_some(); });
    if (!about(clause, Verb::kPush, object)) return false;
    const Vec2 from = start_.things[object.thing()].position.flat();
    const std::int32_t radius = body_of(house_.things[object.thing()].kind).radius;
    const auto is_in_line = [&](Entity place) {
      const Extent extent = extent_of(house_, start_, place);
      const Vec2 way = extent.middle.flat() - from;
      const std::int32_t distance = length(way);
      if (distance < from_cm(130) + extent.half.x || distance > 4 * kMetre) return false;
      const auto along = [&](std::int32_t metres) {
        return Vec2{static_cast<std::int32_t>(std::int64_t{way.x} * metres / distance),
                    static_cast<std::int32_t>(std::int64_t{way.y} * metres / distance)};
      };
      // Room for the body behind the thing, and a clear way before it.
      const std::int32_t stop = distance - std::max(extent.half.x, extent.half.y) - radius - from_cm(20);
      const ThingSet both = set_of(object.thing()) | (place.is_thing() ? set_of(place.thing()) : 0);
      return stop > from_cm(60) && is_reachable(from - along(radius + kBodyRadius + from_cm(30))) &&
             is_clear_way(house_, start_, from - along(radius + 2 * kBodyRadius + from_cm(30)), from,
                          kBodyRadius + from_cm(10), both) &&
             is_clear_way(house_, start_, from, from + along(stop), std::max(radius, kBodyRadius) + from_cm(22), both);
    };
    std::vector<Entity> places;
    for (std::size_t i = 0; i < house_.things.size(); ++i) {
      if (thing_entity(i) != object && !start_.things[i].support.is_some() && is_in_line(thing_entity(i)))
        places.push_back(thing_entity(i));
    }
    for (std::size_t i = 0; i < house_.fixtures.size(); ++i) {
      const FixtureKind kind = house_.fixtures[i].kind;
      if (kind != FixtureKind::kDoor && !is_passable(kind) && is_in_line(fixture_entity(i)))
        places.push_back(fixture_entity(i));
    }
    if (places.empty()) return false;
    const Entity place = any_of(places);
    clause.place = describe(place);
    // One thing to one place: of several, another would need its own clear way.
    return clause.object.is_definite && clause.place.is_definite;
  }

  bool draw_build(Clause& clause) {
    if (percent(40)) {
      const Entity object = draw_thing();
      const Entity place = draw_thing([&](std::size_t i) {
        return thing_entity(i) != object && has_flat_top(house_.things[i].kind.shape) && is_loaded_with(i) == 0;
      });
      if (!place.is_some() || !about(clause, Verb::kStack, object)) return false;
      clause.place = describe(place);
      return can_be_put(clause);
    }
    if (split_ == Split::kHeldOutPairs) return false;
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

  [[nodiscard]] int is_loaded_with(std::size_t thing) const {
    return static_cast<int>(
        std::count_if(start_.things.begin(), start_.things.begin() + static_cast<std::ptrdiff_t>(house_.things.size()),
                      [&](const ThingState& other) { return other.support == thing_entity(thing); }));
  }

  bool draw_menu(Clause& clause) {
    PlayerState& self = start_.players[kSelf];
    // Clauses about things where held-out pairs are asked for; else all of them.
    const std::uint32_t which = split_ == Split::kHeldOutPairs ? 4 + random_.below(2) : random_.below(7);
    switch (which) {
      case 0: clause.verb = Verb::kOpenMenu; return true;
      case 1: clause.verb = Verb::kOpenBag; return true;
      case 2:
        clause.verb = Verb::kCloseMenu;
        self.screen = Screen::kMenu;
        return centre_pointer();
      case 3:
        clause.verb = Verb::kCloseBag;
        self.screen = Screen::kBag;
        return centre_pointer();
      case 4: {
        const Entity entity = draw_thing();
        if (!about(clause, Verb::kStore, entity)) return false;
        return true;
      }
      case 5: return draw_take_out(clause);
      default:
        clause.verb = Verb::kSetting;
        clause.setting = static_cast<Setting>(random_.below(3));
        clause.is_on = percent(50);
        if (!clause.is_on) self.settings |= static_cast<std::uint8_t>(1u << static_cast<int>(clause.setting));
        return true;
    }
  }

  bool centre_pointer() {
    start_.players[kSelf].pointer_x = kCanvasWidth * kCountsPerUnit / 2;
    start_.players[kSelf].pointer_y = kCanvasHeight * kCountsPerUnit / 2;
    return true;
  }

  // Two to four things are in the bag; one of them is asked for.
  bool draw_take_out(Clause& clause) {
    const Entity wanted = draw_thing();
    if (!about(clause, Verb::kTakeOut, wanted)) return false;
    clause.object.location = {};
    PlayerState& self = start_.players[kSelf];
    std::vector<std::size_t> stored{wanted.thing()};
    const int others = random_.between(1, 3);
    for (int i = 0; i < others; ++i) {
      const std::size_t other = random_.below(static_cast<std::uint32_t>(house_.things.size()));
      if (std::find(stored.begin(), stored.end(), other) == stored.end() && is_loaded_with(other) == 0)
        stored.push_back(other);
    }
    for (const std::size_t thing : stored) {
      take_into_hands(house_, start_, kSelf, thing_entity(thing));
      start_.things[thing].place = Place::kStored;
      self.holding = {};
      std::size_t slot = 0;
      do slot = random_.below(kBagSlots);
      while (self.bag[slot] != kNothing);
      self.bag[slot] = static_cast<std::uint8_t>(thing);
    }
    // What is meant has to be in the bag.
    const EntitySet meant = matches_of(house_, start_, kSelf, clause.object);
    for (std::size_t i = 0; i < house_.things.size(); ++i) {
      if (meant.test(i) && start_.things[i].place != Place::kStored) return false;
    }
    clause.object.is_definite = meant.count() == 1;
    return true;
  }

  bool draw_sequence(Mission& mission) {
    static constexpr std::array<Family, 7> kParts{Family::kLook, Family::kGoTo,   Family::kRooms, Family::kPickUp,
                                                  Family::kOpen, Family::kSwitch, Family::kPut};
    const Family first = kParts[random_.below(kParts.size())];
    const Family second = kParts[random_.below(kParts.size())];
    if (!draw_clause(first, mission.first) || !draw_clause(second, mission.second)) return false;
    constexpr std::array<Joint, 3> kJoints{Joint::kThen, Joint::kAfter, Joint::kAnd};
    mission.joint = kJoints[random_.below(3)];
    return mission.first != mission.second && is_sensible(mission);
  }

  // Two clauses that do not undo or disturb each other: different things, and turning or walking only by itself.
  [[nodiscard]] bool is_sensible(const Mission& mission) const {
    for (const Clause* clause : {&mission.first, &mission.second}) {
      if (clause->verb <= Verb::kJump && clause->verb != Verb::kLookAt && clause->verb != Verb::kGoTo) return false;
    }
    const Lookup lookup = look_up(house_, start_, mission);
    if (!lookup.quest) return false;
    const auto all = [&](std::size_t i) { return lookup.quest->targets[i].objects | lookup.quest->targets[i].places; };
    return (all(0) & all(1)).none();
  }

  const House& house_;
  const Split split_;
  Random& random_;
  State begin_;  // of every mission that is drawn
  State start_;  // of the present one
  FloorMap floor_;
  RouteMap ways_;  // from the start to everywhere; made when it is asked for
  bool is_mapped_ = false;
};

}  // namespace

std::optional<DrawnQuest> draw_quest(const House& house, Family family, Split split, Random& random) {
  return Drawing(house, split, random).draw(family);
}

int default_limit_ticks(const Level& level, const Mission& mission) {
  const auto seconds_of = [&](const Clause& clause) {
    const int way = level.rooms_high > 1 ? 10 + 5 * level.rooms_high : 5;  // to the far end of the house and back
    switch (family_of(clause.verb)) {
      case Family::kLook: return 5 + way;
      case Family::kGoTo:
      case Family::kRooms:
      case Family::kPickUp:
      case Family::kOpen:
      case Family::kSwitch: return 5 + way;
      case Family::kDrop: return 10;
      case Family::kPut: return 15 + 2 * way * clause.object.count;
      case Family::kPush: return 25 + way;
      case Family::kBuild: return clause.verb == Verb::kStack ? 15 + 2 * way : (15 + 2 * way) * clause.count;
      case Family::kMenu: return clause.verb == Verb::kStore ? 10 + way : 10;
      default: return 30 + 2 * way;
    }
  };
  int seconds = seconds_of(mission.first);
  if (mission.joint != Joint::kNone) seconds += seconds_of(mission.second);
  return seconds * kTickRateHz;
}

}  // namespace atl::envs::playhouse
