#include "x11/connection.h"

#include "core/error.h"

#include <poll.h>
#include <xcb/xcb.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <iterator>
#include <mutex>
#include <utility>

namespace atl::x11 {

Connection::Connection(const std::string& display) {
  int screen_number = 0;
  // libXau keeps the name of the authority file in a buffer that all threads share.
  static std::mutex connecting;
  const std::lock_guard lock(connecting);
  connection_ = xcb_connect(display.empty() ? nullptr : display.c_str(), &screen_number);
  const char* environment = std::getenv("DISPLAY");
  display_ = !display.empty() ? display : environment != nullptr ? environment : "";
  if (const int code = xcb_connection_has_error(connection_); code != 0) {
    xcb_disconnect(connection_);
    fail(ErrorKind::kDevice,
         "cannot connect to X display \"{}\" (xcb error {}); expected a running X server that this user may use: give "
         "its name, set DISPLAY, or start one (Xvfb :77)",
         display_, code);
  }
  xcb_screen_iterator_t screens = xcb_setup_roots_iterator(xcb_get_setup(connection_));
  for (; screen_number > 0 && screens.rem > 1; --screen_number) xcb_screen_next(&screens);
  root_ = screens.data->root;
}

Connection::~Connection() { xcb_disconnect(connection_); }

int Connection::fd() const { return xcb_get_file_descriptor(connection_); }

bool Connection::is_lost() const { return xcb_connection_has_error(connection_) != 0; }

void Connection::check() const {
  if (const int code = xcb_connection_has_error(connection_); code != 0) {
    fail(ErrorKind::kDevice, "X display {} closed the connection (xcb error {}); expected it to keep running", display_,
         code);
  }
}

const xcb_query_extension_reply_t& Connection::require_extension(xcb_extension_t& extension,
                                                                 std::string_view name) const {
  const xcb_query_extension_reply_t* reply = xcb_get_extension_data(connection_, &extension);
  if (reply == nullptr || reply->present == 0) {
    check();
    fail(ErrorKind::kDevice, "X display {} lacks the extension {}; expected an X server that has it (Xorg, Xvfb)",
         display_, name);
  }
  return *reply;
}

Event Connection::poll_event() const { return Event(xcb_poll_for_event(connection_)); }

bool Connection::has_read() const {
  const std::uint64_t bytes_before = std::exchange(bytes_read_, xcb_total_read(connection_));
  return bytes_read_ != bytes_before;
}

bool Connection::wait_readable(Timestamp deadline, int other_fd) const {
  xcb_flush(connection_);
  if (has_read()) return true;
  while (!is_lost()) {
    const std::int64_t left = std::max<std::int64_t>(0, (deadline - MonotonicClock::now()).count());
    const timespec timeout{static_cast<time_t>(left / 1'000'000'000), static_cast<long>(left % 1'000'000'000)};
    pollfd waited[] = {{fd(), POLLIN, 0}, {other_fd, POLLIN, 0}};  // poll leaves out what is below 0
    const int ready = ppoll(waited, std::size(waited), &timeout, nullptr);
    if (ready > 0) return true;
    if (ready == 0) return false;
    if (errno != EINTR) fail(ErrorKind::kDevice, "waiting for X display {} failed with errno {}", display_, errno);
  }
  return true;
}

void Connection::sync() const {
  const Owned<xcb_get_input_focus_reply_t> reply(
      xcb_get_input_focus_reply(connection_, xcb_get_input_focus(connection_), nullptr));
  if (!reply) check();
}

}  // namespace atl::x11
