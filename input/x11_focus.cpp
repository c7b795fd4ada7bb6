#include "input/x11_focus.h"

#include "core/error.h"
#include "x11/window.h"

#include <xcb/xcb.h>

namespace atl::input {

X11Focus::X11Focus(const x11::Connection& connection, std::uint32_t window) : connection_(connection), window_(window) {
  if (window_ == 0) {
    focused_ = true;
    return;
  }
  // Crossings too: where the focus follows the pointer they are the only sign.
  const std::uint32_t events = XCB_EVENT_MASK_FOCUS_CHANGE | XCB_EVENT_MASK_STRUCTURE_NOTIFY |
                               XCB_EVENT_MASK_ENTER_WINDOW | XCB_EVENT_MASK_LEAVE_WINDOW;
  const x11::Owned<xcb_generic_error_t> error(xcb_request_check(
      connection.get(), xcb_change_window_attributes_checked(connection.get(), window_, XCB_CW_EVENT_MASK, &events)));
  connection.check();
  if (error) {
    fail(ErrorKind::kDevice, "there is no window {:#x} on {}; expected the id of the game's open window", window_,
         connection.display());
  }
  focused_ = x11::has_focus(connection_, window_);
}

bool X11Focus::on_event(const x11::Event& event) {
  switch (event.type()) {
    case XCB_DESTROY_NOTIFY:
      if (event.as<xcb_destroy_notify_event_t>().window != window_) return false;
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
