#include "capture/program_life.h"

#include "capture/process_state.h"
#include "x11/window.h"

#include <xcb/xcb.h>

#include <algorithm>
#include <string_view>

namespace atl::capture {
namespace {

using x11::Owned;

std::uint32_t intern(const x11::Connection& connection, std::string_view name) {
  xcb_connection_t* c = connection.get();
  const auto cookie = xcb_intern_atom(c, 0, static_cast<std::uint16_t>(name.size()), name.data());
  const Owned<xcb_intern_atom_reply_t> reply(xcb_intern_atom_reply(c, cookie, nullptr));
  return reply ? reply->atom : 0;
}

}  // namespace

ProgramLife::ProgramLife(const x11::Connection& connection, std::uint32_t window)
    : connection_(connection),
      window_(window),
      wm_protocols_(intern(connection, "WM_PROTOCOLS")),
      net_wm_ping_(intern(connection, "_NET_WM_PING")),
      pid_(x11::pid_of(connection, window)),
      answers_pings_(offers_ping()),
      last_sign_(MonotonicClock::now()) {
  if (!answers_pings_) return;
  const std::uint32_t events = XCB_EVENT_MASK_SUBSTRUCTURE_NOTIFY;  // answers are sent to the root window
  xcb_change_window_attributes(connection_.get(), connection_.root(), XCB_CW_EVENT_MASK, &events);
}

bool ProgramLife::offers_ping() const {
  xcb_connection_t* c = connection_.get();
  const auto cookie = xcb_get_property(c, 0, window_, wm_protocols_, XCB_ATOM_ATOM, 0, 64);
  xcb_generic_error_t* raw_error = nullptr;
  const Owned<xcb_get_property_reply_t> reply(xcb_get_property_reply(c, cookie, &raw_error));
  const Owned<xcb_generic_error_t> error(raw_error);
  if (!reply || reply->format != 32) return false;
  const auto* atoms = static_cast<const std::uint32_t*>(xcb_get_property_value(reply.get()));
  const auto count = static_cast<std::size_t>(xcb_get_property_value_length(reply.get())) / sizeof(std::uint32_t);
  return std::find(atoms, atoms + count, net_wm_ping_) != atoms + count;
}

void ProgramLife::look(Timestamp now, Timestamp last_drawn) {
  if (last_drawn > last_sign_) {
    last_sign_ = last_drawn;
    silent_ = false;
  }
  if (pid_ != 0 && now >= next_look_) {
    stopped_ = is_stopped(process_state(pid_));
    next_look_ = now + kLookPeriod;
  }
  if (!answers_pings_) return;
  if (!waiting_ && now - last_sign_ >= kPingAfter) ping(now);
  if (waiting_ && now - std::max(pinged_, last_sign_) >= kSilentAfter) silent_ = true;
}

// As the window manager's: a client message that the program sends back to the root window (EWMH, _NET_WM_PING).
void ProgramLife::ping(Timestamp now) {
  xcb_client_message_event_t message{};
  message.response_type = XCB_CLIENT_MESSAGE;
  message.format = 32;
  message.window = window_;
  message.type = wm_protocols_;
  message.data.data32[0] = net_wm_ping_;
  message.data.data32[1] = ++serial_;
  message.data.data32[2] = window_;
  xcb_send_event(connection_.get(), 0, window_, XCB_EVENT_MASK_NO_EVENT, reinterpret_cast<const char*>(&message));
  waiting_ = true;
  pinged_ = now;
}

bool ProgramLife::take_event(const x11::Event& event, Timestamp now) {
  if (event.type() != XCB_CLIENT_MESSAGE) return false;
  const auto& message = event.as<xcb_client_message_event_t>();
  const std::uint32_t* data = message.data.data32;
  if (message.type != wm_protocols_ || data[0] != net_wm_ping_ || data[2] != window_ || data[1] != serial_)
    return false;
  waiting_ = false;
  silent_ = false;
  last_sign_ = now;
  return true;
}

ProgramState ProgramLife::state() const {
  if (stopped_) return ProgramState::kStopped;
  if (silent_) return ProgramState::kSilent;
  return pid_ != 0 || answers_pings_ ? ProgramState::kRunning : ProgramState::kUnknown;
}

}  // namespace atl::capture
