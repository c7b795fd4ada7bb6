#include "input/x11_focus.h"

#include "core/error.h"
#include "x11/window.h"

#include <xcb/xcb.h>

namespace atl::input {

X11Focus::X11Focus(const x11::Connection& connection, std::uint32_t window) : connection_(connection), window_(window) {
  if (window_ == 0) {
    focused_ = true;
  } else if (!select()) {
    fail(ErrorKind::kDevice, "there is no window {:#x} on {}; expected the id of the game's open window", window_,
         connection.display());
  }
}

void X11Focus::watch(std::uint32_t window) {
  if (window_ != 0 && window_ != window && !gone_) {
    const std::uint32_t nothing = 0;
    xcb_change_window_attributes(connection_.get(), window_, XCB_CW_EVENT_MASK, &nothing);
  }
  window_ = window;
  last_focus_ = 0;
  gone_ = !select();
}

// False if there is no such window.
bool X11Focus::select() {
  // Crossings too: where the focus follows the pointer they are the only sign.
  const std::uint32_t events = XCB_EVENT_MASK_FOCUS_CHANGE | XCB_EVENT_MASK_STRUCTURE_NOTIFY |
                               XCB_EVENT_MASK_ENTER_WINDOW | XCB_EVENT_MASK_LEAVE_WINDOW;
  const auto cookie = xcb_change_window_attributes_checked(connection_.get(), window_, XCB_CW_EVENT_MASK, &events);
  watched_from_ = cookie.sequence;
  const x11::Owned<xcb_generic_error_t> error(xcb_request_check(connection_.get(), cookie));
  connection_.check();
  focused_ = !error && x11::has_focus(connection_, window_);
  return !error;
}

bool X11Focus::is_of_window(const x11::Event& event) const {
  const std::uint32_t sequence = event.as<xcb_generic_event_t>().full_sequence;
  if (static_cast<std::int32_t>(sequence - watched_from_) < 0) return false;
  switch (event.type()) {
    case XCB_FOCUS_IN:
    case XCB_FOCUS_OUT: return event.as<xcb_focus_in_event_t>().event == window_;
    case XCB_ENTER_NOTIFY:
    case XCB_LEAVE_NOTIFY: return event.as<xcb_enter_notify_event_t>().event == window_;
    case XCB_UNMAP_NOTIFY:
    case XCB_DESTROY_NOTIFY: return event.as<xcb_destroy_notify_event_t>().window == window_;
    default: return false;
  }
}

bool X11Focus::on_event(const x11::Event& event) {
  if (!is_of_window(event)) return false;
  switch (event.type()) {
    case XCB_DESTROY_NOTIFY:
      gone_ = true;
      focused_ = false;
      return true;
    case XCB_FOCUS_IN: focused_ = true; return true;
    case XCB_FOCUS_OUT:
      if (event.as<xcb_focus_out_event_t>().detail != XCB_NOTIFY_DETAIL_INFERIOR) focused_ = false;  // else to a child
      return true;
    case XCB_UNMAP_NOTIFY: focused_ = false; return true;
    case XCB_ENTER_NOTIFY: on_crossing(true); return true;
    case XCB_LEAVE_NOTIFY:
      if (event.as<xcb_leave_notify_event_t>().detail != XCB_NOTIFY_DETAIL_INFERIOR) on_crossing(false);
      return true;
    default: return false;
  }
}

// Crossings count only where the focus follows the pointer.
void X11Focus::on_crossing(bool entered) {
  const x11::Owned<xcb_get_input_focus_reply_t> focus(
      xcb_get_input_focus_reply(connection_.get(), xcb_get_input_focus(connection_.get()), nullptr));
  if (!focus) return;
  if (focus->focus == XCB_INPUT_FOCUS_POINTER_ROOT || focus->focus == connection_.root()) focused_ = entered;
}

void X11Focus::on_focus_answer(std::uint32_t focus) {
  if (window_ == 0 || gone_ || !focused_ || focus == last_focus_) return;
  last_focus_ = focus;
  focused_ = x11::has_focus(connection_, window_);
}

}  // namespace atl::input
