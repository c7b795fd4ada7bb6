// Draws tasks that can be carried out: the work behind draw_quest. One object draws for one house; what it does is told
// apart by file: drawing.cpp begins and chooses, drawing_names.cpp says how things are called, drawing_families.cpp and
// drawing_places.cpp (what is put, pushed and built) draw single clauses, drawing_sequences.cpp two of them,
// drawing_memory.cpp what has to be remembered.
//
// Missions are drawn and thrown away until one fits; every number comes from the one stream of `random`, so that a seed
// means the same task for ever. Those of the level "room" were drawn before there was a house: their numbers are asked
// for in the same order as then.
#pragma once

#include "envs/playhouse/quest.h"
#include "envs/playhouse/routes.h"

#include <functional>
#include <optional>
#include <vector>

namespace atl::envs::playhouse {

/// Two things, and a phrase that means these two: of a shape or a colour alone.
struct Pair {
  NounPhrase phrase;
  Entity first;
  Entity second;
};
[[nodiscard]] std::vector<Pair> pairs_in(const House& house, const State& state);

/// The nearest that something stands which leads away: once there one is 2.5 m from where one started.
inline constexpr std::int32_t kLeadsAway = from_cm(350);

class Drawing {
 public:
  /// House and random are borrowed.
  Drawing(const House& house, Split split, Random& random);
  [[nodiscard]] std::optional<DrawnQuest> draw(Family family);

 private:
  using Accepts = std::function<bool(std::size_t)>;  // of a thing or fixture, by index
  static constexpr std::size_t kSelf = 0;            // the player that is asked

  // ---- drawing.cpp: the start, the split, what is chosen.

  void turn_away();
  void open_gates();
  [[nodiscard]] bool is_of_split(const Mission& mission) const;
  [[nodiscard]] bool keeps_pairs(const Quest& quest) const;
  [[nodiscard]] bool is_drawn_from(std::size_t thing) const;
  template <class T>
  T any_of(const std::vector<T>& values) {
    return values[random_.below(static_cast<std::uint32_t>(values.size()))];
  }
  bool percent(std::uint32_t chance) { return random_.chance(chance, 100); }
  /// A thing that lies open to take, or a fixture; nothing where none is accepted.
  Entity draw_thing(const Accepts& accepts);
  Entity draw_thing() {
    return draw_thing([](std::size_t) { return true; });
  }
  Entity draw_fixture(const Accepts& accepts);
  /// A thing, or now and then a fixture, that is not at hand already.
  Entity draw_far(std::uint32_t fixture_percent);
  [[nodiscard]] bool is_near(Entity entity) const;
  /// Whether the player can come to `p` at the start, through doors if need be.
  bool is_reachable(Vec2 p);
  [[nodiscard]] FixtureKind kind_of(std::size_t fixture) const { return house_.fixtures[fixture].kind; }
  [[nodiscard]] int num_on(std::size_t thing) const;  // that rest on it

  // ---- drawing_names.cpp

  /// A phrase that means `entity`, alone or among others.
  NounPhrase describe(Entity entity);
  [[nodiscard]] Location location_of(Entity entity);
  bool about(Clause& clause, Verb verb, Entity entity);
  [[nodiscard]] bool means_one(const NounPhrase& phrase) const;
  void count_objects(Clause& clause);

  // ---- drawing_families.cpp. Each fills in a clause and what the start has to be like, or gives up.

  bool draw_clause(Family family, Clause& clause);
  bool draw_look(Clause& clause);
  bool draw_go_to(Clause& clause);
  bool draw_rooms(Clause& clause);
  bool draw_drop(Clause& clause);
  bool draw_open(Clause& clause);
  bool draw_switch(Clause& clause);
  bool draw_menu(Clause& clause);
  bool draw_take_out(Clause& clause);
  bool centre_pointer();
  [[nodiscard]] bool has_bare_verbs() const;
  [[nodiscard]] bool all_start(const Clause& clause, const Accepts& accepts) const;
  [[nodiscard]] bool is_reached_without_doors(std::size_t door) const;

  // ---- drawing_places.cpp

  bool draw_put(Clause& clause);
  bool draw_push(Clause& clause);
  bool draw_build(Clause& clause);
  Entity draw_place(Relation relation, Entity object);
  Relation draw_relation();
  bool can_be_put(const Clause& clause);
  bool has_room_for(const Clause& clause, const Targets& targets);
  bool can_be_pushed(Entity object, Entity place);

  // ---- drawing_sequences.cpp

  bool draw_sequence(Mission& mission);
  bool draw_families(Family& earlier, Family& later);
  bool draw_patiently(Family family, Clause& clause);
  bool draw_about_two(Mission& mission);
  bool draw_about_one(Mission& mission);
  bool draw_deed(const Clause& earlier, Clause& later);
  bool draw_deed_with_thing(const Clause& earlier, Clause& later);
  bool draw_deed_with_fixture(const NounPhrase& fixture, Clause& later);
  [[nodiscard]] EntitySet lit_by(const EntitySet& entities) const;
  [[nodiscard]] bool is_sensible(const Clause& earlier, const Clause& later, Joint joint) const;

  // ---- drawing_memory.cpp

  bool draw_go_back(Mission& mission);
  bool draw_seen_first(Mission& mission);
  bool stand_anywhere();
  bool turn_aside(Entity landmark, const Pair& pair);
  [[nodiscard]] bool is_hidden_before(Entity landmark, const Pair& pair);

  const House& house_;
  const Split split_;
  Random& random_;
  State begin_;  // of every mission that is drawn
  State start_;  // of the present one
  FloorMap floor_;
  std::vector<bool> reached_;  // cells of the floor, from the start; made when it is asked for
  bool in_sequence_ = false;
};

}  // namespace atl::envs::playhouse
