// Opens a finished recording to add to it: what RecordingWriter does for RecordingOptions::go_on.
//
// session.mcap has its summary at its end, so its messages are copied into a new file, which takes its name in one
// step: a kill at any moment leaves the old recording whole, or the new one. The old file's lock is held meanwhile.
#pragma once

#include "datasets/mcap_writer.h"
#include "datasets/media.h"
#include "datasets/messages.h"
#include "datasets/writer.h"

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

namespace atl::datasets {

struct ContinuedSession {
  std::unique_ptr<McapWriter> mcap;  // holds all that was there
  std::array<std::uint16_t, kNumTopics> channels{};
  RecordingSummary summary;
  std::int64_t log_offset_ns = 0;
  std::int64_t last_log_ns = 0;
  std::uint64_t next_picture = 0;
  std::int64_t last_pts_us = -1;               // of the video, by index or file, or where the sound ends
  std::optional<std::uint16_t> audio_channel;  // of atoll/audio, where there is one
  AudioEnd audio;                              // of audio.mp4, by index or file
};

/// Throws Error(kFile) when there is no recording in `folder`, another recorder writes it, or it cannot be written;
/// Error(kFormat) when it was cut or damaged (`atoll repair`); Error(kContract) naming what differs when it is of
/// another world, rate, contract or kind of clock, or when this machine's clocks are not those it was made by: after a
/// restart of the machine times could not be compared any more.
[[nodiscard]] ContinuedSession continue_session(const std::filesystem::path& folder, const SourceFacts& facts,
                                                const std::optional<PolicyContract>& contract,
                                                const MediaReaders& open);

}  // namespace atl::datasets
