// The guard process: joins the decisions of GuardCore with the system (display or kernel) and with the session's
// socket.
#pragma once

#include "core/clock.h"
#include "input/guard_core.h"
#include "input/guard_overlay.h"
#include "input/guard_system.h"
#include "input/message_socket.h"
#include "input/pressed_keys.h"

#include <cstdint>
#include <vector>

namespace atl::input {

class GuardProcess final : private GuardObserver, private GuardHearer {
 public:
  /// Borrows all; `overlay` may be null. Throws Error(kDevice).
  GuardProcess(MessageSocket& socket, const GuardSettings& settings, PressedKeys& pressed, GuardSystem& system,
               GuardOverlay* overlay);
  ~GuardProcess() override;
  GuardProcess(const GuardProcess&) = delete;
  GuardProcess& operator=(const GuardProcess&) = delete;

  /// Serves until the session closes its end of the socket; everything is released when it returns or throws.
  void run();

 private:
  void on_step(const StepReport& report) override;
  void on_state(const StateChange& change) override;
  void on_own(const InputEvent& event) override;
  void on_person(const InputEvent& event, bool is_focused) override;
  void on_focus(bool is_focused, bool is_window_gone) override;
  void announce_turn();
  void release_if_possible();
  void read_session();
  void send_events();
  void send_counts();
  void tell(const GuardMessage& message);
  void wait(Timestamp wake);

  MessageSocket& socket_;
  PressedKeys& pressed_;
  GuardSystem& system_;
  GuardOverlay* const overlay_;
  const Duration period_;  // of the action clock
  SystemClock clock_;
  std::vector<InputEvent> events_;  // to be told, in the system's order
  Timestamp last_event_;
  Timestamp hears_session_from_;  // a moment after the last message that was acted on
  std::uint64_t reports_lost_ = 0;
  GuardCounts told_counts_;
  int timer_fd_ = -1;
  GuardCore core_;  // last: its constructor tells the first state
};

}  // namespace atl::input
