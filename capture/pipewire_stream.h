// One node of PipeWire as a row of pictures: the newest one, taken over by a thread of PipeWire's own. Part of the
// PipeWire source.
#pragma once

#include "core/clock.h"
#include "core/frame.h"

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace atl::capture {

/// A picture that has arrived, tightly packed BGRA8.
struct StreamPicture {
  std::vector<std::uint8_t> pixels;
  FrameSize size;
  Timestamp taken;  // when the compositor took it, where it says so; else when it came
  Timestamp done;
};

/// What a stream has come to: written by PipeWire's thread, read under `mutex`; `changed` tells of every change.
struct StreamState {
  std::mutex mutex;
  std::condition_variable changed;
  bool connected = false;  // a node answered
  bool paused = true;      // no pictures for now, as of a minimised window
  bool ended = false;      // by the node's or the daemon's end
  std::string problem;     // in PipeWire's words, if it ended by one
  int answered = -1;       // the newest question that the daemon answered
  bool has_picture = false;
  StreamPicture picture;  // the newest
};

class PipeWireStream {
 public:
  /// Connects to `node` by `remote_fd` (taken over; -1: the user's own daemon). Throws Error(kDevice).
  PipeWireStream(int remote_fd, std::uint32_t node, const std::string& name);
  PipeWireStream(const PipeWireStream&) = delete;
  PipeWireStream& operator=(const PipeWireStream&) = delete;
  ~PipeWireStream();

  /// Asks the daemon whether it is there: its answer is state().answered. Returns the question's number.
  int ask();

  [[nodiscard]] StreamState& state();

 private:
  struct Parts;  // PipeWire's own types
  std::unique_ptr<Parts> parts_;
};

}  // namespace atl::capture
