#include "input/guard_x11.h"

#include "core/error.h"
#include "input/desk_gamepads.h"
#include "input/focus_filter.h"
#include "input/guard_twin.h"
#include "input/send_log.h"
#include "input/x11_focus.h"
#include "input/x11_raw_input.h"
#include "input/x11_sink.h"
#include "x11/connection.h"

#include <xcb/xcb.h>
#include <xcb/xcbext.h>
#include <xcb/xtest.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace atl::input {
namespace {

class X11System final : public GuardSystem {
 public:
  X11System(const GuardSettings& settings, PressedKeys& pressed)
      : require_focus_(settings.require_focus),
        connection_(settings.display),
        sink_(connection_,
              {.window = settings.window, .require_focus = settings.require_focus, .key_repeat = settings.key_repeat},
              pressed, &log_),
        raw_(connection_, settings.window),
        focus_(connection_, settings.require_focus ? settings.window : 0),
        gamepads_(connection_, settings.gamepads) {}
  ~X11System() override {
    if (!connection_.is_lost()) connection_.sync();
  }
  X11System(const X11System&) = delete;
  X11System& operator=(const X11System&) = delete;

  InputSink& sink() override { return sink_; }
  [[nodiscard]] int fd() const override { return gamepads_.fd(); }

  void read(GuardHearer& hearer) override {
    if (!has_told_focus_) tell_focus(hearer);
    read_events(hearer);
    read_settled(hearer);
    connection_.check();
    read_gamepads(hearer);
  }

  void set_window(std::uint32_t window) override {
    sink_.set_window(window);
    raw_.set_window(window);
    if (require_focus_) focus_.watch(window);
    has_told_focus_ = false;
  }

  bool finish_turn() override {
    if (!settling_ && (log_.size() > 0 || sink_.is_settling()))
      settling_ = xcb_get_input_focus(connection_.get()).sequence;
    xcb_flush(connection_.get());
    return !connection_.has_read();
  }

  void count(GuardCounts& counts) const override {
    counts.presses_outside = sink_.num_presses_outside();
    counts.input_losses = num_losses_;
  }

 private:
  void read_gamepads(GuardHearer& hearer) {
    std::vector<InputEvent> events;
    gamepads_.read(events);
    num_losses_ += gamepads_.take_losses().size();
    std::vector<InputEvent> let_through;
    for (const InputEvent& event : events) filter_.apply(event, let_through);
    for (const InputEvent& event : let_through) hearer.on_person(event, true);
  }

  void read_events(GuardHearer& hearer) {
    while (const x11::Event event = connection_.poll_event()) {
      if (focus_.on_event(event)) {
        tell_focus(hearer);
      } else if (const auto input = raw_.decode(event)) {
        tell_input(*input, hearer);
      }
    }
  }

  // An answer of the display comes after the echoes of all that was asked before it.
  void read_settled(GuardHearer& hearer) {
    if (!settling_) return;
    void* raw_reply = nullptr;
    xcb_generic_error_t* raw_error = nullptr;
    if (xcb_poll_for_reply(connection_.get(), *settling_, &raw_reply, &raw_error) == 0) return;
    const x11::Owned<xcb_get_input_focus_reply_t> reply(static_cast<xcb_get_input_focus_reply_t*>(raw_reply));
    const x11::Owned<xcb_generic_error_t> error(raw_error);
    read_events(hearer);  // those that were taken in with the answer came before it
    std::vector<InputEvent> own;
    log_.settle(*settling_, own);
    sink_.settle(*settling_);
    for (const InputEvent& event : own) hearer.on_own(event);
    settling_.reset();
    if (reply) focus_.on_focus_answer(reply->focus);
    tell_focus(hearer);
  }

  void tell_focus(GuardHearer& hearer) {
    has_told_focus_ = true;
    std::vector<InputEvent> released;
    filter_.set_focused(focus_.is_focused(), MonotonicClock::now(), released);
    for (const InputEvent& event : released) hearer.on_person(event, true);
    hearer.on_focus(focus_.is_focused(), focus_.is_gone());
  }

  void tell_input(const RawInput& input, GuardHearer& hearer) {
    std::vector<InputEvent> own;
    const bool is_own = log_.claim(input.sequence, input.event, own);
    for (const InputEvent& event : own) hearer.on_own(event);
    if (is_own) return;
    std::vector<InputEvent> let_through;
    filter_.apply(input.event, let_through);
    if (let_through.empty()) hearer.on_person(input.event, false);
    for (const InputEvent& event : let_through) hearer.on_person(event, true);
  }

  const bool require_focus_;
  x11::Connection connection_;
  SendLog log_;
  X11Sink sink_;
  X11RawInput raw_;
  X11Focus focus_;
  FocusFilter filter_;
  DeskGamepads gamepads_;
  std::uint64_t num_losses_ = 0;
  bool has_told_focus_ = false;
  std::optional<std::uint32_t> settling_;  // request whose answer proves that all before it was served
};

class X11Hands final : public TwinHands {
 public:
  explicit X11Hands(const std::string& display) : connection_(display) {
    connection_.require_extension(xcb_test_id, "XTEST");
    connection_.sync();
  }

  void release(const PressedKeys& pressed) override {
    for (std::size_t code = 0; code < PressedKeys::kNumCodes; ++code) {
      const auto detail = static_cast<std::uint8_t>(code);
      const std::uint8_t key = pressed.keys[code].load();
      if (key != PressedKeys::kUp) {
        xcb_test_fake_input(connection_.get(), XCB_KEY_RELEASE, detail, XCB_CURRENT_TIME, XCB_NONE, 0, 0, 0);
      }
      if (PressedKeys::is_unrepeated(key)) {
        const std::uint32_t values[] = {detail, XCB_AUTO_REPEAT_MODE_ON};
        xcb_change_keyboard_control(connection_.get(), XCB_KB_KEY | XCB_KB_AUTO_REPEAT_MODE, values);
      }
      if (pressed.buttons[code].load() != PressedKeys::kUp) {
        xcb_test_fake_input(connection_.get(), XCB_BUTTON_RELEASE, detail, XCB_CURRENT_TIME, XCB_NONE, 0, 0, 0);
      }
    }
    connection_.sync();
  }

  [[nodiscard]] bool is_lost() const override { return connection_.is_lost(); }

 private:
  x11::Connection connection_;
};

}  // namespace

void start_x11_twin(const std::string& display, const PressedKeys& pressed) {
  if (start_guard_twin(pressed, {}, [&] { return std::make_unique<X11Hands>(display); })) return;
  fail(ErrorKind::kDevice, "the guard's twin cannot use X display \"{}\"; expected a running X server with XTEST",
       display);
}

std::unique_ptr<GuardSystem> create_x11_system(const GuardSettings& settings, PressedKeys& pressed) {
  return std::make_unique<X11System>(settings, pressed);
}

}  // namespace atl::input
