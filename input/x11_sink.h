// Injection through XTest over a borrowed connection: the guard listens on the same one, because echoes of its own
// requests carry their numbers only there.
#pragma once

#include "input/pressed_keys.h"
#include "input/send_log.h"
#include "input/sink.h"
#include "x11/connection.h"

namespace atl::input {

class X11Sink final : public InputSink {
 public:
  /// Borrows all; `log` may be null. Throws Error(kDevice) without XTest.
  X11Sink(const x11::Connection& connection, std::uint32_t window, PressedKeys& pressed, SendLog* log);

  void send(std::span<const InputEvent> events) override;
  void release_all() override;

  /// Button presses that were left out because the pointer was not over the window: they would have gone elsewhere.
  [[nodiscard]] std::uint64_t num_clicks_outside() const { return num_clicks_outside_; }

 private:
  void send_control(const InputEvent& event);
  [[nodiscard]] bool reaches_window() const;
  void send_motion(const InputEvent& event);
  void send_wheel(const InputEvent& event);
  void send_position(const InputEvent& event);
  std::uint32_t fake(std::uint8_t type, std::uint8_t detail, int x = 0, int y = 0);
  void note(std::uint32_t sequence, const InputEvent& event);

  const x11::Connection& connection_;
  const std::uint32_t window_;
  PressedKeys& pressed_;
  SendLog* log_;
  std::uint64_t num_clicks_outside_ = 0;
  Origin origin_ = Origin::kAgent;  // of the last event: releases are said to be its doing too
};

}  // namespace atl::input
