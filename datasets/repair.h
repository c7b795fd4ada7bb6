// `repair_recording`: makes a recording whole again that was cut (kill, full disk) or damaged in places.
#pragma once

#include "datasets/copy_episodes.h"
#include "datasets/media.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace atl::datasets {

/// What a repair did.
struct RepairReport {
  bool changed = false;                    // false: there was nothing to mend
  std::filesystem::path original;          // session.mcap as it was, beside the new one
  std::filesystem::path original_video{};  // video.mp4 as it was, where that was written anew
  std::filesystem::path original_audio{};  // audio.mp4 likewise; nothing may be left of it
  std::uint64_t messages_kept = 0;         // byte for byte as they were recorded
  std::uint64_t messages_removed = 0;      // intact, but worth nothing without what is lost around them
  std::uint64_t bytes_lost = 0;            // of session.mcap
  double seconds_lost = 0.0;               // of the recording's time that the damaged chunks say they held, at least
  std::uint64_t pictures_lost = 0;         // in the index, but not in video.mp4, or damaged there
  std::uint64_t samples_lost = 0;          // of sound: in the index, but not in audio.mp4, or behind damage there
  std::uint64_t episodes_closed = 0;       // ended as "aborted"
  std::vector<std::string> lost;           // each loss in words
};

/// What writes damaged files anew; either may be empty.
struct RepairWriters {
  VideoJoiner video{};
  AudioWriterFactory audio{};
};

/// Rewrites session.mcap from what is intact in it: an episode with a hole or without an end is ended as "aborted"
/// where it breaks off; pictures that video.mp4 does not hold, or holds damaged, leave the index, with those that need
/// one of them, and so does sound from where audio.mp4 ends or is damaged; a drop note tells of it, recording.toml is
/// written anew, and the whole is checked. With `write` a damaged video.mp4 or audio.mp4 is written anew, too, without
/// what is damaged. The originals stay beside them as FILE.damaged.
/// Throws Error(kFormat) when nothing can be saved or the result is not sound, Error(kFile) while the recording is
/// still being made.
RepairReport repair_recording(const std::filesystem::path& folder, const MediaReaders& open,
                              const RepairWriters& write = {});

}  // namespace atl::datasets
