// Runs a suite: every task on the same starts under every condition, in parallel, with equal results whatever the
// number of threads.
#pragma once

#include "core/contract.h"
#include "envs/environment.h"
#include "evaluation/results.h"
#include "evaluation/suite.h"
#include "session/episode.h"
#include "session/player.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace atl::evaluation {

/// Who plays under a condition. Conditions "blank" and "no_language" are told nothing; "swapped" is told to do another
/// thing of the same scene and gives the rows "swapped" and "swapped_named".
struct Contestant {
  std::string condition;
  std::function<std::unique_ptr<session::Player>(envs::SteppedEnvironment& world)> create_player;
  std::string checkpoint;  // for the records; empty for players that have none
  double guidance = 0.0;
};

struct EvaluationPlan {
  Suite suite;
  std::uint64_t episodes_per_task = 0;
  int threads = 1;
  std::uint64_t player_seed = 0;  // players of all conditions draw from streams of this seed
  std::function<std::unique_ptr<envs::SteppedEnvironment>()> create_world;  // called once per thread
  std::optional<PolicyContract> contract{};  // in whose terms habits of all players are counted; none: they are not
};

/// One episode to run: enough to run it again, bit by bit (for videos).
struct EpisodeJob {
  std::size_t row = 0;  // of the suite
  std::size_t contestant = 0;
  std::uint64_t index = 0;  // of the start
};

/// What an episode of the suite asks for; also of the same suite played live.
[[nodiscard]] session::EpisodeRequest make_request(const Suite& suite, std::size_t row, std::uint64_t index,
                                                   std::uint64_t player_seed);

/// What an episode of the suite leaves, but for target, habits and beliefs; also of the same suite played live.
[[nodiscard]] EpisodeRecord make_record(const Suite& suite, const Contestant& contestant, const EpisodeJob& job,
                                        const session::EpisodeResult& result);

/// The suite's rows with its name and seeds; world and policy are the caller's to name.
[[nodiscard]] Results summarise_suite(const Suite& suite, std::span<const EpisodeRecord> records);

/// Plays one job and returns its records: two for "swapped", or none where the scene offers nothing else to ask for;
/// else one. `sink` may be null.
///
/// "swapped" is judged by the task itself, too: what was done is done again, and where the judge of the told thing had
/// ended the episode before the task's own would have, the player plays it once more, told the same, under that one.
[[nodiscard]] std::vector<EpisodeRecord> play_job(const EvaluationPlan& plan, const Contestant& contestant,
                                                  const EpisodeJob& job, envs::SteppedEnvironment& world,
                                                  session::Player& player, session::EpisodeSink* sink = nullptr);

/// Plays every task, contestant and start. `on_records` is called once per job, one call at a time, in whatever order
/// jobs end, with nothing where a job has no records; the returned records are in the order of contestants, rows and
/// starts. Stops early when the process is asked to (core/stop.h) and returns what is complete. An exception in any
/// thread ends the run and is rethrown.
[[nodiscard]] std::vector<EpisodeRecord> run_evaluation(
    const EvaluationPlan& plan, std::span<const Contestant> contestants,
    const std::function<void(std::span<const EpisodeRecord>)>& on_records);

}  // namespace atl::evaluation
