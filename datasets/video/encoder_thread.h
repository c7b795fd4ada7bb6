// A thread that encodes what waits for it, so that whoever has pictures or sound never waits for the encoder or the
// disk. Part of the writers that have a queue.
#pragma once

#include "core/queue.h"

#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

namespace atl::video {

template <class Item>
class EncoderThread {
 public:
  /// Calls `encode` with each item, and `idle` whenever none came for `patience`: both on the thread, and what they
  /// throw ends it. At most `capacity` (>= 1) items wait.
  EncoderThread(std::size_t capacity, Duration patience, std::function<void(Item)> encode, std::function<void()> idle)
      : waiting_(capacity), patience_(patience), encode_(std::move(encode)), idle_(std::move(idle)), thread_([this] {
          run();
        }) {}
  EncoderThread(const EncoderThread&) = delete;
  EncoderThread& operator=(const EncoderThread&) = delete;
  ~EncoderThread() { stop(); }

  /// Never blocks; false when the queue is full. Throws what ended the thread.
  [[nodiscard]] bool try_push(Item item) {
    rethrow();
    if (waiting_.try_push(std::move(item))) return true;
    rethrow();  // a failed encoder closes the queue
    return false;
  }

  /// Waits until all is encoded and ends the thread. Throws what ended it before.
  void finish() {
    stop();
    rethrow();
  }

 private:
  void run() {
    try {
      while (true) {
        std::optional<Item> item = waiting_.wait_pop_until(MonotonicClock::now() + patience_);
        if (!item && waiting_.is_closed() && waiting_.size() == 0) return;
        if (item)
          encode_(std::move(*item));
        else
          idle_();
      }
    } catch (...) {
      {
        const std::lock_guard lock(mutex_);
        error_ = std::current_exception();
      }
      waiting_.close();
    }
  }

  void stop() {
    waiting_.close();
    if (thread_.joinable()) thread_.join();
  }

  void rethrow() {
    const std::lock_guard lock(mutex_);
    if (error_) std::rethrow_exception(error_);
  }

  BoundedQueue<Item> waiting_;
  const Duration patience_;
  const std::function<void(Item)> encode_;
  const std::function<void()> idle_;
  std::mutex mutex_;
  std::exception_ptr error_;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace atl::video
