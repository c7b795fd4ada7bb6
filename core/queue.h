// Queues between threads: `BoundedQueue` keeps everything and makes producers wait, `LatestSlot` keeps only the newest
// and counts what it threw away. Both wake every waiter on `close`.
#pragma once

#include "core/clock.h"
#include "core/error.h"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace atl {

/// A first-in, first-out queue of at most `capacity` items. Any number of threads on both sides.
template <class T>
class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t capacity) : capacity_(capacity) {
    ATOLL_CHECK(capacity > 0, "queue of capacity 0, expected at least 1");
  }
  BoundedQueue(const BoundedQueue&) = delete;
  BoundedQueue& operator=(const BoundedQueue&) = delete;

  /// Blocks while the queue is full. False if the queue is closed: the item is dropped.
  [[nodiscard]] bool wait_push(T item) {
    std::unique_lock lock(mutex_);
    space_.wait(lock, [&] { return closed_ || items_.size() < capacity_; });
    return push_locked(std::move(item));
  }

  /// Never blocks. False if the queue is full or closed: the item is dropped.
  [[nodiscard]] bool try_push(T item) {
    const std::lock_guard lock(mutex_);
    if (items_.size() >= capacity_) return false;
    return push_locked(std::move(item));
  }

  /// Blocks until there is an item; nothing once the queue is closed and empty.
  [[nodiscard]] std::optional<T> wait_pop() {
    std::unique_lock lock(mutex_);
    item_.wait(lock, [&] { return closed_ || !items_.empty(); });
    return pop_locked();
  }

  /// Blocks until there is an item or `deadline` (CLOCK_MONOTONIC) has come.
  [[nodiscard]] std::optional<T> wait_pop_until(Timestamp deadline) {
    std::unique_lock lock(mutex_);
    const std::chrono::steady_clock::time_point until(deadline.time_since_epoch());
    item_.wait_until(lock, until, [&] { return closed_ || !items_.empty(); });
    return pop_locked();
  }

  /// Never blocks.
  [[nodiscard]] std::optional<T> poll_pop() {
    const std::lock_guard lock(mutex_);
    return pop_locked();
  }

  /// No more pushes; what is in the queue can still be popped.
  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    space_.notify_all();
    item_.notify_all();
  }

  [[nodiscard]] bool is_closed() const {
    const std::lock_guard lock(mutex_);
    return closed_;
  }

  [[nodiscard]] std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return items_.size();
  }

 private:
  bool push_locked(T item) {
    if (closed_) return false;
    items_.push_back(std::move(item));
    item_.notify_one();
    return true;
  }

  std::optional<T> pop_locked() {
    if (items_.empty()) return std::nullopt;
    std::optional<T> item(std::move(items_.front()));
    items_.pop_front();
    space_.notify_one();
    return item;
  }

  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::condition_variable space_;
  std::condition_variable item_;
  std::deque<T> items_;  // guarded by mutex_
  bool closed_ = false;  // guarded by mutex_
};

/// Holds the newest item only: live loops must never work on an old picture. One or more threads on both sides.
template <class T>
class LatestSlot {
 public:
  /// Never blocks; an item that nobody took is dropped and counted.
  void put(T item) {
    {
      const std::lock_guard lock(mutex_);
      if (item_) ++dropped_;
      item_ = std::move(item);
    }
    changed_.notify_one();
  }

  /// Blocks until there is an item, `deadline` has come, or the slot is closed.
  [[nodiscard]] std::optional<T> wait_take_until(Timestamp deadline) {
    std::unique_lock lock(mutex_);
    const std::chrono::steady_clock::time_point until(deadline.time_since_epoch());
    changed_.wait_until(lock, until, [&] { return closed_ || item_.has_value(); });
    return std::exchange(item_, std::nullopt);
  }

  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    changed_.notify_all();
  }

  [[nodiscard]] std::uint64_t dropped() const {
    const std::lock_guard lock(mutex_);
    return dropped_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<T> item_;      // guarded by mutex_
  bool closed_ = false;        // guarded by mutex_
  std::uint64_t dropped_ = 0;  // guarded by mutex_
};

}  // namespace atl
