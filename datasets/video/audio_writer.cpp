#include "datasets/video/audio_writer.h"

#include "core/error.h"
#include "core/queue.h"
#include "datasets/video/flac_writer.h"

#include <exception>
#include <mutex>
#include <thread>

namespace atl::video {
namespace {

// Encodes on a thread of its own, so that whoever has sound never waits for the encoder or the disk.
class QueuedAudioWriter final : public datasets::AudioWriter {
 public:
  QueuedAudioWriter(const std::filesystem::path& path, const AudioFormat& format, const AudioOptions& options)
      : writer_(path, format, options.append),
        waiting_(static_cast<std::size_t>(options.queue_capacity)),
        thread_([this] { encode(); }) {}
  QueuedAudioWriter(const QueuedAudioWriter&) = delete;
  QueuedAudioWriter& operator=(const QueuedAudioWriter&) = delete;
  ~QueuedAudioWriter() override { stop_thread(); }

  [[nodiscard]] bool write(std::span<const std::int16_t> samples, std::int64_t pts) override {
    rethrow();
    if (waiting_.try_push({{samples.begin(), samples.end()}, pts})) return true;
    rethrow();  // a failed encoder closes the queue
    return false;
  }

  void close() override {
    stop_thread();
    rethrow();
    writer_.close();
  }

 private:
  void encode() {
    try {
      while (true) {
        const auto piece = waiting_.wait_pop_until(MonotonicClock::now() + FlacWriter::kFragmentTime);
        if (!piece && waiting_.is_closed() && waiting_.size() == 0) return;
        if (piece)
          static_cast<void>(writer_.write(piece->samples, piece->pts));
        else
          writer_.end_old_fragment();  // nothing sounds, but a kill may come all the same
      }
    } catch (...) {
      {
        const std::lock_guard lock(mutex_);
        error_ = std::current_exception();
      }
      waiting_.close();
    }
  }

  void stop_thread() {
    waiting_.close();
    if (thread_.joinable()) thread_.join();
  }

  void rethrow() {
    const std::lock_guard lock(mutex_);
    if (error_) std::rethrow_exception(error_);
  }

  FlacWriter writer_;  // the thread's until it has been joined
  BoundedQueue<datasets::AudioPiece> waiting_;
  std::mutex mutex_;
  std::exception_ptr error_;  // guarded by mutex_
  std::thread thread_;
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
