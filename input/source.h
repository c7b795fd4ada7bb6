// What a person does with keyboard and mouse, for recorders. Inside a live session with a guard use
// GuardClient::events instead, which also tells person and agent apart. A source belongs to one thread.
#pragma once

#include "core/clock.h"
#include "core/input_event.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace atl::input {

class InputSource {
 public:
  virtual ~InputSource() = default;

  /// Appends what came since the last call; never blocks. Times are when the server saw the event, rounded down to a
  /// millisecond, and never go back. Throws Error(kDevice) when the device is lost.
  virtual void poll_events(std::vector<InputEvent>& events) = 0;

  /// Like poll_events, but blocks until there is an event or `deadline` has come.
  virtual void wait_events(Timestamp deadline, std::vector<InputEvent>& events) = 0;
};

struct X11SourceConfig {
  std::string display{};  // ":77"; empty: the display that the process was started on
  /// Only what happens while this window or a child of it has the focus is told: what a person types elsewhere is
  /// nobody's business. When the focus leaves, what is held is told as released. 0: everything.
  std::uint32_t window = 0;
  Origin origin = Origin::kHuman;  // written into the events
};

/// XInput2 raw events of all master devices: unaccelerated counts, no auto-repeat, also while a game grabs the pointer.
/// Keys outside the vocabulary and horizontal wheels are left out; devices that tell absolute positions (tablets,
/// virtual machines) give kAbsoluteMotion. Programs that fake absolute positions through XTest (some remote desktops)
/// are told as relative motion of that size: X gives no sign to know them by.
[[nodiscard]] std::unique_ptr<InputSource> create_x11_source(const X11SourceConfig& config);

}  // namespace atl::input
