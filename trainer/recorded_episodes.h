// The episodes of a list of recordings, held in memory without their pictures: what replay and video sources draw
// from. Immutable after loading: any thread.
#pragma once

#include "core/action.h"
#include "datasets/recording.h"
#include "trainer/config.h"
#include "trainer/cutter.h"
#include "trainer/source.h"

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace atl::trainer {

struct RecordedEpisode {
  std::size_t recording = 0;  // in the list of recordings
  std::size_t index = 0;      // inside the recording
  datasets::EpisodeStart start;
  std::uint64_t end_hash = 0;  // of the world's state; 0: unknown
  bool succeeded = false;
  bool failed = false;  // known to have failed; neither: unknown
  std::vector<Action> actions;
  std::vector<Origin> origins;
  std::vector<Timestamp> times;  // when each action began
  std::vector<Instruction> instructions;
};

/// One recording that a source names, itself or through a manifest.
struct NamedRecording {
  std::filesystem::path folder;
  std::string split;                  // of the manifest; empty: none, so a share of its episodes is kept apart
  std::vector<std::string> labels{};  // whose instructions hold, as in the manifest
};

/// The recordings of `config` in order, manifests (.toml) opened; those that a manifest holds out are left alone.
/// Throws Error(kConfig) for one that has a weight, which belongs to sources here.
[[nodiscard]] std::vector<NamedRecording> named_recordings(const SourceConfig& config);

/// One line of the log if manifests of `sources` hold recordings out.
void log_held_out_recordings(const std::vector<SourceConfig>& sources);

/// Whether some of its episodes are kept apart to measure on.
[[nodiscard]] bool keeps_development_apart(const SourceConfig& config);

struct RecordedEpisodes {
  std::vector<NamedRecording> recordings;
  std::vector<SourceFacts> facts;  // of each recording
  std::vector<RecordedEpisode> episodes;
};

/// Loads the episodes of `part` of every recording that `config` names (folders, or manifests of them). Which episodes
/// are kept apart depends on their seed or place alone. Throws Error(kConfig) for a held-out seed or when nothing is
/// left, Error(kContract) for a recording slower than the contract, Error(kFormat) for a broken one.
[[nodiscard]] RecordedEpisodes load_recorded_episodes(const SourceConfig& config, const SourceSetup& setup);

/// Every episode of one recording, held out or not: to measure on. Throws Error(kContract) for one slower than the
/// contract, Error(kFormat) for a broken one.
[[nodiscard]] RecordedEpisodes load_whole_recording(const std::filesystem::path& folder,
                                                    const PolicyContract& contract);

/// What any of the episodes was told to do.
void add_instructions(const RecordedEpisodes& recorded, std::set<std::string>& texts);

/// Instructions as spans of pictures; an episode without any has its start's instruction all through.
[[nodiscard]] std::vector<InstructionSpan> instruction_spans(const RecordedEpisode& episode);

}  // namespace atl::trainer
