// From a seed and a task to the start of an episode: house, quest and words. Whoever runs a house (stepped, window,
// replay, scenario) starts here, so that the same seed and task mean the same everywhere.
#pragma once

#include "envs/playhouse/quest.h"
#include "envs/playhouse/world.h"
#include "envs/task.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace atl::envs::playhouse {

struct EpisodeOptions {
  std::string level = "room";  // see house.h
  std::uint32_t reskin = 0;
};

struct Episode {
  House house;
  DrawnQuest quest;
  Task task;  // with every field filled in; target: the mission's plain name, see name_of(Mission)
};

/// Fills what `task` leaves empty from the seed. Family and split choose house and start; a target (a mission's name)
/// or an instruction without a target that the grammar understands asks for something else in the same house and start,
/// and where no family is given for its own family, in a start where it can be asked; free words leave the drawn
/// mission. Throws Error(kEnvironment) for an unknown family or split, one that this level has none of (has_split), a
/// mission of another family, and what is not there or done already, saying what is.
[[nodiscard]] Episode create_episode(std::uint64_t seed, const Task& task, const EpisodeOptions& options);

/// What is asked for in a house as it stands, or why it cannot be, in words for whoever asked.
struct AskedHere {
  std::optional<Episode> episode;
  std::string problem;
};
/// An episode in the same house that begins in the state `now`, with a time limit of its own. What is asked for is the
/// task's target or else its instruction, of whatever family; words that mean nothing, what is not there and what is
/// done already are problems. Throws Error(kEnvironment) for a time limit out of range.
[[nodiscard]] AskedHere ask_here(const House& house, const State& now, const Task& task);

/// Where these inputs lead from the episode's start, whatever is asked for.
[[nodiscard]] State state_after(const Episode& episode, std::span<const PlayerInputs> ticks);

/// Throws Error(kEnvironment) naming the families.
[[nodiscard]] Family family_named(std::string_view name);
[[nodiscard]] Split split_named(std::string_view name);

/// The families that can be asked for in a level: alone or for two players.
[[nodiscard]] std::vector<std::string> families_of(const Level& level);

/// What a verdict calls a thing, fixture or player: "small red ball", "door", "red button", "other player".
[[nodiscard]] std::string name_at(const House& house, Entity entity);

/// What is known of the episode so far. Its reason is in words: "picked up the small blue ball, asked to pick up the
/// red ball"; "done: put the key on the table (put the big green key there)"; "turned right, asked to turn left".
[[nodiscard]] Outcome outcome_of(const World& world);

}  // namespace atl::envs::playhouse
