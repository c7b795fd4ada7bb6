#include "envs/playhouse/goal.h"

#include "envs/playhouse/verb_rules.h"

#include <algorithm>

namespace atl::envs::playhouse {
namespace {

// ---- Held-out sets. They are part of the world's version: changing them makes old results incomparable.

// One colour a toy shape, all different but for the ninth, for which none of the eight is left.
constexpr std::array<Colour, kNumToyShapes> kHeldOutColours{
    Colour::kRed,     // ball
    Colour::kBlue,    // cube
    Colour::kYellow,  // cylinder
    Colour::kGreen,   // cone
    Colour::kWhite,   // duck
    Colour::kOrange,  // mug
    Colour::kCyan,    // book
    Colour::kPurple,  // key
    Colour::kRed,     // teddy
};

// Families that never meet in a training sequence, whichever comes first; each still meets at least eight of the other
// ten there. All eleven meet: what is drawn is in drawing_sequences.cpp.
using FamilyPair = std::pair<Family, Family>;
constexpr std::array<FamilyPair, 8> kHeldOutFamilies{
    FamilyPair{Family::kLook, Family::kPut},    FamilyPair{Family::kGoTo, Family::kSwitch},
    FamilyPair{Family::kRooms, Family::kBuild}, FamilyPair{Family::kPickUp, Family::kOpen},
    FamilyPair{Family::kDrop, Family::kMenu},   FamilyPair{Family::kPush, Family::kOpen},
    FamilyPair{Family::kPut, Family::kMenu},    FamilyPair{Family::kPush, Family::kSwitch},
};

bool is_held_out_phrase(const NounPhrase& np) { return np.size && np.location.kind != Location::Kind::kNone; }

// ---- What can be said.

std::string_view problem_of(NounRule rule) {
  switch (rule) {
    case NounRule::kNone: return "this verb takes no such part";
    case NounRule::kAnything: return "";
    case NounRule::kThing: return "only things that can be carried (balls, cubes, books, ...) can be asked for here";
    case NounRule::kStanding: return "the place has to be a thing or a piece of furniture, not the other player";
    case NounRule::kFlatTop: return "only cubes, cylinders and blocks have a flat top to stack things on";
    case NounRule::kHinged: return "only doors and boxes open and close";
    case NounRule::kSwitchable: return "only lamps, light switches and TVs turn on and off";
    case NounRule::kButton: return "only buttons are pressed; things are pushed to a place";
  }
  return "";
}

std::string_view problem_of(const Location& at, bool of_fixture) {
  using Kind = Location::Kind;
  if (of_fixture && at.kind == Kind::kSeenFirst)
    return "only things that can be carried are told by when they were seen";
  if (at.kind != Kind::kInRoom && at.room != Location{}.room) return "a place that names no room has a room";
  if (at.kind != Kind::kOn && at.kind != Kind::kIn) {
    return at.fixture == Location{}.fixture ? "" : "a place that names no furniture has furniture";
  }
  if (of_fixture) return "furniture stands on the floor, not on or in other furniture";
  if (at.kind == Kind::kOn && !has_top(at.fixture)) return "things lie only on a table, shelf, bed or closed box";
  if (at.kind == Kind::kIn && !is_container(at.fixture)) return "things lie only in a box or basket, or in a room";
  return "";
}

std::string_view problem_of(const NounPhrase& np) {
  const auto* fixture = std::get_if<FixtureKind>(&np.noun);
  if (std::holds_alternative<OtherPlayer>(np.noun)) {
    return np == NounPhrase{.noun = OtherPlayer{}} ? "" : "the other player has no size, colour, place or number";
  }
  if (np.size && fixture != nullptr) return "furniture has no size";
  if (np.size && np.noun == Noun(Shape::kBlock)) return "blocks have one size, which is not named";
  if (np.colour && fixture != nullptr && *fixture != FixtureKind::kButton && *fixture != FixtureKind::kBox) {
    return "of the furniture, only boxes and buttons have a colour";
  }
  if (np.count < 1 || np.count > 3) return "a number of things is 1, 2 or 3";
  if (np.count > 1 && np.is_definite) return "several things are asked for as \"two balls\", without \"the\"";
  return problem_of(np.location, fixture != nullptr);
}

std::string_view problem_of(const NounPhrase& np, NounRule rule) {
  if (rule == NounRule::kNone) return np == NounPhrase{} ? "" : problem_of(rule);
  return fits(rule, np.noun) ? problem_of(np) : problem_of(rule);
}

std::string_view problem_of_place(const Clause& c) {
  if (c.object == c.place && c.object.is_definite) return "a thing cannot be put to itself";
  if (c.place.count != 1) return "there can be only one place";
  if (c.place.location.kind == Location::Kind::kSeenFirst)
    return "what was seen first can be looked at, gone to and picked up, nothing else";
  if (c.verb != Verb::kPut) return "";
  const auto* fixture = std::get_if<FixtureKind>(&c.place.noun);
  if (c.relation == Relation::kOn && (fixture == nullptr || !has_top(*fixture))) {
    return "things are put on a table, shelf, bed or closed box, and stacked on cubes, cylinders and blocks";
  }
  if (c.relation == Relation::kIn && (fixture == nullptr || !is_container(*fixture))) {
    return "only a box or a basket has an inside";
  }
  return "";
}

std::string_view problem_of_blocks(const Clause& c) {
  if (c.verb != Verb::kBuild) {
    const Clause none;
    const bool is_plain = c.structure == none.structure && c.count == none.count && c.colour == none.colour;
    return is_plain ? "" : "only \"build\" has a structure and blocks";
  }
  const bool is_flat = c.structure == Structure::kTower || c.structure == Structure::kRow;
  if (is_flat && (c.count < 2 || c.count > 5)) return "towers and rows are of 2 to 5 blocks";
  if (!is_flat && c.count != 4) return "walls and squares are of four blocks";
  return "";
}

// Places that would be read as something else, or say what the verb says already.
std::string_view problem_of_object_place(const Clause& c) {
  using Kind = Location::Kind;
  const Kind kind = c.object.location.kind;
  if (kind == Kind::kNone) return "";
  if (c.verb == Verb::kDrop)
    return "what is dropped is in the hand: say only where to put it, on a table, in a box, next to something";
  if (c.verb == Verb::kTakeOut) return "what is taken out is in the bag; it has no other place";
  if (c.verb == Verb::kFind && kind == Kind::kInRoom) return "what is to be found is in one room, said once";
  if (kind == Kind::kSeenFirst && c.verb != Verb::kLookAt && c.verb != Verb::kGoTo && c.verb != Verb::kPickUp)
    return "what was seen first can be looked at, gone to and picked up, nothing else";
  if (kind == Kind::kSeenFirst && !c.object.is_definite) return "only one was seen first: it is \"the\" one";
  return "";
}

std::string_view first_of(std::initializer_list<std::string_view> problems) {
  const auto* found = std::find_if(problems.begin(), problems.end(), [](std::string_view p) { return !p.empty(); });
  return found == problems.end() ? std::string_view{} : *found;
}

template <class Visit>
bool any_noun_phrase(const Mission& m, Visit visit) {
  return visit(m.first.object) || visit(m.first.place) || visit(m.second.object) || visit(m.second.place);
}

}  // namespace

Family family_of(Verb verb) { return rule_of(verb).family; }

Family family_of(const Mission& mission) {
  if (asks_for_seen_first(mission.first) || asks_for_seen_first(mission.second)) return Family::kSeenFirst;
  if (mission.first.verb == Verb::kGoBack || mission.second.verb == Verb::kGoBack) return Family::kGoBack;
  return mission.joint == Joint::kNone ? family_of(mission.first.verb) : Family::kSequence;
}

std::string_view problem_of(const Clause& c) {
  const VerbRule& rule = rule_of(c.verb);
  const Clause none;
  if (c.object.count != 1 && c.verb != Verb::kPut) return "several things at once can only be put somewhere";
  if (c.verb != Verb::kPut && c.relation != none.relation) return "only \"put\" has a relation";
  if (!rule.has_room && c.room != none.room) return "this verb names no room";
  if (c.verb != Verb::kSetting && (c.setting != none.setting || c.is_on != none.is_on)) {
    return "only settings of the menu are on or off";
  }
  return first_of({problem_of(c.object, rule.object), problem_of(c.place, rule.place),
                   rule.place == NounRule::kNone ? "" : problem_of_place(c), problem_of_blocks(c),
                   problem_of_object_place(c)});
}

std::string_view problem_of(const Mission& m) {
  if (const std::string_view problem = problem_of(m.first); !problem.empty()) return problem;
  if (m.joint == Joint::kNone) return m.second == Clause{} ? "" : "a second clause needs a joint";
  if (const std::string_view problem = problem_of(m.second); !problem.empty()) return problem;
  for (const Clause* c : {&m.first, &m.second}) {
    if (is_for_two(family_of(c->verb))) return "tasks for two are asked one at a time";
  }
  if (m.joint == Joint::kAnd && m.first == m.second) return "the same thing twice, in any order, is one thing";
  return "";
}

bool needs_two_players(const Mission& m) {
  return is_for_two(family_of(m.first.verb)) ||
         any_noun_phrase(m, [](const NounPhrase& np) { return std::holds_alternative<OtherPlayer>(np.noun); });
}

bool is_held_out_pair(Colour colour, Shape shape) {
  return shape != Shape::kBlock && kHeldOutColours[static_cast<std::size_t>(shape)] == colour;
}

bool mentions_held_out_pair(const Mission& mission) {
  return any_noun_phrase(mission, [](const NounPhrase& np) {
    const auto* shape = std::get_if<Shape>(&np.noun);
    return shape != nullptr && np.colour && is_held_out_pair(*np.colour, *shape);
  });
}

std::span<const FamilyPair> held_out_families() { return kHeldOutFamilies; }

bool is_held_out_composition(const Mission& m) {
  if (any_noun_phrase(m, is_held_out_phrase)) return true;
  if (m.joint == Joint::kNone) return false;
  const FamilyPair pair{family_of(m.first.verb), family_of(m.second.verb)};
  return std::any_of(kHeldOutFamilies.begin(), kHeldOutFamilies.end(), [&](const FamilyPair& held_out) {
    return held_out == pair || held_out == FamilyPair{pair.second, pair.first};
  });
}

}  // namespace atl::envs::playhouse
