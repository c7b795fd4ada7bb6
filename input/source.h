// What a person does with keyboard, mouse and gamepad, for recorders. Inside a live session with a guard use
// GuardClient::events instead, which also tells person and agent apart. A source belongs to one thread.
#pragma once

#include "core/clock.h"
#include "core/input_event.h"
#include "input/pointer_area.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace atl::input {

/// The system dropped events because nobody took them in time: taps and motion are missing, what is held is right.
struct InputLoss {
  Timestamp time;      // when it was noticed
  std::string device;  // which one, for people
};

class InputSource {
 public:
  virtual ~InputSource() = default;

  /// Appends what came since the last call; never blocks. Times are when the display (rounded down to a millisecond) or
  /// the kernel (to a microsecond) saw the event, and never go back. Throws Error(kDevice) when the device is lost.
  virtual void poll_events(std::vector<InputEvent>& events) = 0;

  /// Like poll_events, but blocks until there is an event or `deadline` has come.
  virtual void wait_events(Timestamp deadline, std::vector<InputEvent>& events) = 0;

  /// Losses since the last call, in order; a recorder notes them as drops. A display loses nothing, gamepads may.
  [[nodiscard]] virtual std::vector<InputLoss> take_losses() = 0;
};

struct X11SourceConfig {
  std::string display{};  // ":77"; empty: the display that the process was started on
  /// Only what happens while this window or a child of it has the focus is told: what a person types elsewhere is
  /// nobody's business. When the focus leaves, what is held is told as released. 0: everything.
  std::uint32_t window = 0;
  /// The desk's gamepads too, as far as this user may read them (group input): X knows none.
  bool gamepads = false;
  Origin origin = Origin::kHuman;  // written into the events
};

/// XInput2 raw events of all master devices: unaccelerated counts, no auto-repeat, also while a game grabs the pointer.
/// Keys outside the vocabulary and horizontal wheels are left out; devices that tell absolute positions (tablets,
/// virtual machines) give kAbsoluteMotion. Programs that fake absolute positions through XTest (some remote desktops)
/// are told as relative motion of that size: X gives no sign to know them by.
[[nodiscard]] std::unique_ptr<InputSource> create_x11_source(const X11SourceConfig& config);

struct EvdevSourceConfig {
  /// /dev/input/event* or links to them (/dev/input/by-id/...). Empty: all keyboards and mice, or gamepads, that there
  /// are, and those that are plugged in later; not those that another sink of Atoll's made.
  std::vector<std::string> devices{};
  bool keyboards_and_mice = true;  // which of them are taken, when they are not named
  bool gamepads = true;
  PointerArea area{};              // what absolute positions are told in
  Origin origin = Origin::kHuman;  // written into the events
  /// Devices that a program injects through, told with another origin.
  std::vector<std::string> agent_devices{};
  Origin agent_origin = Origin::kAgent;
};

/// The kernel's devices, for consoles and Wayland, which tell no program what goes to others. Keys go by position; no
/// auto-repeat; motion in counts, wheels in whole detents also where they tell parts of one. Several devices count as
/// one keyboard: a key is up when it is up on all. Devices may come and go. There is no focus here: everything that is
/// typed anywhere is told, so a recorder must say so. Reads in a thread of its own, because the kernel holds back only
/// some 64 events. Throws Error(kDevice) that says what to do when a named device cannot be read, or when keyboards and
/// mice are wanted and none can.
[[nodiscard]] std::unique_ptr<InputSource> create_evdev_source(const EvdevSourceConfig& config);

}  // namespace atl::input
