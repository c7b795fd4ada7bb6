// OWAMcap's topics, derived from Atoll's while recording, so that tools of that format read the same file.
// Source: Open World Agents, OEP-6 (profile "owa", JSON messages, schemas named domain/Type), owa-msgs 0.6.
// Differences: keypad Enter has the virtual-key code of Enter, as Windows gives it; wheel detents are multiples of 120.
#pragma once

#include "core/action.h"
#include "core/frame.h"
#include "core/input_event.h"
#include "datasets/mcap_writer.h"
#include "datasets/recording.h"

#include <cstdint>
#include <string>

namespace atl::datasets {

/// Borrows the writer. One thread.
class OwaTopics {
 public:
  /// `title` stands for the window's.
  OwaTopics(McapWriter& mcap, std::string title);

  void input(const InputEvent& event, std::uint64_t log_time_ns);
  /// A picture of `size` that stands in the video.
  void frame(const FrameEntry& entry, FrameSize size, std::uint64_t log_time_ns);
  /// Repeats what is held, once a second.
  void poll_state(std::uint64_t log_time_ns);

 private:
  void control(const InputEvent& event, std::uint64_t log_time_ns);
  void put(std::uint16_t channel, std::uint64_t log_time_ns, const std::string& json);

  McapWriter& mcap_;
  std::string title_;
  std::uint16_t window_ = 0;
  std::uint16_t keyboard_ = 0;
  std::uint16_t keyboard_state_ = 0;
  std::uint16_t mouse_ = 0;
  std::uint16_t mouse_state_ = 0;
  std::uint16_t mouse_raw_ = 0;
  std::uint16_t screen_ = 0;
  ControlSet held_;
  PointerPosition pointer_;  // on the screen
  WindowGeometry geometry_;
  bool has_geometry_ = false;
  std::uint64_t next_state_ns_ = 0;
};

}  // namespace atl::datasets
