// What PipeWire's daemon has said to one of its clients. Part of the sources of pictures and sound that come through
// it.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>

namespace atl::capture {

/// Written by PipeWire's thread, read under `mutex`; `changed` tells of every change.
struct PipeWireState {
  std::mutex mutex;
  std::condition_variable changed;
  int answered = -1;    // the newest question that the daemon answered
  bool ended = false;   // by the node's or the daemon's end
  std::string problem;  // in PipeWire's words, if it ended by one

  /// The first problem stays.
  void end(const std::string& why) {
    const std::lock_guard lock(mutex);
    ended = true;
    if (problem.empty()) problem = why;
    changed.notify_all();
  }
};

}  // namespace atl::capture
