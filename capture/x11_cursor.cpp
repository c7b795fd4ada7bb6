#include "capture/x11_cursor.h"

#include "core/error.h"

#include <xcb/xcb.h>
#include <xcb/xcbext.h>
#include <xcb/xfixes.h>

#include <algorithm>

namespace atl::capture {
namespace {

using x11::Owned;

// `over` has its colour multiplied by alpha already.
std::uint8_t blend(std::uint8_t under, std::uint32_t over, std::uint32_t alpha) {
  return static_cast<std::uint8_t>(std::min<std::uint32_t>(255, over + (under * (255 - alpha) + 127) / 255));
}

}  // namespace

X11Cursor::X11Cursor(const x11::Connection& connection) : connection_(connection) {
  connection.require_extension(xcb_xfixes_id, "XFIXES");
  xcb_connection_t* c = connection.get();
  const Owned<xcb_xfixes_query_version_reply_t> version(
      xcb_xfixes_query_version_reply(c, xcb_xfixes_query_version(c, 2, 0), nullptr));
  if (!version) {
    connection.check();
    fail(ErrorKind::kDevice, "X display {} does not tell the version of XFIXES", connection.display());
  }
}

void X11Cursor::look(Timestamp now) {
  if (waiting_ || now < next_look_) return;
  looked_ = xcb_xfixes_get_cursor_image(connection_.get()).sequence;
  waiting_ = true;
  next_look_ = now + kLookPeriod;
}

bool X11Cursor::poll_changed(const WindowGeometry& area) {
  if (!waiting_) return false;
  void* raw_reply = nullptr;
  xcb_generic_error_t* raw_error = nullptr;
  if (xcb_poll_for_reply(connection_.get(), looked_, &raw_reply, &raw_error) == 0) return false;
  waiting_ = false;
  const Owned<xcb_generic_error_t> error(raw_error);
  if (raw_reply == nullptr) return false;
  take(raw_reply, seen_);
  if (!drawn_) return meets(seen_, area);
  return !same(seen_, *drawn_) && (meets(seen_, area) || meets(*drawn_, area));
}

void X11Cursor::ask() { asked_ = xcb_xfixes_get_cursor_image(connection_.get()).sequence; }

void X11Cursor::receive() {
  xcb_generic_error_t* raw_error = nullptr;
  auto* reply = xcb_xfixes_get_cursor_image_reply(connection_.get(), {asked_}, &raw_error);
  const Owned<xcb_generic_error_t> error(raw_error);
  if (reply != nullptr) take(reply, received_);
}

void X11Cursor::take(void* raw_reply, Look& look) const {
  const Owned<xcb_xfixes_get_cursor_image_reply_t> reply(static_cast<xcb_xfixes_get_cursor_image_reply_t*>(raw_reply));
  look.x = reply->x - reply->xhot;
  look.y = reply->y - reply->yhot;
  look.width = reply->width;
  look.height = reply->height;
  look.serial = reply->cursor_serial;
  const std::uint32_t* argb = xcb_xfixes_get_cursor_image_cursor_image(reply.get());
  look.argb.assign(argb, argb + static_cast<std::ptrdiff_t>(look.width) * look.height);
}

bool X11Cursor::same(const Look& a, const Look& b) { return a.x == b.x && a.y == b.y && a.serial == b.serial; }

bool X11Cursor::meets(const Look& look, const WindowGeometry& area) {
  return look.x < area.x_px + area.width_px && look.x + look.width > area.x_px && look.y < area.y_px + area.height_px &&
         look.y + look.height > area.y_px;
}

void X11Cursor::draw(const WindowGeometry& area, std::vector<std::uint8_t>& pixels) {
  const Look& look = received_;
  const int left = std::max(look.x, area.x_px);
  const int right = std::min(look.x + look.width, area.x_px + area.width_px);
  for (int y = std::max(look.y, area.y_px); y < std::min(look.y + look.height, area.y_px + area.height_px); ++y) {
    for (int x = left; x < right; ++x) {
      const std::uint32_t over = look.argb[static_cast<std::size_t>((y - look.y) * look.width + x - look.x)];
      const std::uint32_t alpha = over >> 24;
      if (alpha == 0) continue;
      std::uint8_t* pixel =
          pixels.data() + kBytesPerPixel * (static_cast<std::ptrdiff_t>(y - area.y_px) * area.width_px + x - area.x_px);
      for (unsigned i = 0; i < 3; ++i) pixel[i] = blend(pixel[i], (over >> (8 * i)) & 0xff, alpha);
    }
  }
  drawn_ = received_;
}

}  // namespace atl::capture
