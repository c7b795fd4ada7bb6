// One input device made through the kernel's uinput: to the rest of the system it is hardware. It goes away with this
// object, however the process ends, and the kernel releases what it held.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

namespace atl::input {

struct UinputAxis {
  std::uint16_t code = 0;  // ABS_*
  std::int32_t low = 0;
  std::int32_t high = 0;
  std::int32_t flat = 0;  // the dead zone that readers are advised of
};

struct UinputSpec {
  std::string name;
  std::string physical;      // where it is said to hang, EVIOCGPHYS
  std::uint16_t bus = 0x06;  // BUS_VIRTUAL
  std::uint16_t vendor = 0;
  std::uint16_t product = 0;
  std::uint16_t version = 1;
  std::vector<std::uint16_t> keys{};       // KEY_* and BTN_*
  std::vector<std::uint16_t> relatives{};  // REL_*
  std::vector<UinputAxis> axes{};
  bool repeats = false;  // the kernel repeats keys that stay down
};

struct UinputChange {
  std::uint16_t type = 0;  // EV_KEY, EV_REL, EV_ABS
  std::uint16_t code = 0;
  std::int32_t value = 0;
};

/// Throws Error(kDevice) that says what to do when uinput is missing or closed to this user.
void require_uinput();

/// One thread.
class UinputDevice {
 public:
  /// Waits until its node is there and, where udev runs, until udev has handled it: what is sent earlier, nobody gets
  /// (python-evdev#213). A compositor or game opens it a moment later still. Throws Error(kDevice) that says what to do
  /// when uinput is missing or closed to this user.
  explicit UinputDevice(const UinputSpec& spec);
  ~UinputDevice();
  UinputDevice(const UinputDevice&) = delete;
  UinputDevice& operator=(const UinputDevice&) = delete;

  /// Sends the changes as one packet, which readers get whole. Throws Error(kDevice) when the device is lost.
  void send(std::span<const UinputChange> changes) const;
  void send(std::initializer_list<UinputChange> changes) const { send(std::span(changes.begin(), changes.size())); }

  [[nodiscard]] int fd() const { return fd_; }
  /// "/dev/input/event7"
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  void set_up(const UinputSpec& spec) const;
  void wait_visible();
  int fd_ = -1;
  std::string path_;
};

}  // namespace atl::input
