#include "tests/envs/random_missions.h"

#include <algorithm>
#include <sstream>

namespace atl::envs::playhouse {
namespace {

template <class Enum>
Enum draw(Random& random, int count) {
  return static_cast<Enum>(random.below(static_cast<std::uint32_t>(count)));
}

Noun random_noun(Random& random) {
  switch (random.below(8)) {
    case 0: return AnyThing{};
    case 1: return OtherPlayer{};
    case 2:
    case 3:
    case 4: return draw<Shape>(random, 10);
    default: return draw<FixtureKind>(random, 12);
  }
}

NounPhrase random_noun_phrase(Random& random) {
  NounPhrase np{.noun = random_noun(random)};
  if (random.chance(1, 3)) np.size = draw<Size>(random, 2);
  if (random.chance(1, 2)) np.colour = draw<Colour>(random, 8);
  if (random.chance(1, 2)) {
    np.location.kind = draw<Location::Kind>(random, 8);
    if (np.location.kind == Location::Kind::kInRoom) np.location.room = draw<RoomName>(random, 6);
    const bool on_or_in = np.location.kind == Location::Kind::kOn || np.location.kind == Location::Kind::kIn;
    if (on_or_in) np.location.fixture = draw<FixtureKind>(random, 12);
  }
  if (random.chance(1, 5)) np.location = {.kind = Location::Kind::kSeenFirst};
  np.is_definite = random.chance(2, 3);
  if (!np.is_definite) np.count = static_cast<std::uint8_t>(random.between(1, 3));
  return np;
}

// Whether a verb has an object and a place, as goal.h says.
bool has_object(Verb verb) {
  static const std::set<Verb> kWithout{Verb::kTurnLeft,  Verb::kTurnRight, Verb::kWalkForward, Verb::kWalkBack,
                                       Verb::kJump,      Verb::kEnter,     Verb::kBuild,       Verb::kOpenMenu,
                                       Verb::kCloseMenu, Verb::kOpenBag,   Verb::kCloseBag,    Verb::kSetting,
                                       Verb::kBothStand, Verb::kHoldOpen,  Verb::kGoBack};
  return kWithout.count(verb) == 0;
}
bool has_place(Verb verb) { return verb == Verb::kPut || verb == Verb::kPush || verb == Verb::kStack; }

}  // namespace

Clause random_clause(Random& random) {
  const auto verb = draw<Verb>(random, kNumVerbs);
  for (;;) {
    Clause c{.verb = verb};
    if (has_object(verb)) c.object = random_noun_phrase(random);
    if (verb == Verb::kDrop && random.chance(1, 20)) c.object = {};
    if (has_place(verb)) c.place = random_noun_phrase(random);
    if (verb == Verb::kPut) c.relation = draw<Relation>(random, 6);
    if (verb == Verb::kEnter || verb == Verb::kFind) c.room = draw<RoomName>(random, 6);
    if (verb == Verb::kBuild) {
      c.structure = draw<Structure>(random, 4);
      c.count = static_cast<std::uint8_t>(random.between(2, 5));
      if (random.chance(1, 2)) c.colour = draw<Colour>(random, 8);
    }
    if (verb == Verb::kSetting) {
      c.setting = draw<Setting>(random, 3);
      c.is_on = random.chance(1, 2);
    }
    if (problem_of(c).empty()) return c;
  }
}

Mission random_mission(Random& random) {
  for (;;) {
    Mission m{.first = random_clause(random)};
    if (random.chance(1, 2)) {
      m.joint = static_cast<Joint>(random.between(1, 3));
      m.second = random_clause(random);
      if (random.chance(1, 2) && has_object(m.second.verb)) m.second.object = m.first.object;
      if (random.chance(1, 4) && has_object(m.second.verb) && has_place(m.first.verb)) m.second.object = m.first.place;
      if (random.chance(1, 4) && has_place(m.second.verb)) m.second.place = m.first.object;
    }
    if (problem_of(m).empty()) return m;
  }
}

std::set<std::string> words_of(const std::vector<std::string>& phrases) {
  std::set<std::string> words;
  for (std::string phrase : phrases) {
    std::replace(phrase.begin(), phrase.end(), ',', ' ');
    std::istringstream stream(phrase);
    for (std::string word; stream >> word;) words.insert(word);
  }
  return words;
}

}  // namespace atl::envs::playhouse
