// What `atoll check --parity` finds out about one recording. Used by tools/check_parity.cpp.
#pragma once

#include "core/contract.h"
#include "datasets/cache.h"
#include "datasets/reader.h"
#include "trainer/policy_divergence.h"

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace atl::tools {

/// How the pictures of one recording come through both paths.
struct PathComparison {
  std::uint64_t pictures = 0;   // one for each step of the contract's clock at which a player looks
  std::uint64_t different = 0;  // those that are not the same bytes
  std::string first;            // of them: where, and both values
  /// Those, as the live path shows them, by their index in the cache: all others are the cache's own bytes.
  std::map<std::uint64_t, std::vector<std::uint8_t>> live;
};

/// Differences of blue, green and red in grey levels, 0 .. 255.
class GreyLevels {
 public:
  void add(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b);  // BGRA of one size
  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] double mean() const;
  [[nodiscard]] int p99() const;  // at least 99 of 100 are at most that
  [[nodiscard]] int max() const;

 private:
  std::array<std::uint64_t, 256> counts_{};
  std::uint64_t count_ = 0;
};

/// Everything that an open recording is compared by.
struct ParityRecording {
  std::filesystem::path folder;
  std::size_t index = 0;  // in the cache's inputs
  std::unique_ptr<datasets::RecordingReader> reader;
};

/// Shows every picture of `recording` that the contract's clock sees to the live path, decoded by `open_video`, and
/// holds it against `cache`, which a trainer would read.
[[nodiscard]] PathComparison compare_paths(const ParityRecording& recording, const datasets::FrameCache& cache,
                                           const datasets::VideoReaderFactory& open_video,
                                           const PolicyContract& contract);

/// KL divergences in nats, one an action step.
struct ActionDivergence {
  std::vector<double> untouched;    // the same pictures through both paths, decoded and before the video: exactly 0
  std::vector<double> decoded;      // pictures before the video against those after it; empty: not to be had
  std::vector<double> incremental;  // one picture after another, as live, against many at once, as in training
};

/// What both paths show of one recording, decoded and, where it can be had, before encoding. Borrows all.
struct SeenPictures {
  const datasets::FrameCache& decoded;
  const PathComparison& decoded_paths;
  const datasets::FrameCache* original = nullptr;  // a cache of this recording alone; null: not to be had
  const PathComparison* original_paths = nullptr;
};

[[nodiscard]] ActionDivergence measure_divergence(const ParityRecording& recording, const SeenPictures& seen,
                                                  const trainer::PolicyDivergence& policy);

}  // namespace atl::tools
