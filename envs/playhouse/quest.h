// A mission looked up in a house: which things each of its phrases speaks of, how long there is, and what the start has
// to be like. Made once, at reset; judge and expert work on it.
#pragma once

#include "core/random.h"
#include "envs/playhouse/goal.h"
#include "envs/playhouse/state.h"
#include "envs/task.h"

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace atl::envs::playhouse {

/// Entities, by Entity::id.
using EntitySet = std::bitset<kMaxEntities>;
[[nodiscard]] inline bool holds(const EntitySet& set, Entity entity) {
  return entity.id < set.size() && set.test(entity.id);
}

/// What one clause speaks of. Fixed when the episode begins: "the ball on the table" stays the same ball.
struct Targets {
  EntitySet objects;
  EntitySet places;
  std::uint8_t room = kNothing;  // cell of Clause::room
};

struct Quest {
  Mission mission;
  std::array<Targets, 2> targets;
  int limit_ticks = 0;

  [[nodiscard]] int num_clauses() const { return mission.joint == Joint::kNone ? 1 : 2; }
  [[nodiscard]] const Clause& clause(int index) const { return index == 0 ? mission.first : mission.second; }
};

/// Which of the three held-out sets a task is drawn from; kTrain: from none of them.
enum class Split : std::uint8_t { kTrain, kHeldOutPairs, kHeldOutPhrases, kHeldOutCompositions };
inline constexpr std::array<std::string_view, 4> kSplitNames{"train", "held_out_pairs", "held_out_phrases",
                                                             "held_out_compositions"};

/// Whether houses of a level offer tasks of a family at all, and from a split. Furniture is in no held-out pair;
/// held-out compositions are of two clauses or tell a thing by both size and place, which not every family can.
[[nodiscard]] bool has_family(const Level& level, Family family);
[[nodiscard]] bool has_split(const Level& level, Family family, Split split);
/// Those that has_split is true for, by name.
[[nodiscard]] std::vector<std::string> splits_of(const Level& level, Family family);

/// The entities that `phrase` means in `state`, seen from `player`'s pose there.
[[nodiscard]] EntitySet matches_of(const House& house, const State& state, std::size_t player,
                                   const NounPhrase& phrase);

/// Looks a mission up. Without a quest `problem` says what is not there ("nothing here is "the red ball"; there is,
/// among other things: big red cube, small blue ball"), or that nothing has to be done for it ("it is there already").
struct Lookup {
  std::optional<Quest> quest;
  std::string problem;
};
[[nodiscard]] Lookup look_up(const House& house, const State& start, const Mission& mission);

/// A drawn task: what to do, and the start in which it is to be done (something held or in the bag, a screen open).
struct DrawnQuest {
  Quest quest;
  State start;
};
/// Draws a mission of `family` that can be carried out in `house` and is not done at the start: nothing asked for is
/// hidden in a closed box, behind nothing that cannot be opened. Nothing where the house offers none in that split:
/// never one where has_split is false, seldom one where it is true.
[[nodiscard]] std::optional<DrawnQuest> draw_quest(const House& house, Family family, Split split, Random& random);

/// Time for a mission in a house of this level, in ticks: by family and number of rooms.
[[nodiscard]] int default_limit_ticks(const Level& level, const Mission& mission);

}  // namespace atl::envs::playhouse
