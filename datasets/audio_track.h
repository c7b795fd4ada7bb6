// The sound of one recording while it is made: joins blocks to entries of the index, gives them their numbers and their
// places in audio.mp4, and tells of each loss. Part of RecordingWriter.
#pragma once

#include "datasets/audio.h"
#include "datasets/audio_entry.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace atl::datasets {

class AudioTrack {
 public:
  /// `before`: of a file that is gone on with. `put` writes an entry into session.mcap.
  AudioTrack(std::filesystem::path path, AudioWriterFactory create, AudioEnd before,
             std::function<void(const AudioEntry&)> put)
      : path_(std::move(path)),
        create_(std::move(create)),
        put_(std::move(put)),
        next_sample_(before.num_samples),
        next_pts_(before.pts) {}

  /// `begin`: where video.mp4's time axis begins on the clock of the blocks, while this block plays; nothing: not known
  /// yet, and the axis begins with this block.
  void add(const AudioBlock& block, std::optional<Timestamp> begin);
  /// Writes what waits; what comes after it belongs to another episode.
  void end_episode();
  /// Encodes what is pending and completes the file.
  void close();

  [[nodiscard]] double seconds() const { return seconds_; }
  [[nodiscard]] std::uint64_t num_losses() const { return num_losses_; }
  /// When the newest sample ends on the file's time axis, in us; -1: none was added.
  [[nodiscard]] std::int64_t end_us() const;

 private:
  void flush();
  void stop(Timestamp time, Duration length, const std::string& why);
  void tell(AudioKind kind, Timestamp time, Duration length, const std::string& why);
  [[nodiscard]] std::int64_t place_of(Timestamp time) const;

  const std::filesystem::path path_;
  const AudioWriterFactory create_;
  const std::function<void(const AudioEntry&)> put_;
  std::uint64_t next_sample_;
  std::int64_t next_pts_;
  std::unique_ptr<AudioWriter> writer_;
  AudioFormat format_;
  AudioBlock waiting_;                   // what the next entry will be of
  std::optional<Timestamp> end_;         // of the newest sample, where sound goes on
  std::optional<Timestamp> axis_begin_;  // of the time axis
  bool is_silent_ = false;               // it is told that sound is missing, and none has come since
  bool follows_ = false;                 // the next entry goes on where the last one ended
  double seconds_ = 0.0;
  std::uint64_t num_losses_ = 0;
};

}  // namespace atl::datasets
