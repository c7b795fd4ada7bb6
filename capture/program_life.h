// Whether the program behind a window is alive: by the system, which knows who is stopped, and by _NET_WM_PING, which
// programs answer while they still read their events (SDL and most toolkits do). Part of the X11 window source; uses
// its connection and its thread, and never blocks.
#pragma once

#include "capture/frame_source.h"
#include "core/clock.h"
#include "x11/connection.h"

#include <chrono>
#include <cstdint>

namespace atl::capture {

class ProgramLife {
 public:
  static constexpr Duration kLookPeriod = std::chrono::milliseconds(100);  // at /proc
  static constexpr Duration kPingAfter = std::chrono::milliseconds(250);   // without a sign of life
  static constexpr Duration kSilentAfter = std::chrono::milliseconds(500);

  /// Asks for the window's process and whether it answers pings. Borrows `connection`, whose events of the root window
  /// it selects.
  ProgramLife(const x11::Connection& connection, std::uint32_t window);

  /// Takes a fresh look if one is due, and asks the program if it gave no sign of life. `last_drawn`: a sign of life.
  void look(Timestamp now, Timestamp last_drawn);

  /// True if the event was the answer to a ping.
  bool take_event(const x11::Event& event, Timestamp now);

  [[nodiscard]] ProgramState state() const;
  [[nodiscard]] int pid() const { return pid_; }

 private:
  [[nodiscard]] bool offers_ping() const;
  void ping(Timestamp now);

  const x11::Connection& connection_;
  const std::uint32_t window_;
  const std::uint32_t wm_protocols_;
  const std::uint32_t net_wm_ping_;
  int pid_ = 0;
  bool answers_pings_ = false;
  bool stopped_ = false;
  bool silent_ = false;
  bool waiting_ = false;  // for the answer to ping number serial_
  std::uint32_t serial_ = 0;
  Timestamp pinged_{};
  Timestamp last_sign_{};  // of life: drawn or answered
  Timestamp next_look_{};
};

}  // namespace atl::capture
