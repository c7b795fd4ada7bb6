// Recordings as people name them: folders, folders of them, or datasets.
#pragma once

#include "datasets/manifest.h"

#include <filesystem>
#include <span>
#include <vector>

namespace atl::tools {

/// The recordings that `paths` name, in their order: a recording; all recordings right below a folder, by name; those
/// of a dataset (.toml), with the split, weight and labels it gives them. Throws Error(kUsage) for a path without any,
/// and for a recording that is named twice.
[[nodiscard]] std::vector<datasets::ManifestRecording> find_recordings(std::span<const std::filesystem::path> paths);

}  // namespace atl::tools
