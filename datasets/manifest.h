// A dataset: a TOML manifest over recordings, with splits, weights and statistics.
//
//     version = 1
//     name = "playhouse-basics"
//     [[recordings]]
//     path = "expert-0"      # relative to the manifest, or absolute
//     split = "training"
//     weight = 1.0
//     labels = ["anna"]      # whose instructions hold: of each episode those of the first annotator named here who
//                            # touched it (datasets/labels.h), else the recorded ones; none named: the recorded ones
//     [statistics]           # of all recordings, as `summarise` counts them
#pragma once

#include "core/config.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace atl::datasets {

inline constexpr int kManifestVersion = 1;

struct ManifestRecording {
  std::string path;
  std::string split = "training";     // "training", "development" or "held_out"
  double weight = 1.0;                // how often it is drawn, per step, against the others of its split
  std::vector<std::string> labels{};  // annotators, the one who wins first
  friend bool operator==(const ManifestRecording&, const ManifestRecording&) = default;
};

struct ManifestStatistics {
  std::uint64_t episodes = 0;
  std::uint64_t successes = 0;  // episodes whose verdict is "success"
  std::uint64_t actions = 0;
  std::uint64_t events = 0;
  std::uint64_t frames = 0;
  double seconds = 0.0;
  friend bool operator==(const ManifestStatistics&, const ManifestStatistics&) = default;
};

struct Manifest {
  int version = kManifestVersion;
  std::string name;
  std::vector<ManifestRecording> recordings;
  ManifestStatistics statistics;
  friend bool operator==(const Manifest&, const Manifest&) = default;
};

void describe(ConfigVisitor& v, ManifestRecording& recording);
void describe(ConfigVisitor& v, ManifestStatistics& statistics);
void describe(ConfigVisitor& v, Manifest& manifest);

/// Reads and validates a manifest: unknown keys, paths named twice and missing recordings are refused. The paths of the
/// result are complete. Throws Error(kConfig), Error(kFile) or, for a newer manifest, Error(kVersion).
[[nodiscard]] Manifest load_manifest(const std::filesystem::path& path);

/// Writes it so that `load_manifest` reads the same; recordings below the manifest's folder are written relative to it.
void save_manifest(const std::filesystem::path& path, const Manifest& manifest);

/// Counts what the recordings hold. Throws what RecordingReader throws.
[[nodiscard]] ManifestStatistics summarise(const Manifest& manifest);

/// Throws Error(kConfig) naming the recording, where one that is marked "held_out" would be trained on, or the episode
/// and its seed, where `is_held_out` holds for a seed in a recording of the training split.
void refuse_held_out(const Manifest& manifest, const std::function<bool(std::uint64_t seed)>& is_held_out);

}  // namespace atl::datasets
