// Injection through XTest over a borrowed connection: the guard listens on the same one, because echoes of its own
// requests carry their numbers only there.
#pragma once

#include "input/pressed_keys.h"
#include "input/send_log.h"
#include "input/sink.h"
#include "x11/connection.h"

#include <array>
#include <atomic>
#include <optional>
#include <vector>

namespace atl::input {

struct X11SinkRules {
  std::uint32_t window = 0;    // as in X11SinkConfig
  bool require_focus = false;  // keys are left out while the window has not the focus
  bool key_repeat = true;      // whether the server repeats held keys to the window that has the focus by then
};

class X11Sink final : public InputSink {
 public:
  /// Borrows all; `log` may be null. Throws Error(kDevice) without XTest.
  X11Sink(const x11::Connection& connection, const X11SinkRules& rules, PressedKeys& pressed, SendLog* log);

  void send(std::span<const InputEvent> events) override;
  void release_all() override;

  /// The display has served all requests up to `sequence`: what they released is up. Only with a log; without one a
  /// release counts as served when it is sent.
  void settle(std::uint32_t sequence);
  /// Whether a release is still to be settled.
  [[nodiscard]] bool is_settling() const { return !going_up_.empty(); }

  /// As in X11SinkRules, from now on; nothing is down. 0: the screen.
  void set_window(std::uint32_t window);

  /// Presses that were left out because they would have gone elsewhere: of keys the focus, of buttons and wheel the
  /// pointer was not with the window.
  [[nodiscard]] std::uint64_t num_presses_outside() const { return num_presses_outside_; }

 private:
  void send_control(const InputEvent& event);
  [[nodiscard]] bool may_go_elsewhere(std::span<const InputEvent> events) const;
  [[nodiscard]] bool reaches_window(const InputEvent& press);
  void repeat(std::uint8_t keycode, bool is_on) const;
  void send_motion(const InputEvent& event);
  void send_wheel(const InputEvent& event);
  void send_position(const InputEvent& event);
  std::uint32_t fake(std::uint8_t type, std::uint8_t detail, int x = 0, int y = 0);
  void note(std::uint32_t sequence, const InputEvent& event);

  struct GoingUp {
    std::atomic<std::uint8_t>* mark;
    std::uint32_t sequence;  // of its release
  };

  const x11::Connection& connection_;
  const X11SinkRules rules_;                // but for the window
  std::uint32_t window_ = 0;                // the root window for the whole screen
  std::array<std::uint8_t, 32> repeats_{};  // keycodes that the server repeats, a bit each
  bool has_focus_ = true;                   // while events are sent: nobody can change it
  std::optional<bool> is_pointer_over_;     // likewise, until our own motion; nothing: not asked
  PressedKeys& pressed_;
  std::vector<GoingUp> going_up_;  // one a mark
  SendLog* log_;
  std::uint64_t num_presses_outside_ = 0;
  Origin origin_ = Origin::kAgent;  // of the last event: releases are said to be its doing too
};

}  // namespace atl::input
