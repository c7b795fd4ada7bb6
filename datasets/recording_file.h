// Files of a recording's folder, and recording.toml: what holds for all of it. The same text is the atoll/facts message
// of session.mcap, so that either can be made from the other.
#pragma once

#include "core/config.h"
#include "core/contract.h"
#include "datasets/recording.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace atl::datasets {

inline constexpr std::string_view kSessionFile = "session.mcap";
inline constexpr std::string_view kVideoFile = "video.mp4";
inline constexpr std::string_view kRecordingFile = "recording.toml";

struct RecordingHeader {
  int version = kRecordingVersion;
  std::string recorder_version{};  // of Atoll
  std::string git_revision{};
  std::int64_t anchor_monotonic_ns = 0;  // both clocks at the start: wall = monotonic + (wall - monotonic)
  std::int64_t anchor_wall_ns = 0;
  SourceFacts facts{};
  std::optional<PolicyContract> contract{};  // what it was recorded for, if anything
};

/// The `version` among the top-level keys of a TOML text, found without reading the rest: a newer file may have keys
/// that this Atoll refuses, and is to be refused for its version.
[[nodiscard]] std::optional<int> find_toml_version(std::string_view text);

[[nodiscard]] std::string to_text(const RecordingHeader& header);

/// Throws Error(kVersion) for a newer recording, Error(kConfig) for what does not parse; `name` stands for the file.
[[nodiscard]] RecordingHeader parse_recording_header(std::string_view text, std::string name);

}  // namespace atl::datasets
