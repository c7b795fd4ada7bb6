// One node of PipeWire as a row of pictures: the newest one, taken over by a thread of PipeWire's own. Part of the
// PipeWire source.
#pragma once

#include "capture/pipewire_state.h"
#include "core/clock.h"
#include "core/frame.h"

#include <cstdint>
#include <memory>
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

/// What a stream has come to.
struct StreamState : PipeWireState {
  bool connected = false;  // a node answered
  bool paused = true;      // no pictures for now, as of a minimised window
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
