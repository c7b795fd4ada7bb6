#include "tools/recording_list.h"

#include "core/error.h"
#include "datasets/recording_file.h"

#include <algorithm>
#include <set>

namespace atl::tools {
namespace {

bool is_recording(const std::filesystem::path& path) { return std::filesystem::exists(path / datasets::kSessionFile); }

std::vector<datasets::ManifestRecording> recordings_in(const std::filesystem::path& path) {
  if (path.extension() == ".toml" && !std::filesystem::is_directory(path))
    return datasets::load_manifest(path).recordings;
  if (is_recording(path)) return {{.path = path.string()}};
  std::vector<datasets::ManifestRecording> below;
  if (std::filesystem::is_directory(path)) {
    for (const auto& entry : std::filesystem::directory_iterator(path))
      if (!entry.path().filename().string().starts_with('.') && is_recording(entry.path()))
        below.push_back({.path = entry.path().string()});
  }
  if (below.empty())
    fail(ErrorKind::kUsage, "{}: no recording (a folder with {}), folder of recordings or dataset (.toml)",
         path.string(), datasets::kSessionFile);
  std::sort(below.begin(), below.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return below;
}

}  // namespace

std::vector<datasets::ManifestRecording> find_recordings(std::span<const std::filesystem::path> paths) {
  std::vector<datasets::ManifestRecording> all;
  std::set<std::filesystem::path> seen;
  for (const std::filesystem::path& path : paths) {
    for (datasets::ManifestRecording& recording : recordings_in(path)) {
      if (!seen.insert(std::filesystem::weakly_canonical(recording.path)).second)
        fail(ErrorKind::kUsage, "the recording {} is named twice", recording.path);
      all.push_back(std::move(recording));
    }
  }
  return all;
}

}  // namespace atl::tools
