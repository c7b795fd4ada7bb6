#include "input/x11_sink.h"

#include "core/error.h"
#include "input/x11_codes.h"
#include "x11/window.h"

#include <xcb/xcb.h>
#include <xcb/xtest.h>

#include <algorithm>
#include <cstdlib>
#include <optional>

namespace atl::input {
namespace {

constexpr std::uint8_t kRelative = 1;  // detail of a motion; 0 would be absolute
constexpr int kMaxMotion = 32767;      // one request carries 16 bits

// While it lives the server serves no other client: nobody can move focus, pointer or windows between a question and
// the press that depends on the answer.
class ServerHeld {
 public:
  ServerHeld(const x11::Connection& connection, PressedKeys& pressed) : connection_(connection), pressed_(pressed) {
    pressed_.holds_server = true;  // first: the twin ends a guard that stands still meanwhile
    xcb_grab_server(connection_.get());
  }
  ServerHeld(const ServerHeld&) = delete;
  ServerHeld& operator=(const ServerHeld&) = delete;
  ~ServerHeld() {
    xcb_ungrab_server(connection_.get());
    xcb_flush(connection_.get());
    pressed_.holds_server = false;
  }

 private:
  const x11::Connection& connection_;
  PressedKeys& pressed_;
};

}  // namespace

X11Sink::X11Sink(const x11::Connection& connection, const X11SinkRules& rules, PressedKeys& pressed, SendLog* log)
    : connection_(connection), rules_(rules), pressed_(pressed), log_(log) {
  set_window(rules.window);
  connection.require_extension(xcb_test_id, "XTEST");
  if (rules_.key_repeat) return;
  const x11::Owned<xcb_get_keyboard_control_reply_t> control(
      xcb_get_keyboard_control_reply(connection.get(), xcb_get_keyboard_control(connection.get()), nullptr));
  if (!control) connection.check();
  if (control) std::copy_n(control->auto_repeats, repeats_.size(), repeats_.begin());
}

void X11Sink::set_window(std::uint32_t window) { window_ = window != 0 ? window : connection_.root(); }

void X11Sink::send(std::span<const InputEvent> events) {
  std::optional<ServerHeld> held;
  is_pointer_over_.reset();
  if (may_go_elsewhere(events)) {
    held.emplace(connection_, pressed_);
    has_focus_ = !rules_.require_focus || x11::has_focus(connection_, window_);
  }
  for (const InputEvent& event : events) {
    origin_ = event.origin;
    switch (event.kind) {
      case InputKind::kControl: send_control(event); break;
      case InputKind::kRelativeMotion: send_motion(event); break;
      case InputKind::kAbsoluteMotion: send_position(event); break;
      case InputKind::kWheel: send_wheel(event); break;
      case InputKind::kPadButton:
      case InputKind::kPadAxis:
        fail(ErrorKind::kDevice, "cannot send a gamepad's event: X knows no gamepads; use the sink uinput");
    }
  }
  held.reset();
  xcb_flush(connection_.get());
  connection_.check();
}

bool X11Sink::may_go_elsewhere(std::span<const InputEvent> events) const {
  if (window_ == connection_.root()) return false;
  return std::any_of(events.begin(), events.end(), [&](const InputEvent& event) {
    if (event.kind == InputKind::kWheel) return true;
    if (event.kind != InputKind::kControl || !event.pressed) return false;
    return rules_.require_focus || is_button(event.control);
  });
}

void X11Sink::send_control(const InputEvent& event) {
  const std::uint8_t code = x_code_of(event.control);
  auto& mark = (is_button(event.control) ? pressed_.buttons : pressed_.keys)[code];
  if (PressedKeys::is_down(mark) == event.pressed) return;
  const bool button = is_button(event.control);
  if (event.pressed && !reaches_window(event)) {
    ++num_presses_outside_;
    return;
  }
  const bool repeats = !button && (repeats_[code / 8] >> (code % 8) & 1) != 0;
  if (event.pressed) {
    std::erase_if(going_up_, [&](const GoingUp& one) { return one.mark == &mark; });
    mark = repeats ? PressedKeys::kDownUnrepeated : PressedKeys::kDown;  // first: a twin may have to release it
    if (repeats) repeat(code, false);
  }
  const std::uint32_t sequence = fake(
      event.pressed ? (button ? XCB_BUTTON_PRESS : XCB_KEY_PRESS) : (button ? XCB_BUTTON_RELEASE : XCB_KEY_RELEASE),
      code);
  note(sequence, event);
  if (event.pressed) return;
  if (repeats) repeat(code, true);
  xcb_flush(connection_.get());
  if (log_ == nullptr) {
    mark = PressedKeys::kUp;
    return;
  }
  mark = repeats ? PressedKeys::kGoingUpUnrepeated : PressedKeys::kGoingUp;
  going_up_.push_back({&mark, sequence});
}

void X11Sink::settle(std::uint32_t sequence) {
  std::erase_if(going_up_, [&](const GoingUp& one) {
    if (is_before(sequence, one.sequence)) return false;
    *one.mark = PressedKeys::kUp;
    return true;
  });
}

bool X11Sink::reaches_window(const InputEvent& press) {
  if (window_ == connection_.root()) return true;
  const bool is_key = press.kind == InputKind::kControl && !is_button(press.control);
  if (is_key) return has_focus_;
  if (!is_pointer_over_) is_pointer_over_ = x11::is_pointer_over(connection_, window_);
  return *is_pointer_over_;
}

void X11Sink::repeat(std::uint8_t keycode, bool is_on) const {
  const std::uint32_t values[] = {keycode, is_on ? XCB_AUTO_REPEAT_MODE_ON : XCB_AUTO_REPEAT_MODE_OFF};
  xcb_change_keyboard_control(connection_.get(), XCB_KB_KEY | XCB_KB_AUTO_REPEAT_MODE, values);
}

void X11Sink::send_motion(const InputEvent& event) {
  InputEvent part = event;
  int limit = kMaxMotion;
  for (int dx = event.dx, dy = event.dy; dx != 0 || dy != 0; dx -= part.dx, dy -= part.dy) {
    part.dx = std::clamp(dx, -limit, limit);
    part.dy = std::clamp(dy, -limit, limit);
    --limit;  // SDL takes two equal motions of one millisecond for one that was told twice
    note(fake(XCB_MOTION_NOTIFY, kRelative, part.dx, part.dy), part);
  }
  is_pointer_over_.reset();
}

void X11Sink::send_wheel(const InputEvent& event) {
  InputEvent detent = event;
  detent.dy = event.dy > 0 ? 1 : -1;
  if (!reaches_window(event)) {
    ++num_presses_outside_;
    return;
  }
  const std::uint8_t button = event.dy > 0 ? kWheelUpButton : kWheelDownButton;
  for (int i = 0; i < std::abs(event.dy); ++i) {
    note(fake(XCB_BUTTON_PRESS, button), detent);
    fake(XCB_BUTTON_RELEASE, button);
  }
}

void X11Sink::send_position(const InputEvent& event) {
  const auto cookie = xcb_warp_pointer(connection_.get(), XCB_NONE, window_, 0, 0, 0, 0,
                                       static_cast<std::int16_t>(event.dx), static_cast<std::int16_t>(event.dy));
  note(cookie.sequence, event);
  is_pointer_over_.reset();
}

void X11Sink::release_all() {
  for (std::size_t i = 0; i < kNumControls; ++i) {
    InputEvent release;
    release.time = MonotonicClock::now();
    release.origin = origin_;
    release.control = control_at(static_cast<int>(i));
    send_control(release);
  }
  xcb_flush(connection_.get());
}

std::uint32_t X11Sink::fake(std::uint8_t type, std::uint8_t detail, int x, int y) {
  return xcb_test_fake_input(connection_.get(), type, detail, XCB_CURRENT_TIME, XCB_NONE, static_cast<std::int16_t>(x),
                             static_cast<std::int16_t>(y), 0)
      .sequence;
}

void X11Sink::note(std::uint32_t sequence, const InputEvent& event) {
  if (log_ != nullptr) log_->add(sequence, event);
}

namespace {

// A sink with a connection of its own.
class OwnX11Sink final : public InputSink {
 public:
  explicit OwnX11Sink(const X11SinkConfig& config)
      : connection_(config.display), sink_(connection_, {.window = config.window}, pressed_, nullptr) {}
  ~OwnX11Sink() override {
    if (connection_.is_lost()) return;
    sink_.release_all();
    connection_.sync();
  }
  OwnX11Sink(const OwnX11Sink&) = delete;
  OwnX11Sink& operator=(const OwnX11Sink&) = delete;
  void send(std::span<const InputEvent> events) override { sink_.send(events); }
  void release_all() override { sink_.release_all(); }

 private:
  x11::Connection connection_;
  PressedKeys pressed_;
  X11Sink sink_;
};

}  // namespace

std::unique_ptr<InputSink> create_x11_sink(const X11SinkConfig& config) { return std::make_unique<OwnX11Sink>(config); }

}  // namespace atl::input
