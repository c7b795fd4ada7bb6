#include "capture/x11_window.h"

#include "capture/x11_shared_memory.h"
#include "core/error.h"
#include "x11/connection.h"

#include <xcb/composite.h>
#include <xcb/damage.h>
#include <xcb/shm.h>
#include <xcb/xcb.h>
#include <xcb/xcbext.h>

#include <algorithm>
#include <optional>

namespace atl::capture {
namespace {

using x11::Owned;

constexpr Duration kReplyGrace = std::chrono::milliseconds(5);  // for answers that are under way at the deadline
constexpr Duration kRetry = std::chrono::milliseconds(10);      // after a picture could not be had

struct NoWindow {};  // never leaves this file

class X11WindowSource final : public FrameSource {
 public:
  explicit X11WindowSource(const X11WindowConfig& config);
  ~X11WindowSource() override;
  FrameStatus wait_frame(Timestamp deadline, Frame& frame) override;
  SourceInfo info() const override { return info_; }

 private:
  struct Grab {
    xcb_translate_coordinates_cookie_t place;
    xcb_shm_get_image_cookie_t image;
    WindowGeometry area;  // of the client area
    Timestamp requested;
  };

  void require_extensions();
  void check_visual(std::uint32_t visual, int depth) const;
  std::string window_title() const;
  void read_events();
  void on_event(const x11::Event& event);
  void on_configure(int width, int height, int border);
  void read_heartbeat();
  void set_visible(bool visible);
  bool name_pixmap();
  void drop_pixmap();
  void begin_grab(Timestamp now);
  bool finish_grab(Frame& frame);
  void fill(Frame& frame, Timestamp requested, const WindowGeometry& area);
  [[nodiscard]] WindowGeometry captured_area() const;
  [[nodiscard]] Timestamp next_grab_time() const;
  [[nodiscard]] bool is_answering() const { return !heartbeat_ && !grab_; }

  const X11WindowConfig config_;
  x11::Connection connection_;
  xcb_connection_t* c_ = connection_.get();
  std::uint8_t damage_event_ = 0;
  xcb_damage_damage_t damage_ = 0;
  std::optional<X11SharedMemory> memory_;
  xcb_pixmap_t pixmap_ = 0;  // 0: not named yet
  int width_ = 0;            // of the client area, as last told by the server
  int height_ = 0;
  int border_ = 0;
  bool visible_ = false;
  bool gone_ = false;
  bool drawn_ = true;                // since the last picture was asked for
  std::uint32_t grab_sequence_ = 0;  // of the request that cleared the damage for the last picture
  bool grab_is_stale_ = false;       // the window changed while a picture was under way
  Timestamp held_until_;             // no picture before: the program draws after a change
  Timestamp quiet_from_;             // no picture before: it may be half drawn
  Timestamp next_by_rate_;
  std::optional<xcb_get_window_attributes_cookie_t> heartbeat_;  // asked, not answered yet
  std::optional<Grab> grab_;
  SourceInfo info_;
};

X11WindowSource::X11WindowSource(const X11WindowConfig& config) : config_(config), connection_(config.display) {
  require_extensions();
  const std::uint32_t events = XCB_EVENT_MASK_STRUCTURE_NOTIFY;
  xcb_change_window_attributes(c_, config.window, XCB_CW_EVENT_MASK, &events);
  const auto attributes_cookie = xcb_get_window_attributes(c_, config.window);
  const auto geometry_cookie = xcb_get_geometry(c_, config.window);
  xcb_generic_error_t* errors[2] = {};
  const Owned<xcb_get_window_attributes_reply_t> attributes(
      xcb_get_window_attributes_reply(c_, attributes_cookie, &errors[0]));
  const Owned<xcb_get_geometry_reply_t> geometry(xcb_get_geometry_reply(c_, geometry_cookie, &errors[1]));
  const Owned<xcb_generic_error_t> freed_0(errors[0]);
  const Owned<xcb_generic_error_t> freed_1(errors[1]);
  // A window that has not got our events took the id of one that was closed just now.
  if (!attributes || !geometry || (attributes->your_event_mask & events) == 0) {
    connection_.check();
    throw NoWindow{};
  }
  if (attributes->_class != XCB_WINDOW_CLASS_INPUT_OUTPUT)
    fail(ErrorKind::kDevice,
         "cannot capture window {:#x} on {}: it shows nothing (InputOnly); expected one with pixels", config.window,
         connection_.display());
  check_visual(attributes->visual, geometry->depth);
  width_ = geometry->width;
  height_ = geometry->height;
  border_ = geometry->border_width;
  xcb_composite_redirect_window(c_, config.window, XCB_COMPOSITE_REDIRECT_AUTOMATIC);
  damage_ = xcb_generate_id(c_);
  xcb_damage_create(c_, damage_, config.window, XCB_DAMAGE_REPORT_LEVEL_NON_EMPTY);
  info_.name = fmt::format("window {:#x} \"{}\" on {}", config.window, window_title(), connection_.display());
  set_visible(attributes->map_state == XCB_MAP_STATE_VIEWABLE);
}

X11WindowSource::~X11WindowSource() {
  memory_.reset();
  xcb_flush(c_);
}

void X11WindowSource::require_extensions() {
  connection_.require_extension(xcb_composite_id, "Composite");
  damage_event_ =
      static_cast<std::uint8_t>(connection_.require_extension(xcb_damage_id, "DAMAGE").first_event + XCB_DAMAGE_NOTIFY);
  connection_.require_extension(xcb_shm_id, "MIT-SHM");
  // The server answers an extension's requests only after it was asked for its version.
  const auto composite = xcb_composite_query_version(c_, 0, 4);
  const auto damage = xcb_damage_query_version(c_, 1, 1);
  const auto shm = xcb_shm_query_version(c_);
  const Owned<xcb_composite_query_version_reply_t> has_composite(
      xcb_composite_query_version_reply(c_, composite, nullptr));
  const Owned<xcb_damage_query_version_reply_t> has_damage(xcb_damage_query_version_reply(c_, damage, nullptr));
  const Owned<xcb_shm_query_version_reply_t> has_shm(xcb_shm_query_version_reply(c_, shm, nullptr));
  if (!has_composite || !has_damage || !has_shm) {
    connection_.check();
    fail(ErrorKind::kDevice, "X display {} does not tell the versions of Composite, DAMAGE and MIT-SHM",
         connection_.display());
  }
}

void X11WindowSource::check_visual(std::uint32_t visual, int depth) const {
  const xcb_setup_t* setup = xcb_get_setup(c_);
  bool is_bgra = (depth == 24 || depth == 32) && setup->image_byte_order == XCB_IMAGE_ORDER_LSB_FIRST;
  std::uint32_t red_mask = 0;
  for (auto screen = xcb_setup_roots_iterator(setup); screen.rem > 0; xcb_screen_next(&screen)) {
    for (auto d = xcb_screen_allowed_depths_iterator(screen.data); d.rem > 0; xcb_depth_next(&d)) {
      for (auto v = xcb_depth_visuals_iterator(d.data); v.rem > 0; xcb_visualtype_next(&v)) {
        if (v.data->visual_id == visual) red_mask = v.data->red_mask;
      }
    }
  }
  is_bgra = is_bgra && red_mask == 0xff0000;
  if (!is_bgra) {
    fail(ErrorKind::kDevice,
         "window {:#x} on {} has depth {} and red mask {:#x}; expected depth 24 or 32 with red mask 0xff0000: run the "
         "screen at 24 bits (Xvfb -screen 0 1280x720x24)",
         config_.window, connection_.display(), depth, red_mask);
  }
}

std::string X11WindowSource::window_title() const {
  const auto cookie = xcb_get_property(c_, 0, config_.window, XCB_ATOM_WM_NAME, XCB_GET_PROPERTY_TYPE_ANY, 0, 64);
  const Owned<xcb_get_property_reply_t> name(xcb_get_property_reply(c_, cookie, nullptr));
  if (!name) return "";
  return {static_cast<const char*>(xcb_get_property_value(name.get())),
          static_cast<std::size_t>(xcb_get_property_value_length(name.get()))};
}

FrameStatus X11WindowSource::wait_frame(Timestamp deadline, Frame& frame) {
  if (gone_) return FrameStatus::kGone;
  deadline = std::max(deadline, MonotonicClock::now());
  if (!heartbeat_) heartbeat_ = xcb_get_window_attributes(c_, config_.window);
  while (true) {
    read_events();
    read_heartbeat();
    if (gone_) return FrameStatus::kGone;
    if (grab_ && finish_grab(frame)) return FrameStatus::kFrame;
    const Timestamp now = MonotonicClock::now();
    if (!grab_ && next_grab_time() <= now) begin_grab(now);
    // Answers under way may come a little late; all else ends at the deadline.
    const Timestamp until =
        is_answering() ? std::min(deadline, std::max(next_grab_time(), now)) : deadline + kReplyGrace;
    if (now >= (is_answering() ? deadline : until)) break;
    connection_.wait_readable(until);
  }
  if (!visible_) return FrameStatus::kHidden;
  if (!is_answering()) return FrameStatus::kTimeout;
  ++info_.num_heartbeats;
  return FrameStatus::kUnchanged;
}

void X11WindowSource::read_events() {
  while (const x11::Event event = connection_.poll_event()) on_event(event);
  connection_.check();
}

void X11WindowSource::on_event(const x11::Event& event) {
  const int type = event.type();
  if (type == damage_event_) {
    // Damage that was reported before the last picture was asked for is in that picture.
    if (static_cast<std::int32_t>(event.as<xcb_generic_event_t>().full_sequence - grab_sequence_) < 0) return;
    drawn_ = true;
    if (config_.settle > Duration::zero()) {
      quiet_from_ = MonotonicClock::now() + config_.settle;
      xcb_damage_subtract(c_, damage_, 0, 0);  // so that the next request of the program is told too
    }
  } else if (type == XCB_CONFIGURE_NOTIFY) {
    const auto& configure = event.as<xcb_configure_notify_event_t>();
    on_configure(configure.width, configure.height, configure.border_width);
  } else if (type == XCB_REPARENT_NOTIFY) {
    drop_pixmap();
    drawn_ = true;
  } else if (type == XCB_MAP_NOTIFY) {
    set_visible(true);
  } else if (type == XCB_UNMAP_NOTIFY) {
    set_visible(false);
  } else if (type == XCB_DESTROY_NOTIFY) {
    gone_ = true;
  }
}

void X11WindowSource::on_configure(int width, int height, int border) {
  if (width == width_ && height == height_ && border == border_) return;  // moved: the pixmap stays
  if (info_.num_frames > 0) ++info_.num_resizes;
  width_ = width;
  height_ = height;
  border_ = border;
  drop_pixmap();  // it still holds the last picture of the old size
  drawn_ = true;
  held_until_ = MonotonicClock::now() + config_.settle_after_change;
}

void X11WindowSource::read_heartbeat() {
  if (!heartbeat_) return;
  void* raw_reply = nullptr;
  xcb_generic_error_t* raw_error = nullptr;
  if (xcb_poll_for_reply(c_, heartbeat_->sequence, &raw_reply, &raw_error) == 0) return;
  heartbeat_.reset();
  const Owned<xcb_get_window_attributes_reply_t> reply(static_cast<xcb_get_window_attributes_reply_t*>(raw_reply));
  const Owned<xcb_generic_error_t> error(raw_error);
  if (!reply) {
    gone_ = true;  // the only error that this request knows is that there is no such window
    return;
  }
  set_visible(reply->map_state == XCB_MAP_STATE_VIEWABLE);  // also when a window around it was unmapped
}

void X11WindowSource::set_visible(bool visible) {
  if (visible == visible_) return;
  visible_ = visible;
  drop_pixmap();
  drawn_ = true;
  if (visible) held_until_ = MonotonicClock::now() + config_.settle_after_change;
}

void X11WindowSource::drop_pixmap() {
  if (pixmap_ != 0) xcb_free_pixmap(c_, pixmap_);
  pixmap_ = 0;
  if (grab_) grab_is_stale_ = true;
}

Timestamp X11WindowSource::next_grab_time() const {
  if (!visible_ || !drawn_ || grab_) return Timestamp::max();
  return std::max({held_until_, quiet_from_, next_by_rate_});
}

WindowGeometry X11WindowSource::captured_area() const {
  const WindowGeometry& wanted = config_.area;
  const WindowGeometry cut{wanted.x_px, wanted.y_px, std::min(wanted.width_px, width_ - wanted.x_px),
                           std::min(wanted.height_px, height_ - wanted.y_px)};
  return cut.width_px > 0 && cut.height_px > 0 ? cut : WindowGeometry{0, 0, width_, height_};
}

// False if the window changes just now; an event tells how.
bool X11WindowSource::name_pixmap() {
  const xcb_pixmap_t pixmap = xcb_generate_id(c_);
  const auto named = xcb_composite_name_window_pixmap_checked(c_, config_.window, pixmap);
  const auto geometry_cookie = xcb_get_geometry(c_, pixmap);
  const Owned<xcb_generic_error_t> naming_error(xcb_request_check(c_, named));
  xcb_generic_error_t* raw_error = nullptr;
  const Owned<xcb_get_geometry_reply_t> geometry(xcb_get_geometry_reply(c_, geometry_cookie, &raw_error));
  const Owned<xcb_generic_error_t> geometry_error(raw_error);
  if (naming_error || !geometry) return false;
  if (geometry->width != width_ + 2 * border_ || geometry->height != height_ + 2 * border_) {
    xcb_free_pixmap(c_, pixmap);
    return false;
  }
  pixmap_ = pixmap;
  const std::size_t num_bytes = static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_) * kBytesPerPixel;
  if (!memory_ || memory_->size() < num_bytes) {
    memory_.reset();
    memory_.emplace(connection_, num_bytes);
  }
  return true;
}

void X11WindowSource::begin_grab(Timestamp now) {
  if (pixmap_ == 0 && !name_pixmap()) {
    connection_.check();
    held_until_ = std::max(held_until_, now + kRetry);
    return;
  }
  // Subtract first: what is drawn after it is reported again, so nothing is ever missed.
  grab_sequence_ = xcb_damage_subtract(c_, damage_, 0, 0).sequence;
  Grab grab;
  grab.place = xcb_translate_coordinates(c_, config_.window, connection_.root(), 0, 0);
  grab.area = captured_area();
  grab.image = xcb_shm_get_image(
      c_, pixmap_, static_cast<std::int16_t>(border_ + grab.area.x_px),
      static_cast<std::int16_t>(border_ + grab.area.y_px), static_cast<std::uint16_t>(grab.area.width_px),
      static_cast<std::uint16_t>(grab.area.height_px), ~0U, XCB_IMAGE_FORMAT_Z_PIXMAP, memory_->id(), 0);
  grab.requested = now;
  grab_ = grab;
  grab_is_stale_ = false;
  drawn_ = false;
  if (config_.max_rate_hz > 0.0) {
    const Duration period = period_of(config_.max_rate_hz);
    next_by_rate_ = std::max(next_by_rate_ + period, now + period / 2);  // keeps the phase, within half a period
  }
}

// True if a picture was delivered. Events that came before the answer were read already: read_events runs first.
bool X11WindowSource::finish_grab(Frame& frame) {
  void* raw_image = nullptr;
  xcb_generic_error_t* raw_error = nullptr;
  if (xcb_poll_for_reply(c_, grab_->image.sequence, &raw_image, &raw_error) == 0) return false;
  const Owned<xcb_shm_get_image_reply_t> image(static_cast<xcb_shm_get_image_reply_t*>(raw_image));
  const Owned<xcb_generic_error_t> image_error(raw_error);
  raw_error = nullptr;
  const Owned<xcb_translate_coordinates_reply_t> place(xcb_translate_coordinates_reply(c_, grab_->place, &raw_error));
  const Owned<xcb_generic_error_t> place_error(raw_error);
  const Timestamp requested = grab_->requested;
  WindowGeometry area = grab_->area;
  grab_.reset();
  if (!image || !place || grab_is_stale_) {
    ++info_.num_discarded;
    drawn_ = true;
    if (!image) drop_pixmap();
    held_until_ = std::max(held_until_, requested + kRetry);
    return false;
  }
  area.x_px += place->dst_x;
  area.y_px += place->dst_y;
  fill(frame, requested, area);
  return true;
}

// `area`: in px of the screen.
void X11WindowSource::fill(Frame& frame, Timestamp requested, const WindowGeometry& area) {
  frame.width_px = area.width_px;
  frame.height_px = area.height_px;
  frame.stride_bytes = static_cast<std::ptrdiff_t>(area.width_px) * kBytesPerPixel;
  const std::size_t num_bytes = static_cast<std::size_t>(frame.stride_bytes) * static_cast<std::size_t>(area.height_px);
  frame.pixels.assign(memory_->data(), memory_->data() + num_bytes);
  frame.sequence = info_.num_frames++;
  frame.requested = requested;
  frame.done = MonotonicClock::now();
  frame.window = info_.window = area;
}

}  // namespace

std::unique_ptr<FrameSource> create_x11_window_source(const X11WindowConfig& config) {
  ATOLL_CHECK(config.max_rate_hz >= 0.0, "capture at most {} Hz, expected >= 0", config.max_rate_hz);
  ATOLL_CHECK(config.area.x_px >= 0 && config.area.y_px >= 0, "area at ({}, {}), expected it inside the window",
              config.area.x_px, config.area.y_px);
  try {
    return std::make_unique<X11WindowSource>(config);
  } catch (const NoWindow&) {
    return nullptr;
  }
}

}  // namespace atl::capture
