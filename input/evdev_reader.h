// Several kernel input devices as one stream in the order of their times; devices may come and go. For whoever waits on
// a file descriptor (the guard); others take create_evdev_source (input/source.h).
#pragma once

#include "input/evdev_device.h"
#include "input/source.h"

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace atl::input {

/// One thread. Must be read often: the kernel holds some 64 events a device.
class EvdevReader {
 public:
  /// Throws like create_evdev_source.
  explicit EvdevReader(const EvdevSourceConfig& config);
  ~EvdevReader();
  EvdevReader(const EvdevReader&) = delete;
  EvdevReader& operator=(const EvdevReader&) = delete;

  /// Readable when read() has something to do.
  [[nodiscard]] int fd() const { return epoll_fd_; }

  /// Appends what came, in order; never blocks.
  void read(std::vector<InputEvent>& out);

  [[nodiscard]] std::vector<InputLoss> take_losses();

  /// Paths of the devices that are open.
  [[nodiscard]] std::vector<std::string> devices() const;

 private:
  struct Denied {
    int num_found = 0;
    int num_denied = 0;  // may not be read by this user
  };
  void open_named(const std::string& path, Origin origin);
  Denied open_found();
  bool try_open(const std::string& path);
  void add(std::unique_ptr<EvdevDevice> device);
  [[nodiscard]] bool is_wanted(const EvdevDevice& device) const;
  [[nodiscard]] bool is_open(const std::string& path) const;
  [[nodiscard]] std::uint8_t free_pad_number() const;
  void follow_changes();
  void read_devices();
  void tell_until(Timestamp until, std::vector<InputEvent>& out);
  void tell(InputEvent event, std::vector<InputEvent>& out);

  const EvdevSourceConfig config_;
  int epoll_fd_ = -1;
  int watch_fd_ = -1;  // tells of nodes that appear in /dev/input
  std::vector<std::unique_ptr<EvdevDevice>> devices_;
  std::vector<InputEvent> pending_;  // read, but another device may still tell something older
  std::vector<InputLoss> losses_;
  std::array<std::array<int, kNumControls>, 3> num_down_{};  // by origin: devices on which a control is down
  Timestamp last_;                                           // times never go back
};

}  // namespace atl::input
