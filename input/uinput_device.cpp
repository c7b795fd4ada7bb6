#include "input/uinput_device.h"

#include "core/clock.h"
#include "core/error.h"

#include <fcntl.h>
#include <linux/uinput.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace atl::input {
namespace {

constexpr const char* kUinput = "/dev/uinput";
constexpr Duration kVisibleTime = std::chrono::seconds(5);
constexpr Duration kLookEvery = std::chrono::milliseconds(1);
constexpr std::size_t kMaxChanges = 15;  // of one packet

int open_uinput() {
  const int fd = open(kUinput, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd >= 0) return fd;
  switch (errno) {
    case ENOENT:
    case ENODEV:
    case ENXIO:
      fail(ErrorKind::kDevice, "cannot make an input device: {} is missing; load the module: sudo modprobe uinput",
           kUinput);
    case EACCES:
    case EPERM:
      fail(ErrorKind::kDevice,
           "cannot make an input device: {} is closed to this user; open it to group input with the udev rule "
           "KERNEL==\"uinput\", GROUP=\"input\", MODE=\"0660\", and add the user to that group (sudo usermod -aG input "
           "USER), or run as root",
           kUinput);
    default: fail(ErrorKind::kDevice, "cannot open {}: {}", kUinput, std::strerror(errno));
  }
}

void check_ioctl(int result, const char* what, const std::string& device) {
  if (result < 0) fail(ErrorKind::kDevice, "cannot make \"{}\": {} failed: {}", device, what, std::strerror(errno));
}

// The node of the device that sysfs calls "inputN"; empty while it is not there.
std::string node_of(const std::string& sysfs_name) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/sys/devices/virtual/input/" + sysfs_name, error)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("event")) return "/dev/input/" + name;
  }
  return "";
}

// Whether udev, if it runs, has handled the node: set its group, told those who listen to it.
bool is_handled(const std::string& node) {
  struct stat status {};
  if (stat(node.c_str(), &status) != 0) return false;
  if (access("/run/udev/control", F_OK) != 0) return true;
  const std::string entry = fmt::format("/run/udev/data/c{}:{}", major(status.st_rdev), minor(status.st_rdev));
  return access(entry.c_str(), F_OK) == 0;
}

}  // namespace

void require_uinput() { close(open_uinput()); }

UinputDevice::UinputDevice(const UinputSpec& spec) : fd_(open_uinput()) {
  try {
    set_up(spec);
    wait_visible();
  } catch (...) {
    close(fd_);
    throw;
  }
}

UinputDevice::~UinputDevice() { close(fd_); }

void UinputDevice::set_up(const UinputSpec& spec) const {
  const auto set_bit = [&](unsigned long request, int bit) {
    check_ioctl(ioctl(fd_, request, bit), "setting a capability", spec.name);
  };
  if (!spec.keys.empty()) set_bit(UI_SET_EVBIT, EV_KEY);
  for (const std::uint16_t code : spec.keys) set_bit(UI_SET_KEYBIT, code);
  if (!spec.relatives.empty()) set_bit(UI_SET_EVBIT, EV_REL);
  for (const std::uint16_t code : spec.relatives) set_bit(UI_SET_RELBIT, code);
  if (!spec.axes.empty()) set_bit(UI_SET_EVBIT, EV_ABS);
  for (const UinputAxis& axis : spec.axes) {
    uinput_abs_setup setup{};
    setup.code = axis.code;
    setup.absinfo.minimum = axis.low;
    setup.absinfo.maximum = axis.high;
    setup.absinfo.flat = axis.flat;
    check_ioctl(ioctl(fd_, UI_ABS_SETUP, &setup), "setting an axis", spec.name);
  }
  if (spec.repeats) set_bit(UI_SET_EVBIT, EV_REP);
  check_ioctl(ioctl(fd_, UI_SET_PHYS, spec.physical.c_str()), "UI_SET_PHYS", spec.name);
  uinput_setup setup{};
  setup.id = {spec.bus, spec.vendor, spec.product, spec.version};
  spec.name.copy(setup.name, sizeof setup.name - 1);
  check_ioctl(ioctl(fd_, UI_DEV_SETUP, &setup), "UI_DEV_SETUP", spec.name);
  check_ioctl(ioctl(fd_, UI_DEV_CREATE), "UI_DEV_CREATE", spec.name);
}

void UinputDevice::wait_visible() {
  char sysfs_name[64] = {};
  check_ioctl(ioctl(fd_, UI_GET_SYSNAME(sizeof sysfs_name), sysfs_name), "UI_GET_SYSNAME", "input device");
  SystemClock clock;
  const Timestamp deadline = clock.now() + kVisibleTime;
  while (true) {
    path_ = node_of(sysfs_name);
    if (!path_.empty() && is_handled(path_)) return;
    if (clock.now() > deadline) {
      fail(ErrorKind::kDevice,
           "the input device {} has no node in /dev/input after {} s; expected the module evdev (sudo modprobe evdev) "
           "and, where udev runs, that it answers",
           sysfs_name, to_seconds(kVisibleTime));
    }
    clock.sleep_until(clock.now() + kLookEvery);
  }
}

void UinputDevice::send(std::span<const UinputChange> changes) const {
  ATOLL_CHECK(changes.size() <= kMaxChanges, "packet of {} changes, expected <= {}", changes.size(), kMaxChanges);
  std::array<input_event, kMaxChanges + 1> packet{};
  std::size_t count = 0;
  for (const UinputChange& change : changes) {
    packet[count].type = change.type;
    packet[count].code = change.code;
    packet[count].value = change.value;
    ++count;
  }
  packet[count].type = EV_SYN;
  packet[count].code = SYN_REPORT;
  const auto size = static_cast<ssize_t>((count + 1) * sizeof(input_event));
  ssize_t written = 0;
  do {
    written = write(fd_, packet.data(), static_cast<std::size_t>(size));
  } while (written < 0 && errno == EINTR);
  if (written != size) fail(ErrorKind::kDevice, "cannot send through {}: {}", path_, std::strerror(errno));
}

}  // namespace atl::input
