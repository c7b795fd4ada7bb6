#include "capture/audio_feed.h"

#include "core/error.h"

#include <fmt/format.h>

#include <utility>

namespace atl::capture {
namespace {

constexpr Duration kLook = std::chrono::milliseconds(100);  // between looks whether to stop

}  // namespace

AudioFeed::AudioFeed(AudioSourceFactory create, std::size_t capacity)
    : create_(std::move(create)),
      source_(create_()),
      waiting_(capacity),
      heard_until_(MonotonicClock::now()),
      thread_([this] { run(); }) {}

AudioFeed::~AudioFeed() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  stopping_.notify_all();
  waiting_.close();
  thread_.join();
}

std::optional<AudioBlock> AudioFeed::poll() { return waiting_.poll_pop(); }
std::optional<AudioBlock> AudioFeed::wait(Timestamp deadline) { return waiting_.wait_pop_until(deadline); }

std::string AudioFeed::problem() const {
  const std::lock_guard lock(mutex_);
  return problem_;
}

void AudioFeed::run() {
  while (!waiting_.is_closed()) source_ != nullptr ? listen() : wait_source();
}

void AudioFeed::listen() {
  AudioBlock block;
  switch (source_->wait_block(MonotonicClock::now() + kLook, block)) {
    case AudioStatus::kBlock: {
      heard_until_ = block.end();
      {
        const std::lock_guard lock(mutex_);
        problem_.clear();
      }
      return deliver(std::move(block));
    }
    case AudioStatus::kTimeout:
      if (MonotonicClock::now() - heard_until_ > kSilentServer) stop_sound("the sound server does not answer");
      return;
    case AudioStatus::kGone:
      stop_sound(fmt::format("the sound server or its device ended: {}", source_->info().problem));
      source_.reset();
      return;
  }
}

void AudioFeed::wait_source() {
  {
    std::unique_lock lock(mutex_);
    stopping_.wait_for(lock, kRetryPeriod, [&] { return stop_; });
    if (stop_) return;
  }
  try {
    source_ = create_();
  } catch (const Error&) {  // it is told already that there is none
  }
}

// Tells it once, when it is found; the next block then says why sound was missing before it.
void AudioFeed::stop_sound(const std::string& why) {
  {
    const std::lock_guard lock(mutex_);
    if (!problem_.empty()) return;
    problem_ = why;
  }
  deliver({.time = heard_until_, .lost = why});
  lost_ = why;
}

void AudioFeed::deliver(AudioBlock block) {
  if (block.lost.empty()) block.lost = lost_;
  if (waiting_.try_push(block))
    lost_.clear();
  else
    lost_ = "the recorder was behind";
}

}  // namespace atl::capture
