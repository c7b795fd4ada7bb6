// DAgger (Ross, Gordon and Bagnell, arXiv 1011.0686, algorithm 3.1, the agent alone at the controls): every so many
// steps the agent plays in the worlds that its run collects in, and from then on a share of the examples are pictures
// of its own episodes with what the world's expert would have done there. Demonstrations show where the expert comes
// by; these show where the agent gets to, and how it gets back.
//
// Round r begins before step r * every and is played by the checkpoint of that step. Its recordings, seeds and actions
// without pictures, lie in RUN/dagger/<r>/<source> and are made once: a run that is resumed finds them, or makes the
// same ones. One thread.
#pragma once

#include "trainer/config.h"
#include "trainer/metrics_line.h"
#include "trainer/source.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace atl::trainer {

/// The round that training is in before it makes step `step`; 0 until the agent has played.
[[nodiscard]] int dagger_round(const DaggerConfig& config, std::int64_t step);

/// Whether the episodes of all rounds that `round` learns from lie in `run`.
[[nodiscard]] bool has_round(const RunConfig& config, const std::filesystem::path& run, int round);

/// Lets the newest checkpoint of `run` play the episodes of `round`. Returns what they came to, as the line "dagger" of
/// metrics.jsonl; nothing if the process was asked to stop, which leaves the round to be made again. Throws what
/// `services.record_agent` throws, Error(kConfig) if there is none.
[[nodiscard]] std::optional<MetricsLine> record_round(const RunConfig& config, const std::filesystem::path& run,
                                                      int round, const SourceServices& services);

/// Copies the rounds that `from` learns from before it makes step `step` into its fork `to`. They have to be there
/// (has_round). Throws Error(kFile).
void copy_rounds(const DaggerConfig& config, std::int64_t step, const std::filesystem::path& from,
                 const std::filesystem::path& to);

/// What a run learns from in `round`: `config` with a seed of the round's own, and beside its sources the replays of
/// the last `keep_rounds` rounds; a source that collects gives a share `dagger.share` to those of its world.
[[nodiscard]] RunConfig config_of_round(const RunConfig& config, const std::filesystem::path& run, int round);

/// Adds what is wrong with `config`'s dagger table.
void check_dagger(const TrainerConfig& config, std::vector<std::string>& problems);

}  // namespace atl::trainer
