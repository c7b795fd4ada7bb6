// The families whose clauses are about one thing, or none: a part of drawing.h.
#include "envs/playhouse/bodies.h"
#include "envs/playhouse/drawing.h"
#include "envs/playhouse/hands.h"
#include "envs/playhouse/screens.h"
#include "envs/playhouse/sight.h"
#include "envs/playhouse/spots.h"

#include <algorithm>
#include <cstdlib>

namespace atl::envs::playhouse {

bool Drawing::draw_clause(Family family, Clause& clause) {
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
    case Family::kHelp:
      clause.verb = Verb::kHoldOpen;
      return look_up(house_, start_, {.first = clause}).quest.has_value();
    case Family::kSequence:
    case Family::kGoBack:
    case Family::kSeenFirst: return false;  // of two clauses
  }
  return false;
}

// Whether "turn left", "jump", "drop it" and the like, about no thing, are drawn: they are in no held-out pair and no
// held-out composition, and in a sequence they would be spoiled by the other clause.
bool Drawing::has_bare_verbs() const {
  return split_ != Split::kHeldOutPairs && split_ != Split::kHeldOutCompositions && !house_.level->simple &&
         !in_sequence_;
}

bool Drawing::draw_look(Clause& clause) {
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

bool Drawing::draw_go_to(Clause& clause) {
  if (!has_bare_verbs() || !percent(12)) return about(clause, Verb::kGoTo, draw_far(25));
  constexpr std::array<Verb, 3> kMoves{Verb::kWalkForward, Verb::kWalkBack, Verb::kJump};
  clause.verb = kMoves[random_.below(3)];
  if (clause.verb == Verb::kJump) return true;
  const PlayerState& self = start_.players[kSelf];
  const std::int32_t way = clause.verb == Verb::kWalkForward ? from_cm(130) : -from_cm(130);
  return is_clear_way(house_, start_, self.position, self.position + from_view({0, way}, self.heading), kBodyRadius, 0);
}

bool Drawing::draw_rooms(Clause& clause) {
  if (house_.num_rooms < 2) return false;
  const int here = house_.cell_at(start_.players[kSelf].position);
  // "go to the kitchen" names no thing: it is in no held-out pair, and in no composition but a sequence.
  const bool may_enter = has_bare_verbs() || (in_sequence_ && split_ != Split::kHeldOutPairs);
  if (may_enter && percent(50)) {
    const auto there = static_cast<int>(random_.below(static_cast<std::uint32_t>(house_.num_rooms)));
    clause.verb = Verb::kEnter;
    clause.room = house_.cells[static_cast<std::size_t>(there)].name;
    return there != here;
  }
  const auto room_of = [&](std::size_t thing) { return house_.cell_at(start_.things[thing].position.flat()); };
  const Entity entity = draw_thing([&](std::size_t i) { return room_of(i) < house_.num_rooms && room_of(i) != here; });
  if (!about(clause, Verb::kFind, entity)) return false;
  clause.room = house_.cells[static_cast<std::size_t>(room_of(entity.thing()))].name;
  clause.object.location = {};
  // Of the things that are meant, at least this one is in that room: it will do.
  clause.object.is_definite = means_one(clause.object);
  return true;
}

bool Drawing::draw_drop(Clause& clause) {
  const Entity entity = draw_thing();
  if (!entity.is_some()) return false;
  clause.verb = Verb::kDrop;
  const bool is_bare = (has_bare_verbs() || (in_sequence_ && split_ != Split::kHeldOutPairs)) && percent(40);
  if (!is_bare) {
    clause.object = describe(entity);
    clause.object.location = {};
    clause.object.is_definite = true;  // the one that is held
  }
  take_into_hands(house_, start_, kSelf, entity);
  return true;
}

bool Drawing::draw_open(Clause& clause) {
  const bool open = percent(50);
  const Entity entity = draw_fixture([&](std::size_t i) {
    // Gates are moved by buttons alone, which are lit for good here.
    if (!is_hinged(kind_of(i)) || house_.is_gate(i) || is_open(start_, i) == open) return false;
    return has_lid(kind_of(i)) ? !has_load(house_, start_, i) : is_reached_without_doors(i);
  });
  return about(clause, open ? Verb::kOpen : Verb::kClose, entity) &&
         all_start(clause, [&](std::size_t i) { return is_open(start_, i) != open; });
}

// Whether every fixture that a clause speaks of starts as it should.
bool Drawing::all_start(const Clause& clause, const Accepts& accepts) const {
  const EntitySet set = matches_of(house_, start_, kSelf, clause.object);
  for (std::size_t i = 0; i < house_.fixtures.size(); ++i) {
    if (set.test(fixture_entity(i).id) && !accepts(i)) return false;
  }
  return true;
}

// Doors that can be come to from the start through open doorways: others are not asked for, because opening another
// door on the way there would be the wrong one.
bool Drawing::is_reached_without_doors(std::size_t door) const {
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
                          return kind_of(f) == FixtureKind::kDoor && !is_open(start_, f);
                        });
      if (seen[portal.cell] || shut) continue;
      seen[portal.cell] = true;
      queue.push_back(portal.cell);
    }
  }
  return false;
}

bool Drawing::draw_switch(Clause& clause) {
  const Entity button =
      percent(20) ? draw_fixture([&](std::size_t i) { return kind_of(i) == FixtureKind::kButton; }) : Entity{};
  if (button.is_some()) return about(clause, Verb::kPress, button);
  const bool on = percent(50);
  const Entity entity =
      draw_fixture([&](std::size_t i) { return is_switchable(kind_of(i)) && is_on(start_, i) != on; });
  return about(clause, on ? Verb::kTurnOn : Verb::kTurnOff, entity) &&
         all_start(clause, [&](std::size_t i) { return is_on(start_, i) != on; });
}

bool Drawing::draw_menu(Clause& clause) {
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
    case 4: return about(clause, Verb::kStore, draw_thing());
    case 5: return draw_take_out(clause);
    default:
      clause.verb = Verb::kSetting;
      clause.setting = static_cast<Setting>(random_.below(3));
      clause.is_on = percent(50);
      if (!clause.is_on) self.settings |= static_cast<std::uint8_t>(1u << static_cast<int>(clause.setting));
      return true;
  }
}

bool Drawing::centre_pointer() {
  start_.players[kSelf].pointer_x = kCanvasWidth * kCountsPerUnit / 2;
  start_.players[kSelf].pointer_y = kCanvasHeight * kCountsPerUnit / 2;
  return true;
}

// Two to four things are in the bag; one of them is asked for.
bool Drawing::draw_take_out(Clause& clause) {
  const Entity wanted = draw_thing();
  if (!about(clause, Verb::kTakeOut, wanted)) return false;
  clause.object.location = {};
  PlayerState& self = start_.players[kSelf];
  const Entity held = self.holding;
  std::vector<std::size_t> stored{wanted.thing()};
  const int others = random_.between(1, 3);
  for (int i = 0; i < others; ++i) {
    const std::size_t other = random_.below(static_cast<std::uint32_t>(house_.things.size()));
    const bool is_loose = start_.things[other].place == Place::kResting && num_on(other) == 0;
    if (is_loose && std::find(stored.begin(), stored.end(), other) == stored.end()) stored.push_back(other);
  }
  for (const std::size_t thing : stored) {
    take_into_hands(house_, start_, kSelf, thing_entity(thing));
    start_.things[thing].place = Place::kStored;
    self.holding = held;
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

}  // namespace atl::envs::playhouse
