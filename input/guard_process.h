// The guard process: joins the decisions of GuardCore with the display and with the session's socket.
#pragma once

#include "core/clock.h"
#include "input/focus_filter.h"
#include "input/guard_core.h"
#include "input/guard_overlay.h"
#include "input/message_socket.h"
#include "input/pressed_keys.h"
#include "input/send_log.h"
#include "input/x11_focus.h"
#include "input/x11_raw_input.h"
#include "input/x11_sink.h"
#include "x11/connection.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace atl::input {

class GuardProcess final : private GuardObserver {
 public:
  /// Borrows all; `overlay` may be null. Throws Error(kDevice) when display or window cannot be used.
  GuardProcess(MessageSocket& socket, const GuardSettings& settings, PressedKeys& pressed, GuardOverlay* overlay);
  ~GuardProcess() override;
  GuardProcess(const GuardProcess&) = delete;
  GuardProcess& operator=(const GuardProcess&) = delete;

  /// Serves until the session closes its end of the socket; everything is released when it returns or throws.
  void run();

 private:
  void on_step(const StepReport& report) override;
  void on_state(const StateChange& change) override;
  void announce_turn();
  void read_display();
  bool read_settled();
  void ask_settled();
  void on_raw(const RawInput& input);
  void tell_human(const std::vector<InputEvent>& events);
  void update_focus();
  void read_session();
  void send_events();
  void send_counts();
  void tell(const GuardMessage& message);
  void wait(Timestamp wake);

  MessageSocket& socket_;
  PressedKeys& pressed_;
  GuardOverlay* const overlay_;
  const Duration period_;  // of the action clock
  SystemClock clock_;
  x11::Connection connection_;
  SendLog log_;
  X11Sink sink_;
  X11RawInput raw_;
  X11Focus focus_;
  FocusFilter filter_;
  std::vector<InputEvent> events_;  // to be told, in the display's order
  Timestamp last_event_;
  std::uint64_t reports_lost_ = 0;
  std::optional<std::uint32_t> settling_;  // request whose answer proves that all before it was served
  GuardCounts told_counts_;
  int timer_fd_ = -1;
  GuardCore core_;  // last: its constructor tells the first state
};

}  // namespace atl::input
