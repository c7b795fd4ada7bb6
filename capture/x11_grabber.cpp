#include "capture/x11_grabber.h"

#include "core/error.h"

#include <xcb/composite.h>
#include <xcb/shm.h>
#include <xcb/xcb.h>
#include <xcb/xcbext.h>

#include <cstring>
#include <utility>

namespace atl::capture {

using x11::Owned;

X11Grabber::X11Grabber(const x11::Connection& connection, std::uint32_t window, X11Cursor* cursor)
    : connection_(connection), window_(window), cursor_(cursor) {
  connection.require_extension(xcb_composite_id, "Composite");
  connection.require_extension(xcb_shm_id, "MIT-SHM");
  xcb_connection_t* c = connection.get();
  // The server answers an extension's requests only after it was asked for its version.
  const auto composite = xcb_composite_query_version(c, 0, 4);
  const auto shm = xcb_shm_query_version(c);
  const Owned<xcb_composite_query_version_reply_t> has_composite(
      xcb_composite_query_version_reply(c, composite, nullptr));
  const Owned<xcb_shm_query_version_reply_t> has_shm(xcb_shm_query_version_reply(c, shm, nullptr));
  if (!has_composite || !has_shm) {
    connection.check();
    fail(ErrorKind::kDevice, "X display {} does not tell the versions of Composite and MIT-SHM", connection.display());
  }
  xcb_composite_redirect_window(c, window, XCB_COMPOSITE_REDIRECT_AUTOMATIC);
}

void X11Grabber::set_size(FrameSize size, int border_px) {
  size_ = size;
  border_px_ = border_px;
}

void X11Grabber::drop_pixmap() {
  if (pixmap_ != 0) xcb_free_pixmap(connection_.get(), pixmap_);
  pixmap_ = 0;
  num_bytes_before_ = 0;  // the first picture after a change is a new one
  if (grab_) stale_ = true;
}

// False if the window changes just now.
bool X11Grabber::name_pixmap() {
  xcb_connection_t* c = connection_.get();
  const xcb_pixmap_t pixmap = xcb_generate_id(c);
  const auto named = xcb_composite_name_window_pixmap_checked(c, window_, pixmap);
  const auto geometry_cookie = xcb_get_geometry(c, pixmap);
  const Owned<xcb_generic_error_t> naming_error(xcb_request_check(c, named));
  xcb_generic_error_t* raw_error = nullptr;
  const Owned<xcb_get_geometry_reply_t> geometry(xcb_get_geometry_reply(c, geometry_cookie, &raw_error));
  const Owned<xcb_generic_error_t> geometry_error(raw_error);
  if (naming_error || !geometry) return false;
  if (geometry->width != size_.width_px + 2 * border_px_ || geometry->height != size_.height_px + 2 * border_px_) {
    xcb_free_pixmap(c, pixmap);
    return false;
  }
  pixmap_ = pixmap;
  const std::size_t num_bytes =
      static_cast<std::size_t>(size_.width_px) * static_cast<std::size_t>(size_.height_px) * kBytesPerPixel;
  for (auto& memory : memory_) {
    if (memory && memory->size() >= num_bytes) continue;
    memory.reset();
    memory.emplace(connection_, num_bytes);
    num_bytes_before_ = 0;
  }
  return true;
}

bool X11Grabber::begin(const WindowGeometry& area, Timestamp now) {
  if (pixmap_ == 0 && !name_pixmap()) {
    connection_.check();
    return false;
  }
  xcb_connection_t* c = connection_.get();
  Grab grab{.area = area, .requested = now};
  grab.place = xcb_translate_coordinates(c, window_, connection_.root(), 0, 0).sequence;
  if (cursor_ != nullptr) cursor_->ask();
  grab.image = xcb_shm_get_image(c, pixmap_, static_cast<std::int16_t>(border_px_ + area.x_px),
                                 static_cast<std::int16_t>(border_px_ + area.y_px),
                                 static_cast<std::uint16_t>(area.width_px), static_cast<std::uint16_t>(area.height_px),
                                 ~0U, XCB_IMAGE_FORMAT_Z_PIXMAP, memory_[turn_]->id(), 0)
                   .sequence;
  grab_ = grab;
  image_sequence_ = grab.image;
  stale_ = false;
  return true;
}

bool X11Grabber::poll() {
  if (!grab_ || grab_->come) return grab_.has_value();
  void* raw_image = nullptr;
  xcb_generic_error_t* raw_error = nullptr;
  if (xcb_poll_for_reply(connection_.get(), grab_->image, &raw_image, &raw_error) == 0) return false;
  grab_->come = true;
  grab_->succeeded = raw_image != nullptr;
  const Owned<void> image(raw_image);
  const Owned<xcb_generic_error_t> error(raw_error);
  return true;
}

X11Grabber::Result X11Grabber::finish(Frame& frame, bool unless_same) {
  xcb_generic_error_t* raw_error = nullptr;
  const Owned<xcb_translate_coordinates_reply_t> place(
      xcb_translate_coordinates_reply(connection_.get(), {grab_->place}, &raw_error));
  const Owned<xcb_generic_error_t> place_error(raw_error);
  if (cursor_ != nullptr) cursor_->receive();
  const Grab grab = *grab_;
  grab_.reset();
  if (!grab.succeeded) drop_pixmap();
  if (!grab.succeeded || !place || stale_) return Result::kChanged;
  WindowGeometry area = grab.area;
  const std::size_t num_bytes =
      static_cast<std::size_t>(area.width_px) * static_cast<std::size_t>(area.height_px) * kBytesPerPixel;
  const std::uint8_t* pixels = memory_[turn_]->data();
  const std::size_t num_bytes_before = std::exchange(num_bytes_before_, num_bytes);
  turn_ = 1 - turn_;
  if (unless_same && num_bytes == num_bytes_before && std::memcmp(pixels, memory_[turn_]->data(), num_bytes) == 0)
    return Result::kSame;
  area.x_px += place->dst_x;
  area.y_px += place->dst_y;
  frame.requested = grab.requested;
  frame.window = area;
  frame.width_px = area.width_px;
  frame.height_px = area.height_px;
  frame.stride_bytes = static_cast<std::ptrdiff_t>(area.width_px) * kBytesPerPixel;
  frame.pixels.assign(pixels, pixels + num_bytes);
  if (cursor_ != nullptr) cursor_->draw(area, frame.pixels);
  frame.done = MonotonicClock::now();
  return Result::kTaken;
}

void check_visual(const x11::Connection& connection, std::uint32_t window, std::uint32_t visual, int depth) {
  const xcb_setup_t* setup = xcb_get_setup(connection.get());
  std::uint32_t red_mask = 0;
  for (auto screen = xcb_setup_roots_iterator(setup); screen.rem > 0; xcb_screen_next(&screen)) {
    for (auto d = xcb_screen_allowed_depths_iterator(screen.data); d.rem > 0; xcb_depth_next(&d)) {
      for (auto v = xcb_depth_visuals_iterator(d.data); v.rem > 0; xcb_visualtype_next(&v)) {
        if (v.data->visual_id == visual) red_mask = v.data->red_mask;
      }
    }
  }
  const bool is_bgra = (depth == 24 || depth == 32) && setup->image_byte_order == XCB_IMAGE_ORDER_LSB_FIRST;
  if (is_bgra && red_mask == 0xff0000) return;
  fail(ErrorKind::kDevice,
       "window {:#x} on {} has depth {} and red mask {:#x}; expected depth 24 or 32 with red mask 0xff0000: run the "
       "screen at 24 bits (Xvfb -screen 0 1280x720x24)",
       window, connection.display(), depth, red_mask);
}

}  // namespace atl::capture
