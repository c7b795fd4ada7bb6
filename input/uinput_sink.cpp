#include "input/uinput_sink.h"

#include "core/clock.h"
#include "core/error.h"

#include <linux/input.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

namespace atl::input {
namespace {

constexpr std::int32_t kPartsPerDetent = 120;
constexpr int kMaxPads = 4;
// What the driver xpad says of an Xbox 360 pad; SDL and games know it by these numbers.
constexpr std::uint16_t kMicrosoft = 0x045e;
constexpr std::uint16_t kXbox360Pad = 0x028e;
constexpr std::uint16_t kXbox360Version = 0x0114;
constexpr std::int32_t kStickFlat = 128;
constexpr std::int32_t kTriggerHigh = 255;

std::vector<std::uint16_t> button_codes() {
  std::vector<std::uint16_t> codes;
  for (int i = kNumKeys; i < kNumControls; ++i) codes.push_back(info_of(control_at(i)).evdev_code);
  return codes;
}

std::string own_physical() { return fmt::format("atoll/{}", getpid()); }

UinputSpec mouse_spec() {
  UinputSpec spec{.name = "Atoll mouse and keyboard", .physical = own_physical()};
  for (int i = 0; i < kNumControls; ++i) spec.keys.push_back(info_of(control_at(i)).evdev_code);
  spec.relatives = {REL_X, REL_Y, REL_WHEEL, REL_WHEEL_HI_RES};
  return spec;
}

// One value a pixel: readers that scale by the number of values and those that scale by the distance of first and last
// both get the pixel that was meant.
UinputSpec pointer_spec(const PointerArea& area) {
  return {.name = "Atoll pointer",
          .physical = own_physical(),
          .keys = button_codes(),
          .relatives = {REL_WHEEL, REL_WHEEL_HI_RES},
          .axes = {{ABS_X, 0, area.screen_width_px - 1}, {ABS_Y, 0, area.screen_height_px - 1}}};
}

UinputAxis pad_axis(std::uint16_t code) {
  switch (code) {
    case ABS_Z:
    case ABS_RZ: return {code, 0, kTriggerHigh};
    case ABS_HAT0X:
    case ABS_HAT0Y: return {code, -1, 1};
    default: return {code, -32768, 32767, kStickFlat};  // no fuzz: the kernel would smooth what was sent
  }
}

UinputSpec pad_spec() {
  UinputSpec spec{.name = "Atoll gamepad (X-Box 360)",
                  .physical = own_physical(),
                  .bus = BUS_USB,
                  .vendor = kMicrosoft,
                  .product = kXbox360Pad,
                  .version = kXbox360Version};
  for (const PadButtonInfo& info : pad_button_table()) spec.keys.push_back(info.evdev_code);
  for (const PadAxisInfo& info : pad_axis_table()) spec.axes.push_back(pad_axis(info.evdev_code));
  return spec;
}

void validate(const UinputSinkConfig& config) {
  const PointerArea& area = config.area;
  const bool none = area.screen_width_px == 0 && area.screen_height_px == 0;
  if (!none && (area.screen_width_px < 2 || area.screen_height_px < 2)) {
    fail(ErrorKind::kConfig, "the screen is {}x{}; expected at least 2x2, or 0x0 for no absolute pointer",
         area.screen_width_px, area.screen_height_px);
  }
  if (config.num_gamepads < 0 || config.num_gamepads > kMaxPads) {
    fail(ErrorKind::kConfig, "num_gamepads is {}, expected 0 to {}", config.num_gamepads, kMaxPads);
  }
}

std::int64_t now_us() { return to_ns(MonotonicClock::now()) / 1000; }

}  // namespace

UinputSink::UinputSink(const UinputSinkConfig& config, PressedKeys& pressed) : config_(config), pressed_(pressed) {
  validate(config);
  mouse_ = std::make_unique<UinputDevice>(mouse_spec());
  if (config.area.screen_width_px > 0) pointer_ = std::make_unique<UinputDevice>(pointer_spec(config.area));
  for (int i = 0; i < config.num_gamepads; ++i) pads_.push_back(std::make_unique<UinputDevice>(pad_spec()));
  pointing_ = mouse_.get();
}

std::vector<int> UinputSink::fds() const {
  std::vector<int> fds{mouse_->fd()};
  if (pointer_) fds.push_back(pointer_->fd());
  for (const auto& pad : pads_) fds.push_back(pad->fd());
  return fds;
}

std::vector<std::string> UinputSink::devices() const {
  std::vector<std::string> paths{mouse_->path()};
  if (pointer_) paths.push_back(pointer_->path());
  for (const auto& pad : pads_) paths.push_back(pad->path());
  return paths;
}

void UinputSink::send(std::span<const InputEvent> events) {
  for (const InputEvent& event : events) {
    switch (event.kind) {
      case InputKind::kControl: send_control(event); break;
      case InputKind::kRelativeMotion:
        pointing_ = mouse_.get();
        write(*mouse_, {{EV_REL, REL_X, event.dx}, {EV_REL, REL_Y, event.dy}});
        break;
      case InputKind::kAbsoluteMotion: send_position(event); break;
      case InputKind::kWheel:
        write(*pointing_, {{EV_REL, REL_WHEEL, event.dy}, {EV_REL, REL_WHEEL_HI_RES, event.dy * kPartsPerDetent}});
        break;
      case InputKind::kPadButton: send_pad_button(event); break;
      case InputKind::kPadAxis: send_pad_axis(event); break;
    }
  }
}

// Devices are read apart; only the kernel's stamps, in microseconds, tell which of two packets came first.
void UinputSink::write(const UinputDevice& device, std::initializer_list<UinputChange> changes) {
  if (last_device_ != nullptr && last_device_ != &device) {
    while (now_us() <= last_us_) {
    }
  }
  device.send(changes);
  last_device_ = &device;
  last_us_ = now_us();
}

void UinputSink::send_control(const InputEvent& event) {
  const std::uint16_t code = info_of(event.control).evdev_code;
  const bool button = is_button(event.control);
  auto& mark = button ? pressed_.buttons[code - BTN_MISC] : pressed_.keys[code];
  if ((mark.load() != PressedKeys::kUp) == event.pressed) return;
  if (event.pressed) mark = PressedKeys::kDown;  // before it is sent: a twin may have to release it
  if (button && event.pressed) {
    write(*pointing_, {{EV_KEY, code, 1}});  // the same device as the position before it: they cannot change places
  } else {
    write(*mouse_, {{EV_KEY, code, event.pressed ? 1 : 0}});
    // Which of the two pressed it is not noted: releasing what is up does nothing.
    if (button && pointer_) write(*pointer_, {{EV_KEY, code, 0}});
  }
  if (!event.pressed) mark = PressedKeys::kUp;
}

void UinputSink::send_position(const InputEvent& event) {
  if (!pointer_) {
    fail(ErrorKind::kConfig, "cannot set the pointer to ({}, {}): the size of the screen was not given", event.dx,
         event.dy);
  }
  const PointerArea& area = config_.area;
  const PointerPosition to{std::clamp(area.x_px + event.dx, 0, area.screen_width_px - 1),
                           std::clamp(area.y_px + event.dy, 0, area.screen_height_px - 1)};
  // The kernel leaves out a position that its device has already, though the mouse may have moved the pointer away.
  if (position_ == to) write(*pointer_, {{EV_ABS, ABS_X, to.x_px > 0 ? to.x_px - 1 : to.x_px + 1}});
  write(*pointer_, {{EV_ABS, ABS_X, to.x_px}, {EV_ABS, ABS_Y, to.y_px}});
  position_ = to;
  pointing_ = pointer_.get();
}

const UinputDevice& UinputSink::pad(int number) const {
  if (number >= static_cast<int>(pads_.size())) {
    fail(ErrorKind::kConfig, "cannot send an event of gamepad {}: this sink has {}; set num_gamepads", number,
         pads_.size());
  }
  return *pads_[static_cast<std::size_t>(number)];
}

void UinputSink::send_pad_button(const InputEvent& event) {
  write(pad(event.pad), {{EV_KEY, info_of(event.pad_button).evdev_code, event.pressed ? 1 : 0}});
}

void UinputSink::send_pad_axis(const InputEvent& event) {
  const PadAxisInfo& info = info_of(event.pad_axis);
  const UinputAxis axis = pad_axis(info.evdev_code);
  const double part =
      (double{1.0} * std::clamp(event.dx, info.low, info.high) - info.low) / (double{1.0} * info.high - info.low);
  const auto value = axis.low + static_cast<std::int32_t>(std::lround(part * (double{1.0} * axis.high - axis.low)));
  write(pad(event.pad), {{EV_ABS, axis.code, value}});
}

void UinputSink::release_pads() {
  for (const auto& device : pads_) {
    for (const PadButtonInfo& info : pad_button_table()) write(*device, {{EV_KEY, info.evdev_code, 0}});
    for (const PadAxisInfo& info : pad_axis_table()) write(*device, {{EV_ABS, info.evdev_code, 0}});
  }
}

void UinputSink::release_all() {
  for (int i = 0; i < kNumControls; ++i) {
    InputEvent release;
    release.control = control_at(i);
    send_control(release);
  }
  release_pads();
}

void UinputSink::release_marked() const {
  for (int i = 0; i < kNumControls; ++i) {
    const std::uint16_t code = info_of(control_at(i)).evdev_code;
    if ((is_button(control_at(i)) ? pressed_.buttons[code - BTN_MISC] : pressed_.keys[code]).load() == PressedKeys::kUp)
      continue;
    mouse_->send({{EV_KEY, code, 0}});
    if (pointer_) pointer_->send({{EV_KEY, code, 0}});
  }
}

namespace {

// A sink with marks of its own.
class OwnUinputSink final : public InputSink {
 public:
  explicit OwnUinputSink(const UinputSinkConfig& config) : sink_(config, pressed_) {}
  void send(std::span<const InputEvent> events) override { sink_.send(events); }
  void release_all() override { sink_.release_all(); }

 private:
  PressedKeys pressed_;
  UinputSink sink_;
};

}  // namespace

std::unique_ptr<InputSink> create_uinput_sink(const UinputSinkConfig& config) {
  return std::make_unique<OwnUinputSink>(config);
}

}  // namespace atl::input
