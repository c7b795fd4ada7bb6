#include "datasets/video/audio_writer.h"

#include "core/error.h"
#include "datasets/video/encoder_thread.h"
#include "datasets/video/flac_writer.h"

namespace atl::video {
namespace {

// Encodes on a thread of its own, so that whoever has sound never waits for the encoder or the disk.
class QueuedAudioWriter final : public datasets::AudioWriter {
 public:
  QueuedAudioWriter(const std::filesystem::path& path, const AudioFormat& format, const AudioOptions& options)
      : writer_(path, format, options.append),
        thread_(
            static_cast<std::size_t>(options.queue_capacity), Muxer::kFragmentTime,
            [this](const datasets::AudioPiece& piece) { static_cast<void>(writer_.write(piece.samples, piece.pts)); },
            // Nothing sounds, but a kill may come all the same.
            [this] { writer_.end_old_fragment(); }) {}

  [[nodiscard]] bool write(std::span<const std::int16_t> samples, std::int64_t pts) override {
    return thread_.try_push({{samples.begin(), samples.end()}, pts});
  }

  void close() override {
    thread_.finish();
    writer_.close();
  }

 private:
  FlacWriter writer_;                           // the thread's until that is finished
  EncoderThread<datasets::AudioPiece> thread_;  // last: uses the writer
};

}  // namespace

std::unique_ptr<datasets::AudioWriter> create_audio_writer(const std::filesystem::path& path, const AudioFormat& format,
                                                           const AudioOptions& options) {
  ATOLL_CHECK(format.rate_hz > 0 && format.num_channels > 0 && options.queue_capacity >= 0,
              "sound of {} Hz and {} channels, queue of {}; expected > 0, > 0 and >= 0", format.rate_hz,
              format.num_channels, options.queue_capacity);
  quiet_libav();
  if (options.queue_capacity == 0) return std::make_unique<FlacWriter>(path, format, options.append);
  return std::make_unique<QueuedAudioWriter>(path, format, options);
}

datasets::AudioWriterFactory audio_writer_factory(const AudioOptions& options) {
  return [options](const std::filesystem::path& path, const AudioFormat& format) {
    return create_audio_writer(path, format, options);
  };
}

}  // namespace atl::video
