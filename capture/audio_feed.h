// Keeps sound coming: a thread takes it from a source and lays it into a bounded queue, from which a recorder takes it
// without ever waiting. What does not fit, what does not come and the end of the sound server are told as losses; a
// server that is back is connected to again.
#pragma once

#include "capture/audio_source.h"
#include "core/queue.h"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace atl::capture {

using AudioSourceFactory = std::function<std::unique_ptr<AudioSource>()>;

class AudioFeed {
 public:
  /// Creates the first source in the call: throws what `create` throws. `capacity`: blocks that may wait.
  explicit AudioFeed(AudioSourceFactory create, std::size_t capacity = 1024);
  AudioFeed(const AudioFeed&) = delete;
  AudioFeed& operator=(const AudioFeed&) = delete;
  ~AudioFeed();

  /// The next block, with samples or with the word that sound stopped. Never blocks.
  [[nodiscard]] std::optional<AudioBlock> poll();
  /// The same; waits for it until `deadline`.
  [[nodiscard]] std::optional<AudioBlock> wait(Timestamp deadline);

  /// Why no sound comes at the moment; empty: it does. Any thread.
  [[nodiscard]] std::string problem() const;

  static constexpr Duration kSilentServer = std::chrono::seconds(1);  // without a block it counts as stopped
  static constexpr Duration kRetryPeriod = std::chrono::seconds(1);   // between tries to connect again

 private:
  void run();
  void listen();
  void wait_source();
  void stop_sound(const std::string& why);
  void deliver(AudioBlock block);

  const AudioSourceFactory create_;
  std::unique_ptr<AudioSource> source_;  // the thread's
  BoundedQueue<AudioBlock> waiting_;
  Timestamp heard_until_;  // the thread's: end of the last block
  std::string lost_;       // the thread's: why sound is missing before the next block
  mutable std::mutex mutex_;
  std::string problem_;  // guarded by mutex_
  std::condition_variable stopping_;
  bool stop_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace atl::capture
