// A syncer on loopback in a thread of its own, and what tests of islands need beside it.
#pragma once

#include "core/clock.h"
#include "distributed/syncer.h"

#include <atomic>
#include <string>
#include <thread>

namespace atl::tests {

class RunningSyncer {
 public:
  explicit RunningSyncer(const distributed::SyncerOptions& options)
      : syncer_(options), thread_([this] { syncer_.run([this] { return is_over_.load(); }); }) {}
  ~RunningSyncer() {
    is_over_ = true;
    thread_.join();
  }
  [[nodiscard]] const std::string& address() const { return syncer_.address(); }
  [[nodiscard]] distributed::SyncerStatus status() const { return syncer_.status(); }

 private:
  distributed::Syncer syncer_;
  std::atomic<bool> is_over_ = false;
  std::thread thread_;
};

inline Timestamp in(Duration duration) { return MonotonicClock::now() + duration; }

/// Polls until `holds()`; false if it does not within `patience`.
template <class Holds>
bool wait_for(Duration patience, const Holds& holds) {
  const Timestamp until = in(patience);
  while (!holds()) {
    if (MonotonicClock::now() >= until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

}  // namespace atl::tests
