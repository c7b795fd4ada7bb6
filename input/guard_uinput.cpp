#include "input/guard_uinput.h"

#include "core/error.h"
#include "input/evdev_reader.h"
#include "input/guard_twin.h"

#include <utility>
#include <vector>

namespace atl::input {
namespace {

class UinputSystem final : public GuardSystem {
 public:
  UinputSystem(const GuardSettings& settings, std::unique_ptr<UinputSink> devices)
      : origin_(settings.origin),
        devices_(std::move(devices)),
        reader_({.devices = settings.human_devices,
                 .gamepads = settings.gamepads,
                 .area = settings.area,
                 .agent_devices = devices_->devices()}) {}

  InputSink& sink() override { return *devices_; }
  [[nodiscard]] int fd() const override { return reader_.fd(); }

  void read(GuardHearer& hearer) override {
    if (!has_told_focus_) hearer.on_focus(true, false);
    has_told_focus_ = true;
    std::vector<InputEvent> events;
    reader_.read(events);
    num_losses_ += reader_.take_losses().size();
    for (InputEvent& event : events) {
      if (event.origin == Origin::kHuman) {
        hearer.on_person(event, true);
      } else {
        event.origin = origin_;
        hearer.on_own(event);
      }
    }
  }

  void set_window(std::uint32_t /*window*/) override { has_told_focus_ = false; }  // there are none here
  bool finish_turn() override { return true; }
  void count(GuardCounts& counts) const override { counts.input_losses = num_losses_; }

 private:
  const Origin origin_;  // of what the guard injects
  std::unique_ptr<UinputSink> devices_;
  EvdevReader reader_;
  bool has_told_focus_ = false;
  std::uint64_t num_losses_ = 0;
};

class UinputHands final : public TwinHands {
 public:
  explicit UinputHands(const UinputSink& devices) : devices_(devices) {}
  void release(const PressedKeys& /*pressed*/) override { devices_.release_marked(); }
  [[nodiscard]] bool is_lost() const override { return false; }

 private:
  const UinputSink& devices_;
};

}  // namespace

std::unique_ptr<UinputSink> create_guard_devices(const GuardSettings& settings, PressedKeys& pressed) {
  UinputSinkConfig config;
  if (settings.allow_pointer) config.area = settings.area;
  return std::make_unique<UinputSink>(config, pressed);
}

void start_uinput_twin(const UinputSink& devices, const PressedKeys& pressed) {
  if (start_guard_twin(pressed, devices.fds(), [&] { return std::make_unique<UinputHands>(devices); })) return;
  fail(ErrorKind::kDevice, "the guard's twin did not start");
}

std::unique_ptr<GuardSystem> create_uinput_system(const GuardSettings& settings, std::unique_ptr<UinputSink> devices) {
  return std::make_unique<UinputSystem>(settings, std::move(devices));
}

}  // namespace atl::input
