// Sound beside a recording: what RecordingWriter needs to write samples and what check, repair and copies need to read
// them. datasets/video/ implements both over libav, without loss (FLAC), so that a hash proves each sample and a copy
// may cut anywhere; builds without it record without sound. The index in session.mcap (AudioEntry) is the truth about
// times. audio.mp4's own times, in samples, lie on the time axis of video.mp4: a player that is given both plays them
// together.
#pragma once

#include "core/audio.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace atl::datasets {

/// Writes one file. One thread. Destroying it without `close` leaves what a killed recorder would leave: a file that is
/// readable up to about the last half second.
class AudioWriter {
 public:
  virtual ~AudioWriter() = default;

  /// Takes `samples` ([samples, channels], borrowed for the call), which are played from `pts` on: where the ones
  /// before end, at most kMaxAudioStep samples earlier (the sound's clock is faster than the recording's), or later.
  /// False: they were left out because the encoder is behind (only writers with a thread of their own do that). Throws
  /// Error(kFile) when the disk is full; writers with a thread throw what it met on the next call.
  [[nodiscard]] virtual bool write(std::span<const std::int16_t> samples, std::int64_t pts) = 0;

  /// Encodes what is pending and completes the file; nothing may be written after it. Throws like `write`.
  virtual void close() = 0;
};

inline constexpr std::int64_t kMaxAudioStep = 480;

/// Samples that follow each other in one file, as they were encoded together.
struct AudioPiece {
  std::vector<std::int16_t> samples;  // [samples, channels]
  std::int64_t pts = 0;
};

/// Reads one file from its beginning to its end, whole or cut short. One thread.
class AudioReader {
 public:
  virtual ~AudioReader() = default;
  [[nodiscard]] virtual AudioFormat format() const = 0;
  /// Decodes the next samples into `piece`; false at the end, or where a cut file ends. Throws Error(kFormat) naming
  /// file and place for what does not decode.
  [[nodiscard]] virtual bool next(AudioPiece& piece) = 0;
};

/// Creates `path` for samples of `format`; throws Error(kFile) or Error(kFormat).
using AudioWriterFactory =
    std::function<std::unique_ptr<AudioWriter>(const std::filesystem::path& path, const AudioFormat& format)>;
/// Opens `path`; throws Error(kFile) or Error(kFormat).
using AudioReaderFactory = std::function<std::unique_ptr<AudioReader>(const std::filesystem::path& path)>;

/// What copying sound needs: it is decoded and encoded again, which loses nothing.
struct AudioFiles {
  AudioReaderFactory open{};
  AudioWriterFactory create{};
};

/// Where a file ends.
struct AudioEnd {
  std::uint64_t num_samples = 0;
  std::int64_t pts = -1;  // where the next sample would be played; -1: it holds none
};

/// Finds samples of one file by their number, going forward.
class AudioCursor {
 public:
  explicit AudioCursor(std::unique_ptr<AudioReader> reader) : reader_(std::move(reader)) {}

  [[nodiscard]] AudioFormat format() const { return reader_->format(); }
  /// Samples `first` up to but without `first + count`, none before those of the last call, into `samples`; false where
  /// the file ends before.
  [[nodiscard]] bool read(std::uint64_t first, std::uint64_t count, std::vector<std::int16_t>& samples);
  /// Reads on to the end.
  [[nodiscard]] AudioEnd find_end();

 private:
  std::unique_ptr<AudioReader> reader_;
  AudioPiece piece_;
  std::uint64_t piece_first_ = 0;  // number of its first sample
};

/// Where `path` ends; nothing where there is no such file or `open` is empty.
[[nodiscard]] std::optional<AudioEnd> find_audio_end(const std::filesystem::path& path, const AudioReaderFactory& open);

}  // namespace atl::datasets
