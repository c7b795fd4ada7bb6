// What the guard injects through and hears people by: an X display, or the kernel's devices. One thread.
#pragma once

#include "input/guard_types.h"
#include "input/sink.h"

namespace atl::input {

/// Hears what the system tells, in its order.
class GuardHearer {
 public:
  virtual ~GuardHearer() = default;
  /// What the guard sent took effect.
  virtual void on_own(const InputEvent& event) = 0;
  /// `is_focused`: whether it went to the game's window.
  virtual void on_person(const InputEvent& event, bool is_focused) = 0;
  virtual void on_focus(bool is_focused, bool is_window_gone) = 0;
};

/// When it goes away, all that was sent has been served.
class GuardSystem {
 public:
  virtual ~GuardSystem() = default;
  [[nodiscard]] virtual InputSink& sink() = 0;
  /// Readable when read() has something to do that came since finish_turn().
  [[nodiscard]] virtual int fd() const = 0;
  /// Tells all that came since the last call, and at the first call for a window whether that has the focus. Throws
  /// Error(kDevice) when display or devices are lost.
  virtual void read(GuardHearer& hearer) = 0;
  /// The game's window is another one from now on; everything was released before. The next read() tells whether it has
  /// the focus, or is gone already. Throws like read().
  virtual void set_window(std::uint32_t window) = 0;
  /// The guard has sent what is due and is about to wait. False if something came meanwhile that fd() does not
  /// tell of: another turn comes first.
  [[nodiscard]] virtual bool finish_turn() = 0;
  /// Fills in what only the system counts.
  virtual void count(GuardCounts& counts) const = 0;
};

}  // namespace atl::input
