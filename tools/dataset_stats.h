// Statistics of recordings: what `atoll dataset stats` prints, and what the other dataset commands choose by.
#pragma once

#include "datasets/manifest.h"
#include "datasets/reader.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace atl::tools {

/// Sums over episodes. Discarded episodes are counted as such and nowhere else.
struct DatasetStats {
  std::uint64_t recordings = 0;
  std::uint64_t episodes = 0;
  std::uint64_t discarded = 0;
  std::uint64_t actions = 0;  // steps of the action clock
  std::uint64_t pictures = 0;
  std::uint64_t events = 0;
  std::uint64_t instructions = 0;
  std::uint64_t presses = 0;  // of keys and buttons
  std::uint64_t drops = 0;
  double seconds = 0.0;
  double idle_s = 0.0;        // nothing held, pressed or moved
  double instructed_s = 0.0;  // an instruction held
  std::map<std::string, std::uint64_t> verdicts;

  void add(const DatasetStats& other);
};

/// Of one episode, with `instructions` for its instructions.
[[nodiscard]] DatasetStats stats_of(datasets::RecordingReader& reader, std::size_t episode,
                                    const std::vector<Instruction>& instructions);
/// Of a recording, its labels as the dataset says.
[[nodiscard]] DatasetStats stats_of(const datasets::ManifestRecording& recording);

/// {"recordings", "episodes", "discarded", "hours", "pictures", "events", "instructions", "instructed_share",
/// "idle_share", "presses_per_minute", "drops", "verdicts"}
[[nodiscard]] nlohmann::ordered_json to_json(const DatasetStats& stats);

/// A line for people.
[[nodiscard]] std::string to_text(const DatasetStats& stats);

}  // namespace atl::tools
