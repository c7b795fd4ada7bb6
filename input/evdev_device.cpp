#include "input/evdev_device.h"

#include "core/error.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cmath>
#include <cstring>
#include <utility>

namespace atl::input {
namespace {

constexpr int kFewestKeys = 8;  // of the vocabulary, on a device that counts as a keyboard
constexpr std::int32_t kPartsPerDetent = 120;

template <std::size_t kNumBits>
class Bits {
 public:
  [[nodiscard]] bool test(std::size_t bit) const {
    return ((words_[bit / kBitsPerWord] >> (bit % kBitsPerWord)) & 1UL) != 0;
  }
  [[nodiscard]] unsigned long* data() { return words_.data(); }
  [[nodiscard]] static constexpr std::size_t size_bytes() { return sizeof(words_); }

 private:
  static constexpr std::size_t kBitsPerWord = sizeof(unsigned long) * CHAR_BIT;
  std::array<unsigned long, (kNumBits + kBitsPerWord - 1) / kBitsPerWord> words_{};
};

// Which codes of an event type the device has.
template <std::size_t kNumBits>
Bits<kNumBits> capabilities(int fd, unsigned type) {
  Bits<kNumBits> bits;
  ioctl(fd, EVIOCGBIT(type, bits.size_bytes()), bits.data());
  return bits;
}

std::string text_of(int fd, unsigned long request, char (&buffer)[256]) {
  const int length = ioctl(fd, request, buffer);
  return length > 0 ? std::string(buffer, strnlen(buffer, static_cast<std::size_t>(length))) : std::string();
}

bool is_pointing_touch(int fd, const Bits<KEY_CNT>& keys) {
  Bits<INPUT_PROP_CNT> properties;
  ioctl(fd, EVIOCGPROP(properties.size_bytes()), properties.data());
  return properties.test(INPUT_PROP_DIRECT) || keys.test(BTN_TOOL_FINGER) || keys.test(BTN_TOUCH);
}

DeviceRoles roles_of(int fd) {
  const auto keys = capabilities<KEY_CNT>(fd, EV_KEY);
  const auto relative = capabilities<REL_CNT>(fd, EV_REL);
  const auto absolute = capabilities<ABS_CNT>(fd, EV_ABS);
  DeviceRoles roles;
  const auto table = control_table();
  roles.keyboard = std::count_if(table.begin(), table.begin() + kNumKeys,
                                 [&](const ControlInfo& info) { return keys.test(info.evdev_code); }) >= kFewestKeys;
  const bool positions = absolute.test(ABS_X) && absolute.test(ABS_Y);
  roles.mouse = relative.test(REL_X) && relative.test(REL_Y) && keys.test(BTN_LEFT);
  roles.gamepad = positions && keys.test(BTN_GAMEPAD);
  roles.absolute_pointer = positions && keys.test(BTN_LEFT) && !roles.gamepad && !is_pointing_touch(fd, keys);
  return roles;
}

// From the device's range to the vocabulary's, to the nearest.
std::int32_t to_pad_value(std::int32_t raw, const input_absinfo& axis, const PadAxisInfo& info) {
  if (axis.maximum <= axis.minimum) return 0;
  const double part = (double{1.0} * raw - axis.minimum) / (double{1.0} * axis.maximum - axis.minimum);
  return std::clamp(info.low + static_cast<std::int32_t>(std::lround(part * (double{1.0} * info.high - info.low))),
                    info.low, info.high);
}

constexpr std::int32_t direction(bool negative, bool positive) { return (positive ? 1 : 0) - (negative ? 1 : 0); }

}  // namespace

EvdevDevice::EvdevDevice(std::string path, const EvdevDeviceConfig& config)
    : path_(std::move(path)), config_(config), fd_(open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)) {
  if (fd_ < 0) {
    fail(ErrorKind::kDevice, "cannot read the input device {}: {}{}", path_, std::strerror(errno),
         errno == EACCES ? "; add the user to group input (sudo usermod -aG input USER) and log in again" : "");
  }
  const int clock = CLOCK_MONOTONIC;
  int version = 0;
  if (ioctl(fd_, EVIOCGVERSION, &version) != 0 || ioctl(fd_, EVIOCSCLOCKID, &clock) != 0) {
    const int error = errno;
    close(fd_);
    fail(ErrorKind::kDevice, "{} is no input device of the kernel ({}); expected one of /dev/input/event*", path_,
         std::strerror(error));
  }
  char text[256] = {};
  name_ = text_of(fd_, EVIOCGNAME(sizeof text), text);
  physical_ = text_of(fd_, EVIOCGPHYS(sizeof text), text);
  roles_ = roles_of(fd_);
  const auto absolute = capabilities<ABS_CNT>(fd_, EV_ABS);
  for (std::size_t code = 0; code < axes_.size(); ++code) {
    has_axis_[code] = absolute.test(code) && ioctl(fd_, EVIOCGABS(code), &axes_[code]) == 0;
  }
  Bits<KEY_CNT> held;
  ioctl(fd_, EVIOCGKEY(held.size_bytes()), held.data());
  for (std::size_t code = 0; code < down_.size(); ++code) down_[code] = held.test(code);
}

EvdevDevice::~EvdevDevice() { close(fd_); }

EvdevDevice::Result EvdevDevice::read(std::vector<InputEvent>& out) {
  Result result;
  std::array<input_event, 64> batch;
  while (true) {
    const ssize_t length = ::read(fd_, batch.data(), sizeof batch);
    if (length < 0 && errno == EINTR) continue;
    if (length < 0 && errno == EAGAIN) return result;
    if (length <= 0) {
      release_all(out);
      result.is_gone = true;
      return result;
    }
    const auto count = static_cast<std::size_t>(length) / sizeof(input_event);
    for (std::size_t i = 0; i < count; ++i) {
      if (batch[i].type == EV_SYN && batch[i].code == SYN_DROPPED) {
        ++result.num_losses;
        resynchronise(out);
        break;  // what follows in the batch is older than the state that was just read
      }
      decode(batch[i], out);
    }
  }
}

void EvdevDevice::decode(const input_event& event, std::vector<InputEvent>& out) {
  switch (event.type) {
    case EV_KEY:
      if (event.value != 2) decode_key(event.code, event.value != 0);  // 2: auto-repeat
      break;
    case EV_REL: decode_relative(event.code, event.value); break;
    case EV_ABS: decode_absolute(event.code, event.value); break;
    case EV_SYN:
      if (event.code == SYN_REPORT) {
        end_packet(from_ns(event.input_event_sec * 1'000'000'000LL + event.input_event_usec * 1000LL), out);
      }
      break;
    default: break;
  }
}

void EvdevDevice::decode_key(std::uint16_t code, bool pressed) {
  if (code >= down_.size() || down_[code] == pressed) return;
  down_[code] = pressed;
  const auto control =
      roles_.keyboard || roles_.mouse || roles_.absolute_pointer ? control_of_evdev(code) : std::optional<Control>{};
  const auto button = roles_.gamepad ? pad_button_of_evdev(code) : std::optional<PadButton>{};
  if (!control && !button) {
    if (roles_.gamepad) decode_pad_substitute(code, pressed);
    return;
  }
  if (!pressed && !told_[code]) return;  // went down before anyone listened
  told_[code] = pressed;
  InputEvent event = event_of(control ? InputKind::kControl : InputKind::kPadButton);
  if (control) event.control = *control;
  if (!control) event.pad_button = *button;
  event.pressed = pressed;
  packet_.controls.push_back(event);
}

// Pads that have buttons where an Xbox pad has axes.
void EvdevDevice::decode_pad_substitute(std::uint16_t code, bool pressed) {
  const auto tell = [&](std::uint16_t axis_code, std::int32_t value) {
    if (!has_axis_[axis_code]) tell_pad_axis(*pad_axis_of_evdev(axis_code), value);
  };
  switch (code) {
    case BTN_DPAD_LEFT:
    case BTN_DPAD_RIGHT: tell(ABS_HAT0X, direction(down_[BTN_DPAD_LEFT], down_[BTN_DPAD_RIGHT])); break;
    case BTN_DPAD_UP:
    case BTN_DPAD_DOWN: tell(ABS_HAT0Y, direction(down_[BTN_DPAD_UP], down_[BTN_DPAD_DOWN])); break;
    case BTN_TL2: tell(ABS_Z, pressed ? info_of(*pad_axis_of_evdev(ABS_Z)).high : 0); break;
    case BTN_TR2: tell(ABS_RZ, pressed ? info_of(*pad_axis_of_evdev(ABS_RZ)).high : 0); break;
    default: break;
  }
}

void EvdevDevice::tell_pad_axis(PadAxis axis, std::int32_t value) {
  auto& last = pad_axes_[static_cast<std::size_t>(axis)];
  if (last == value) return;
  last = value;
  InputEvent event = event_of(InputKind::kPadAxis);
  event.pad_axis = axis;
  event.dx = value;
  packet_.controls.push_back(event);
}

void EvdevDevice::decode_relative(std::uint16_t code, std::int32_t value) {
  switch (code) {
    case REL_X: packet_.dx += value; break;
    case REL_Y: packet_.dy += value; break;
    case REL_WHEEL: packet_.wheel += value; break;
    case REL_WHEEL_HI_RES:
      packet_.wheel_parts += value;
      packet_.has_wheel_parts = true;
      break;
    default: break;  // horizontal wheels are outside the vocabulary
  }
}

void EvdevDevice::decode_absolute(std::uint16_t code, std::int32_t value) {
  if (code >= axes_.size() || !has_axis_[code]) return;
  axes_[code].value = value;
  if (roles_.absolute_pointer) packet_.has_position |= code == ABS_X || code == ABS_Y;
  if (!roles_.gamepad) return;
  if (const auto axis = pad_axis_of_evdev(code)) tell_pad_axis(*axis, to_pad_value(value, axes_[code], info_of(*axis)));
}

void EvdevDevice::end_packet(Timestamp time, std::vector<InputEvent>& out) {
  const auto tell = [&](InputEvent event, std::int32_t dx, std::int32_t dy) {
    event.time = time;
    event.dx = dx;
    event.dy = dy;
    out.push_back(event);
  };
  if (packet_.dx != 0 || packet_.dy != 0) tell(event_of(InputKind::kRelativeMotion), packet_.dx, packet_.dy);
  if (packet_.has_position) {
    const auto pixel = [&](std::uint16_t code, std::int32_t screen_px, std::int32_t corner_px) {
      const input_absinfo& axis = axes_[code];
      return screen_px > 0 ? pixel_of(axis.value, axis.minimum, axis.maximum, screen_px) - corner_px : axis.value;
    };
    tell(event_of(InputKind::kAbsoluteMotion), pixel(ABS_X, config_.area.screen_width_px, config_.area.x_px),
         pixel(ABS_Y, config_.area.screen_height_px, config_.area.y_px));
  }
  for (const InputEvent& event : packet_.controls) tell(event, event.dx, event.dy);
  std::int32_t detents = packet_.wheel;
  if (packet_.has_wheel_parts) {                                            // the same turn, finer
    if ((wheel_parts_ < 0) != (packet_.wheel_parts < 0)) wheel_parts_ = 0;  // turned back: a new detent begins
    wheel_parts_ += packet_.wheel_parts;
    detents = wheel_parts_ / kPartsPerDetent;
    wheel_parts_ %= kPartsPerDetent;
  }
  if (detents != 0) tell(event_of(InputKind::kWheel), 0, detents);
  packet_ = {};
}

// The kernel dropped events. Reads away what is left of them, then compares what is down with what was told.
void EvdevDevice::resynchronise(std::vector<InputEvent>& out) {
  packet_ = {};
  std::array<input_event, 64> dropped;
  while (::read(fd_, dropped.data(), sizeof dropped) > 0) {
  }
  Bits<KEY_CNT> held;
  if (ioctl(fd_, EVIOCGKEY(held.size_bytes()), held.data()) < 0) return;  // gone: the next read tells
  for (std::uint16_t code = 0; code < KEY_CNT; ++code) decode_key(code, held.test(code));
  for (std::uint16_t code = 0; code < ABS_CNT; ++code) {
    input_absinfo now{};
    if (!has_axis_[code] || ioctl(fd_, EVIOCGABS(code), &now) != 0) continue;
    if (now.value != axes_[code].value) decode_absolute(code, now.value);
  }
  end_packet(MonotonicClock::now(), out);
}

void EvdevDevice::release_all(std::vector<InputEvent>& out) {
  packet_ = {};
  for (std::uint16_t code = 0; code < KEY_CNT; ++code) decode_key(code, false);
  for (int i = 0; i < kNumPadAxes; ++i) tell_pad_axis(static_cast<PadAxis>(i), 0);
  end_packet(MonotonicClock::now(), out);
}

InputEvent EvdevDevice::event_of(InputKind kind) const {
  InputEvent event;
  event.kind = kind;
  event.origin = config_.origin;
  event.pad = kind == InputKind::kPadButton || kind == InputKind::kPadAxis ? config_.pad : std::uint8_t{0};
  return event;
}

}  // namespace atl::input
