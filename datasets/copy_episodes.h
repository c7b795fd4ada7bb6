// `copy_episodes`: a new recording out of episodes of others, as they were recorded: what merging and splitting are
// made of. Pictures are copied as they are encoded, sound sample by sample, both without loss; actions, events,
// instructions, marks, drops and hashes stay what they were. What changes are numbers of episodes and pictures, and
// places on the time axis of wall time where recordings of a world's clock would overlap. OWAMcap's topics, which are
// derived, are left out.
#pragma once

#include "datasets/audio.h"
#include "datasets/video.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <vector>

namespace atl::datasets {

/// Episodes of one recording, rising.
struct EpisodePick {
  std::filesystem::path recording;
  std::vector<std::size_t> episodes;
};

/// Pictures of one video from the one at `first_us` on, `count` of them; each is shown `shift_us` later than before.
struct VideoCut {
  std::filesystem::path source;
  std::int64_t first_us = 0;  // of a keyframe
  std::int64_t last_us = 0;
  std::size_t count = 0;
  std::int64_t shift_us = 0;
};

/// What copying encoded pictures needs: datasets/video/join.h.
struct VideoJoiner {
  /// The presentation times of all keyframes, rising.
  std::function<std::vector<std::int64_t>(const std::filesystem::path& source)> keyframes;
  /// Writes `out`, which must not exist, out of the cuts. Throws Error(kContract) where they were encoded differently,
  /// Error(kFormat) for pictures that are not what was recorded.
  std::function<void(const std::filesystem::path& out, std::span<const VideoCut> cuts)> join;
};

/// Writes the recording `out`, which must not exist; it takes that name when it is complete on the disk, so that a kill
/// leaves nothing or all of it. Labels of annotators come along as they stand (their history stays where it is). A
/// keyframe's pictures before an episode come along too, as pictures between episodes. Throws Error(kUsage) for an
/// episode that is not there or nothing to copy, Error(kContract) naming what differs for recordings that are not of
/// one kind (world, rate, clock, contract, video, format of sound), and for live recordings that overlap in time.
void copy_episodes(std::span<const EpisodePick> picks, const std::filesystem::path& out, const VideoJoiner& video,
                   const AudioFiles& audio = {});

}  // namespace atl::datasets
