#include "envs/playhouse/drawing.h"

#include "envs/playhouse/bodies.h"
#include "envs/playhouse/judge.h"
#include "envs/playhouse/sight.h"

#include <algorithm>

namespace atl::envs::playhouse {
namespace {

constexpr int kTries = 60;
constexpr std::int32_t kNotThereYet = from_cm(180);  // nothing that is asked for is this near at the start

bool is_held_out(Kind kind) { return is_held_out_pair(kind.colour, kind.shape); }

// "drop it" names nothing.
bool names_things(const Clause& c) { return c.object != NounPhrase{} || c.place != NounPhrase{}; }

}  // namespace

Drawing::Drawing(const House& house, Split split, Random& random)
    : house_(house), split_(split), random_(random), begin_(start_state(house)), start_(begin_) {}

std::optional<DrawnQuest> Drawing::draw(Family family) {
  if (family != Family::kHelp) open_gates();
  turn_away();
  in_sequence_ = family == Family::kSequence;
  for (int i = 0; i < kTries; ++i) {
    start_ = begin_;
    Mission mission;
    const bool is_drawn = in_sequence_                   ? draw_sequence(mission)
                          : family == Family::kGoBack    ? draw_go_back(mission)
                          : family == Family::kSeenFirst ? draw_seen_first(mission)
                                                         : draw_clause(family, mission.first);
    if (!is_drawn || !problem_of(mission).empty() || !is_of_split(mission)) continue;
    const Lookup lookup = look_up(house_, start_, mission);
    if (!lookup.quest || !keeps_pairs(*lookup.quest)) continue;
    return DrawnQuest{*lookup.quest, start_};
  }
  return std::nullopt;
}

// Turns the players until none of them has chosen anything by standing where they stand.
void Drawing::turn_away() {
  constexpr std::int32_t kTurnOn = 1571;  // counts; visits all directions, about evenly
  for (std::size_t p = 0; p < static_cast<std::size_t>(house_.level->players); ++p) {
    PlayerState& player = begin_.players[p];
    for (int i = 0; i < 64 && is_choosing(house_, begin_, p); ++i) player.heading = wrap_turn(player.heading + kTurnOn);
  }
}

// Where the task is not about them, buttons of doors are lit for good and their doors open.
void Drawing::open_gates() {
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

bool Drawing::is_of_split(const Mission& mission) const {
  return is_held_out_composition(mission) == (split_ == Split::kHeldOutCompositions);
}

// Held-out pairs are asked for in their own split only, and there by colour and shape.
bool Drawing::keeps_pairs(const Quest& quest) const {
  bool any = false;
  for (int i = 0; i < quest.num_clauses(); ++i) {
    if (!names_things(quest.clause(i))) continue;
    const Targets& targets = quest.targets[static_cast<std::size_t>(i)];
    for (std::size_t t = 0; t < house_.things.size(); ++t) {
      any = any || (is_held_out(house_.things[t].kind) && (targets.objects.test(t) || targets.places.test(t)));
    }
  }
  return split_ == Split::kHeldOutPairs ? any && mentions_held_out_pair(quest.mission) : !any;
}

// Whether a thing may be asked for in the split.
bool Drawing::is_drawn_from(std::size_t thing) const {
  return is_held_out(house_.things[thing].kind) == (split_ == Split::kHeldOutPairs);
}

// ---- Things and fixtures.

Entity Drawing::draw_thing(const Accepts& accepts) {
  std::vector<Entity> fitting;
  for (std::size_t i = 0; i < house_.things.size(); ++i) {
    const bool lies_open = start_.things[i].place == Place::kResting && !is_shut_away(house_, start_, i);
    if (lies_open && accepts(i) && is_drawn_from(i)) fitting.push_back(thing_entity(i));
  }
  return fitting.empty() ? Entity{} : any_of(fitting);
}

Entity Drawing::draw_fixture(const Accepts& accepts) {
  std::vector<Entity> fitting;
  for (std::size_t i = 0; i < house_.fixtures.size(); ++i) {
    if (accepts(i)) fitting.push_back(fixture_entity(i));
  }
  return fitting.empty() ? Entity{} : any_of(fitting);
}

bool Drawing::is_near(Entity entity) const { return bearing_of(house_, start_, kSelf, entity).distance < kNotThereYet; }

Entity Drawing::draw_far(std::uint32_t fixture_percent) {
  if (!house_.fixtures.empty() && split_ != Split::kHeldOutPairs && percent(fixture_percent)) {
    return draw_fixture([&](std::size_t i) {
      return kind_of(i) != FixtureKind::kPlate && kind_of(i) != FixtureKind::kDoor && !is_near(fixture_entity(i));
    });
  }
  return draw_thing([&](std::size_t i) { return !is_near(thing_entity(i)); });
}

int Drawing::num_on(std::size_t thing) const {
  return static_cast<int>(std::count_if(start_.things.begin(),
                                        start_.things.begin() + static_cast<std::ptrdiff_t>(house_.things.size()),
                                        [&](const ThingState& other) { return other.support == thing_entity(thing); }));
}

bool Drawing::is_reachable(Vec2 p) {
  if (reached_.empty()) {
    floor_.build(house_, begin_, FloorMap::Care::kWide);
    reached_ = cells_joined_to(floor_, floor_.index_of(start_.players[kSelf].position));
  }
  return reached_[static_cast<std::size_t>(floor_.index_of(p))];
}

std::optional<DrawnQuest> draw_quest(const House& house, Family family, Split split, Random& random) {
  return Drawing(house, split, random).draw(family);
}

}  // namespace atl::envs::playhouse
