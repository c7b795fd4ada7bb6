// The sound of a copy: what `copy_episodes` makes of the samples that entries of the index speak of.
#pragma once

#include "datasets/audio.h"
#include "datasets/audio_entry.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace atl::datasets {

/// Where the sound of an episode ends on the time axis of its video, in us; -1: it has none.
[[nodiscard]] std::int64_t end_of_sound_us(const std::vector<AudioEntry>& entries);

class SoundCopier {
 public:
  /// Writes `path` once there are samples; borrows `files`.
  SoundCopier(std::filesystem::path path, const AudioFiles& files) : path_(std::move(path)), files_(files) {}

  /// What comes is of the recording `source`, in the order of its file.
  void begin(const std::filesystem::path& source);
  /// Copies the samples of `entry`, and gives it their new number and place. `shift_us`: of the pictures beside it;
  /// nothing where there is no video. Throws Error(kContract) for another format than before, Error(kFormat) for
  /// samples that are not those that were recorded, Error(kUsage) in builds that cannot copy sound.
  void copy(AudioEntry& entry, std::optional<std::int64_t> shift_us);
  void close();

 private:
  void read(const AudioEntry& entry, const AudioFormat& format);

  const std::filesystem::path path_;
  const AudioFiles& files_;
  std::filesystem::path source_;
  std::optional<AudioCursor> cursor_;
  std::optional<std::int64_t> offset_;  // of places in the copy, in samples
  std::uint64_t source_next_ = 0;
  std::vector<std::int16_t> samples_;
  std::unique_ptr<AudioWriter> writer_;
  AudioFormat format_;
  std::uint64_t num_samples_ = 0;
  std::int64_t next_pts_ = 0;
};

}  // namespace atl::datasets
