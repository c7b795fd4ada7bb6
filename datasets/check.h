// `check_recording`: proves one recording, or says in words what is wrong with it.
#pragma once

#include "datasets/check_audio.h"
#include "datasets/media.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace atl::datasets {

enum class RecordingVerdict : std::uint8_t {
  kOk,          // every check passed
  kRepairable,  // `repair_recording` makes it ok, with what is lost reported
  kUnusable,    // what it says cannot be trusted: record it again
};

[[nodiscard]] std::string_view to_string(RecordingVerdict verdict);

/// What was found; the fields of `atoll check --json`. Counts are of what can be read.
struct RecordingCheck {
  std::filesystem::path folder;
  RecordingVerdict verdict = RecordingVerdict::kOk;
  std::uint64_t episodes = 0;
  std::uint64_t frames = 0;  // pictures; heartbeats are not counted
  std::uint64_t events = 0;
  std::uint64_t instructions = 0;
  double seconds = 0.0;             // inside episodes, on the recording's clock
  double idle_seconds = 0.0;        // of these, in steps in which nothing was pressed, held or moved
  double instructed_seconds = 0.0;  // of these, while an instruction held
  std::uint64_t drops = 0;
  std::uint64_t pictures_without_checksum = 0;  // of the video; recordings before version 3 have none
  AudioSummary audio{};                         // of its sound; no rate where it has none
  std::vector<std::string> problems;

  /// Shares of `seconds`, 0 .. 1; 0 for a recording without any.
  [[nodiscard]] double idle_share() const { return seconds > 0.0 ? idle_seconds / seconds : 0.0; }
  [[nodiscard]] double instructed_share() const { return seconds > 0.0 ? instructed_seconds / seconds : 0.0; }
};

/// Reads all of `folder` and checks: bytes and CRCs; versions; recording.toml against atoll/facts; numbering and order
/// of episodes, actions, events and pictures; key states against events and actions against key states; gaps in
/// pictures against drop notes; video times against the index, and each picture's bytes against its checksum (with
/// `open.video`; without it only that the file is there); sound against its index, sample by sample
/// (datasets/check_audio.h); the wall anchor against its checks; labels (datasets/labels.h) edit by edit. With
/// `decode_pictures` every picture of the video is decoded, too, which takes a while: that finds damage inside those
/// that have no checksum. Throws nothing that belongs to the recording.
[[nodiscard]] RecordingCheck check_recording(const std::filesystem::path& folder, const MediaReaders& open,
                                             bool decode_pictures = false);

}  // namespace atl::datasets
