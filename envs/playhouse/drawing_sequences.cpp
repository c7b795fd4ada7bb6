// Two clauses that go together: the part of drawing.h that draws sequences. Half of the work is to leave out pairs that
// whoever does them as told would fail at: hands that are full, doors that have to be opened on the way to a door, ways
// that are blocked by what was put down.
#include "envs/playhouse/bodies.h"
#include "envs/playhouse/drawing.h"

#include <algorithm>

namespace atl::envs::playhouse {
namespace {

// All solo families but sequences themselves.
constexpr auto kNumParts = static_cast<std::uint32_t>(Family::kSequence);

// The clauses in the order in which they are done; of "a and b" as they are said, which is how the expert does them.
struct InTime {
  Clause& earlier;
  Clause& later;
};
InTime in_time(Mission& m) { return m.joint == Joint::kAfter ? InTime{m.second, m.first} : InTime{m.first, m.second}; }

bool are_held_out(Family a, Family b) {
  const auto pairs = held_out_families();
  return std::any_of(pairs.begin(), pairs.end(),
                     [&](const auto& p) { return p == std::pair(a, b) || p == std::pair(b, a); });
}

// Whose clauses change the start: something is held or in the bag, a setting is on.
bool changes_start(Family family) { return family == Family::kDrop || family == Family::kMenu; }

bool needs_hands(const Clause& c) {
  switch (family_of(c.verb)) {
    case Family::kPickUp:
    case Family::kDrop:
    case Family::kPut:
    case Family::kBuild: return true;
    case Family::kMenu: return c.verb == Verb::kStore || c.verb == Verb::kTakeOut;
    default: return false;
  }
}

bool leaves_things_about(const Clause& c) {
  const Family family = family_of(c.verb);
  return family == Family::kDrop || family == Family::kPut || family == Family::kPush || family == Family::kBuild;
}

bool is_about(const Clause& c, FixtureKind kind) { return c.object.noun == Noun(kind); }
bool is_hinged_deed(const Clause& c, FixtureKind kind) {
  return family_of(c.verb) == Family::kOpen && is_about(c, kind);
}
// Done where one stands.
bool stays(const Clause& c) {
  return c.verb == Verb::kDrop || (family_of(c.verb) == Family::kMenu && c.verb != Verb::kStore);
}
bool is_menu(const Clause& c) { return family_of(c.verb) == Family::kMenu; }
bool closes_screen(const Clause& c) { return c.verb == Verb::kCloseMenu || c.verb == Verb::kCloseBag; }

// While both clauses of "a and b" are open, what is done for `earlier` on the way to its end would be wrong for
// `later`.
bool spoils_and(const Clause& earlier, const Clause& later) {
  if (is_hinged_deed(later, FixtureKind::kDoor)) return true;  // other doors are opened on the way
  const bool opens_box = earlier.verb == Verb::kPut && earlier.place.noun == Noun(FixtureKind::kBox);
  if (opens_box && later.verb == Verb::kOpen) return true;
  const bool switches = later.verb == Verb::kTurnOn || later.verb == Verb::kTurnOff;
  if (earlier.verb == Verb::kPress && switches) return true;  // a button switches a lamp
  return later.verb == Verb::kDrop && later.object == NounPhrase{};
}

}  // namespace

bool Drawing::draw_sequence(Mission& mission) {
  constexpr std::array<Joint, 3> kJoints{Joint::kThen, Joint::kAfter, Joint::kAnd};
  mission.joint = kJoints[random_.below(3)];
  return (percent(30) ? draw_about_one(mission) : draw_about_two(mission)) && mission.first != mission.second;
}

// Two families of which the split may ask: no more than needed is drawn only to be thrown away.
bool Drawing::draw_families(Family& earlier, Family& later) {
  earlier = static_cast<Family>(random_.below(kNumParts));
  later = static_cast<Family>(random_.below(kNumParts));
  if (!has_family(*house_.level, earlier) || !has_family(*house_.level, later)) return false;
  if (split_ != Split::kHeldOutCompositions) return !are_held_out(earlier, later);
  return are_held_out(earlier, later) || percent(10);  // a phrase with size and place makes a composition, too
}

// Few things can be pushed to a place: without more tries hardly any sequence would have it.
bool Drawing::draw_patiently(Family family, Clause& clause) {
  const int tries = changes_start(family) ? 1 : 6;
  for (int i = 0; i < tries; ++i) {
    clause = {};
    if (draw_clause(family, clause)) return true;
  }
  return false;
}

// About different things.
bool Drawing::draw_about_two(Mission& mission) {
  const InTime clauses = in_time(mission);
  Family earlier{};
  Family later{};
  for (int i = 0; !draw_families(earlier, later); ++i) {
    if (i == 100) return false;
  }
  // What changes the start comes first, so that the other clause is told from the start as it will be.
  const bool later_first = changes_start(later) && !changes_start(earlier);
  const bool is_drawn = later_first ? draw_patiently(later, clauses.later) && draw_patiently(earlier, clauses.earlier)
                                    : draw_patiently(earlier, clauses.earlier) && draw_patiently(later, clauses.later);
  if (!is_drawn) return false;
  if (!is_sensible(clauses.earlier, clauses.later, mission.joint)) return false;
  const Lookup lookup = look_up(house_, start_, mission);
  if (!lookup.quest) return false;
  const auto all = [&](std::size_t i) { return lookup.quest->targets[i].objects | lookup.quest->targets[i].places; };
  return (all(0) & all(1)).none() && (all(0) & lit_by(all(1))).none() && (all(1) & lit_by(all(0))).none();
}

// The lamps that buttons among `entities` switch.
EntitySet Drawing::lit_by(const EntitySet& entities) const {
  EntitySet lamps;
  for (std::size_t i = 0; i < house_.fixtures.size(); ++i) {
    const std::uint8_t lamp = house_.fixtures[i].lights;
    if (lamp != kNoFixture && entities.test(fixture_entity(i).id)) lamps.set(fixture_entity(lamp).id);
  }
  return lamps;
}

bool Drawing::is_sensible(const Clause& earlier, const Clause& later, Joint joint) const {
  if (joint == Joint::kAnd && spoils_and(earlier, later)) return false;
  // A screen that is open at the start is in the way of everything else; one that was opened, of another one.
  if (closes_screen(earlier) || closes_screen(later) || (is_menu(earlier) && is_menu(later))) return false;
  // What is held has to be let go before the hands do something else.
  if (later.verb == Verb::kDrop && needs_hands(earlier)) return false;
  if (later.verb == Verb::kPush && leaves_things_about(earlier)) return false;
  // A door that is to be opened later may have to be opened on the way before.
  if (later.verb == Verb::kOpen && is_about(later, FixtureKind::kDoor) && !stays(earlier)) return false;
  return !is_hinged_deed(earlier, FixtureKind::kDoor) || !is_hinged_deed(later, FixtureKind::kDoor);
}

// "open the box, then put the ball in it": the later clause is about what the earlier one was about.
bool Drawing::draw_about_one(Mission& mission) {
  constexpr std::array<Family, 9> kBegin{Family::kLook, Family::kGoTo, Family::kRooms, Family::kPickUp, Family::kPickUp,
                                         Family::kPut,  Family::kOpen, Family::kPush,  Family::kMenu};
  const InTime clauses = in_time(mission);
  if (!draw_clause(kBegin[random_.below(kBegin.size())], clauses.earlier)) return false;
  if (closes_screen(clauses.earlier) || !draw_deed(clauses.earlier, clauses.later)) return false;
  return mission.joint != Joint::kAnd || !spoils_and(clauses.earlier, clauses.later);
}

bool Drawing::draw_deed(const Clause& earlier, Clause& later) {
  if (earlier.object.count != 1) return false;
  if (std::holds_alternative<FixtureKind>(earlier.object.noun)) {
    // "close the box, then put the ball in it" would open it again.
    return earlier.verb != Verb::kClose && draw_deed_with_fixture(earlier.object, later);
  }
  const bool into_box = earlier.verb == Verb::kPut && earlier.place.noun == Noun(FixtureKind::kBox);
  if (into_box && percent(60)) {
    later = {.verb = Verb::kClose, .object = earlier.place};
    return means_one(earlier.place) && all_start(later, [&](std::size_t i) { return is_open(start_, i); });
  }
  return earlier.object != NounPhrase{} && draw_deed_with_thing(earlier, later);
}

bool Drawing::draw_deed_with_thing(const Clause& earlier, Clause& later) {
  NounPhrase phrase = earlier.object;
  if (earlier.verb == Verb::kFind) phrase.location = {.kind = Location::Kind::kInRoom, .room = earlier.room};
  const EntitySet meant = matches_of(house_, start_, kSelf, phrase);
  if (meant.count() != 1) return false;
  phrase.is_definite = true;
  Entity thing;
  for (std::size_t i = 0; i < house_.things.size(); ++i) {
    if (meant.test(i)) thing = thing_entity(i);
  }
  std::vector<Verb> deeds;
  switch (earlier.verb) {
    case Verb::kLookAt:
    case Verb::kGoTo:
    case Verb::kFind: deeds = {Verb::kPickUp, Verb::kPickUp, Verb::kPut, Verb::kStore}; break;
    case Verb::kPickUp: deeds = {Verb::kPut, Verb::kPut, Verb::kDrop, Verb::kStore}; break;
    case Verb::kTakeOut: deeds = {Verb::kPut, Verb::kPut, Verb::kDrop}; break;
    case Verb::kPut:
    case Verb::kPush: deeds = {Verb::kPickUp, Verb::kLookAt}; break;
    default: return false;
  }
  later.verb = any_of(deeds);
  if (later.verb == Verb::kDrop) return true;  // "drop it": what is held by then
  later.object = phrase;
  if (later.verb != Verb::kPut) return true;
  later.relation = draw_relation();
  const Entity place = draw_place(later.relation, thing);
  if (!place.is_some()) return false;
  later.place = describe(place);
  return can_be_put(later);
}

bool Drawing::draw_deed_with_fixture(const NounPhrase& fixture, Clause& later) {
  const EntitySet meant = matches_of(house_, start_, kSelf, fixture);
  std::size_t index = 0;
  while (index < house_.fixtures.size() && !meant.test(fixture_entity(index).id)) ++index;
  if (meant.count() != 1 || index == house_.fixtures.size() || !fixture.is_definite) return false;
  const FixtureKind kind = kind_of(index);
  if (is_switchable(kind) || kind == FixtureKind::kButton) {
    const Verb turn = is_on(start_, index) ? Verb::kTurnOff : Verb::kTurnOn;
    later = {.verb = kind == FixtureKind::kButton ? Verb::kPress : turn, .object = fixture};
    return true;
  }
  if (has_lid(kind) && !is_open(start_, index) && percent(40)) {
    later = {.verb = Verb::kOpen, .object = fixture};
    return !has_load(house_, start_, index);
  }
  if (!is_container(kind) && !has_top(kind)) return false;
  if (!about(later, Verb::kPut, draw_thing())) return false;
  later.relation = is_container(kind) ? Relation::kIn : Relation::kOn;
  later.place = fixture;
  return can_be_put(later);
}

}  // namespace atl::envs::playhouse
