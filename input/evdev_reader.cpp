#include "input/evdev_reader.h"

#include "core/error.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

namespace atl::input {
namespace {

constexpr const char* kFolder = "/dev/input";
constexpr int kMaxRounds = 8;  // of one read(), under a flood

std::vector<std::string> event_nodes() {
  std::vector<std::string> nodes;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder, error)) {
    if (entry.path().filename().string().starts_with("event")) nodes.push_back(entry.path().string());
  }
  std::sort(nodes.begin(), nodes.end());
  return nodes;
}

bool contains(const std::vector<std::string>& list, const std::string& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

}  // namespace

EvdevReader::EvdevReader(const EvdevSourceConfig& config)
    : config_(config), epoll_fd_(epoll_create1(EPOLL_CLOEXEC)), watch_fd_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
  try {
    if (epoll_fd_ < 0 || watch_fd_ < 0) fail(ErrorKind::kDevice, "cannot watch devices: {}", std::strerror(errno));
    if (inotify_add_watch(watch_fd_, kFolder, IN_CREATE | IN_ATTRIB) < 0) {
      fail(ErrorKind::kDevice,
           "cannot watch {}: {}; expected the kernel's input devices there (module evdev: modprobe evdev)", kFolder,
           std::strerror(errno));
    }
    epoll_event event{.events = EPOLLIN, .data = {}};
    epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, watch_fd_, &event);
    for (const std::string& path : config_.agent_devices) open_named(path, config_.agent_origin);
    for (const std::string& path : config_.devices) open_named(path, config_.origin);
    if (!config_.devices.empty()) return;
    const Denied denied = open_found();
    const bool has_keys_or_mouse = std::any_of(devices_.begin(), devices_.end(), [&](const auto& device) {
      return !contains(config_.agent_devices, device->path()) &&
             (device->roles().keyboard || device->roles().mouse || device->roles().absolute_pointer);
    });
    if (!config_.keyboards_and_mice || has_keys_or_mouse) return;
    if (denied.num_denied > 0) {
      fail(ErrorKind::kDevice,
           "no keyboard or mouse can be read: {} of {} input devices are closed to this user; add the user to group "
           "input (sudo usermod -aG input USER) and log in again",
           denied.num_denied, denied.num_found);
    }
    fail(ErrorKind::kDevice, "no keyboard or mouse among the {} devices of {}; plug one in, or name a device",
         denied.num_found, kFolder);
  } catch (...) {
    close(watch_fd_);
    close(epoll_fd_);
    throw;
  }
}

EvdevReader::~EvdevReader() {
  close(watch_fd_);
  close(epoll_fd_);
}

void EvdevReader::open_named(const std::string& path, Origin origin) {
  auto device = std::make_unique<EvdevDevice>(path, EvdevDeviceConfig{origin, free_pad_number(), config_.area});
  if (!device->roles().any()) {
    fail(ErrorKind::kDevice, "{} (\"{}\") is no keyboard, mouse, pointer or gamepad", path, device->name());
  }
  add(std::move(device));
}

EvdevReader::Denied EvdevReader::open_found() {
  Denied denied;
  for (const std::string& path : event_nodes()) {
    ++denied.num_found;
    if (!is_open(path) && access(path.c_str(), R_OK) != 0 && errno == EACCES) ++denied.num_denied;
    if (!is_open(path)) try_open(path);
  }
  return denied;
}

// A node that is gone again, or that udev has not opened to this user yet, is no error: a change of it is told.
bool EvdevReader::try_open(const std::string& path) {
  if (access(path.c_str(), R_OK) != 0) return false;
  try {
    auto device =
        std::make_unique<EvdevDevice>(path, EvdevDeviceConfig{config_.origin, free_pad_number(), config_.area});
    if (config_.devices.empty() && !is_wanted(*device)) return false;
    add(std::move(device));
    return true;
  } catch (const Error&) {
    return false;
  }
}

void EvdevReader::add(std::unique_ptr<EvdevDevice> device) {
  epoll_event event{.events = EPOLLIN, .data = {}};
  if (epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, device->fd(), &event) != 0) {
    fail(ErrorKind::kDevice, "cannot wait for {}: {}", device->path(), std::strerror(errno));
  }
  devices_.push_back(std::move(device));
}

bool EvdevReader::is_wanted(const EvdevDevice& device) const {
  if (device.physical().starts_with("atoll/")) return false;  // of our own making
  const DeviceRoles& roles = device.roles();
  return (config_.keyboards_and_mice && (roles.keyboard || roles.mouse || roles.absolute_pointer)) ||
         (config_.gamepads && roles.gamepad);
}

bool EvdevReader::is_open(const std::string& path) const {
  return std::any_of(devices_.begin(), devices_.end(), [&](const auto& device) { return device->path() == path; });
}

std::uint8_t EvdevReader::free_pad_number() const {
  std::uint8_t number = 0;
  const auto is_taken = [&](const auto& device) { return device->roles().gamepad && device->pad() == number; };
  while (number < UINT8_MAX && std::any_of(devices_.begin(), devices_.end(), is_taken)) ++number;
  return number;
}

std::vector<std::string> EvdevReader::devices() const {
  std::vector<std::string> paths;
  for (const auto& device : devices_) paths.push_back(device->path());
  return paths;
}

std::vector<InputLoss> EvdevReader::take_losses() { return std::exchange(losses_, {}); }

// A node appeared, or who may read it changed.
void EvdevReader::follow_changes() {
  alignas(inotify_event) char changes[4096];
  bool changed = false;
  while (::read(watch_fd_, changes, sizeof changes) > 0) changed = true;
  if (!changed) return;
  if (config_.devices.empty()) {
    open_found();
    return;
  }
  for (const std::string& path : config_.devices) {
    if (!is_open(path)) try_open(path);
  }
}

void EvdevReader::read_devices() {
  for (std::size_t i = 0; i < devices_.size();) {
    const EvdevDevice::Result result = devices_[i]->read(pending_);
    const std::string& name = devices_[i]->name();
    losses_.insert(losses_.end(), static_cast<std::size_t>(result.num_losses), {MonotonicClock::now(), name});
    if (result.is_gone) {
      devices_.erase(devices_.begin() + static_cast<std::ptrdiff_t>(i));  // closing it ends the waiting for it
    } else {
      ++i;
    }
  }
}

void EvdevReader::read(std::vector<InputEvent>& out) {
  follow_changes();
  // While one device is read, another may tell something older than what comes next from the first: only what the
  // kernel stamped before the round began is complete. The next round does the rest.
  for (int round = 0; round < kMaxRounds; ++round) {
    const Timestamp begin = MonotonicClock::now();
    read_devices();
    tell_until(begin, out);
    if (pending_.empty()) return;
  }
  tell_until(Timestamp::max(), out);
}

void EvdevReader::tell_until(Timestamp until, std::vector<InputEvent>& out) {
  std::stable_sort(pending_.begin(), pending_.end(),
                   [](const InputEvent& a, const InputEvent& b) { return a.time < b.time; });
  const auto end =
      std::find_if(pending_.begin(), pending_.end(), [&](const InputEvent& event) { return event.time > until; });
  for (auto it = pending_.begin(); it != end; ++it) tell(*it, out);
  pending_.erase(pending_.begin(), end);
}

void EvdevReader::tell(InputEvent event, std::vector<InputEvent>& out) {
  if (event.kind == InputKind::kControl) {
    int& num_down =
        num_down_.at(static_cast<std::size_t>(event.origin))[static_cast<std::size_t>(index_of(event.control))];
    num_down += event.pressed ? 1 : -1;
    if (num_down != (event.pressed ? 1 : 0)) return;  // another device holds it too
  }
  event.time = last_ = std::max(last_, event.time);
  out.push_back(event);
}

}  // namespace atl::input
