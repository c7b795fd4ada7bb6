#include "capture/x11_window.h"

#include "capture/program_life.h"
#include "capture/x11_cursor.h"
#include "capture/x11_grabber.h"
#include "core/error.h"
#include "x11/connection.h"
#include "x11/window.h"

#include <xcb/damage.h>
#include <xcb/xcb.h>
#include <xcb/xcbext.h>

#include <algorithm>
#include <optional>

namespace atl::capture {
namespace {

using x11::Owned;

constexpr Duration kReplyGrace = std::chrono::milliseconds(5);  // for answers that are under way at the deadline
constexpr Duration kMoveTime = std::chrono::milliseconds(250);  // from a move to all that the server tells of it
constexpr Duration kRetry = std::chrono::milliseconds(10);      // after a picture could not be had

struct NoWindow {};  // never leaves this file

class X11WindowSource final : public FrameSource {
 public:
  explicit X11WindowSource(const X11WindowConfig& config);
  ~X11WindowSource() override;
  FrameStatus wait_frame(Timestamp deadline, Frame& frame) override;
  SourceInfo info() const override;

 private:
  void watch_window();
  void watch_damage();
  std::string window_title() const;
  void read_events();
  void on_event(const x11::Event& event);
  void on_damage(const x11::Event& event);
  void on_configure(FrameSize size, int border_px);
  void on_change(Timestamp now);
  void read_heartbeat();
  void look_at_cursor(Timestamp now);
  void told_visible(const x11::Event& event, bool visible);
  void clear_damage();
  void begin_grab(Timestamp now);
  bool finish_grab(Frame& frame);
  [[nodiscard]] bool is_undrawn(Timestamp now);
  [[nodiscard]] WindowGeometry captured_area() const;
  [[nodiscard]] Timestamp next_grab_time() const;
  [[nodiscard]] Timestamp next_event_time() const;
  [[nodiscard]] bool is_answering() const { return !heartbeat_ && !grabber_->is_under_way(); }

  const X11WindowConfig config_;
  x11::Connection connection_;
  xcb_connection_t* c_ = connection_.get();
  std::optional<X11Cursor> cursor_;
  std::optional<X11Grabber> grabber_;
  std::optional<ProgramLife> life_;
  std::uint8_t damage_event_ = 0;
  xcb_damage_damage_t damage_ = 0;
  FrameSize size_;  // of the client area, as last told by the server
  int border_px_ = 0;
  bool visible_ = false;
  std::uint32_t visible_sequence_ = 0;  // of the request before the event that told so
  bool gone_ = false;
  bool drawn_ = true;                   // since the last picture was asked for
  std::uint32_t cleared_sequence_ = 0;  // of the request that cleared the damage last
  Timestamp held_until_;                // no picture before: the program draws after a change
  Timestamp undrawn_until_;             // no picture before, as long as nothing was drawn after a change; 0: it was
  Timestamp quiet_from_;                // no picture before: it may be half drawn
  Timestamp next_by_rate_;
  Timestamp moved_until_;     // damage may be of a change, which draws nothing
  bool maybe_same_ = false;   // so may damage that was told
  bool unless_same_ = false;  // of the picture under way
  bool cursor_moved_ = false;
  std::optional<xcb_get_window_attributes_cookie_t> heartbeat_;  // asked, not answered yet
  SourceInfo info_;
};

X11WindowSource::X11WindowSource(const X11WindowConfig& config) : config_(config), connection_(config.display) {
  if (config.cursor == CursorMode::kDrawn) cursor_.emplace(connection_);
  watch_window();
  watch_damage();
  life_.emplace(connection_, config.window);
  info_.name = fmt::format("window {:#x} \"{}\" on {}", config.window, window_title(), connection_.display());
  info_.cursor = config.cursor;
  info_.window_id = config.window;
  info_.pid = life_->pid();
}

X11WindowSource::~X11WindowSource() {
  grabber_.reset();
  xcb_flush(c_);
}

void X11WindowSource::watch_window() {
  const std::uint32_t events = XCB_EVENT_MASK_STRUCTURE_NOTIFY;
  xcb_change_window_attributes(c_, config_.window, XCB_CW_EVENT_MASK, &events);
  const auto attributes_cookie = xcb_get_window_attributes(c_, config_.window);
  const auto geometry_cookie = xcb_get_geometry(c_, config_.window);
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
         "cannot capture window {:#x} on {}: it shows nothing (InputOnly); expected one with pixels", config_.window,
         connection_.display());
  check_visual(connection_, config_.window, attributes->visual, geometry->depth);
  // Before redirection its pixels under other windows are those of the others, and stay so until the program draws.
  const bool covered = x11::is_covered(connection_, config_.window);
  grabber_.emplace(connection_, config_.window, cursor_ ? &*cursor_ : nullptr);
  size_ = {geometry->width, geometry->height};
  border_px_ = geometry->border_width;
  grabber_->set_size(size_, border_px_);
  visible_ = attributes->map_state == XCB_MAP_STATE_VIEWABLE;
  const Timestamp now = MonotonicClock::now();
  held_until_ = now + config_.settle_after_change;
  if (covered) undrawn_until_ = now + config_.undrawn_after_change;
}

void X11WindowSource::watch_damage() {
  damage_event_ =
      static_cast<std::uint8_t>(connection_.require_extension(xcb_damage_id, "DAMAGE").first_event + XCB_DAMAGE_NOTIFY);
  // The server answers an extension's requests only after it was asked for its version.
  const Owned<xcb_damage_query_version_reply_t> version(
      xcb_damage_query_version_reply(c_, xcb_damage_query_version(c_, 1, 1), nullptr));
  if (!version) {
    connection_.check();
    fail(ErrorKind::kDevice, "X display {} does not tell the version of DAMAGE", connection_.display());
  }
  damage_ = xcb_generate_id(c_);
  xcb_damage_create(c_, damage_, config_.window, XCB_DAMAGE_REPORT_LEVEL_NON_EMPTY);
  clear_damage();  // a new one says that all is damaged
}

std::string X11WindowSource::window_title() const {
  const auto cookie = xcb_get_property(c_, 0, config_.window, XCB_ATOM_WM_NAME, XCB_GET_PROPERTY_TYPE_ANY, 0, 64);
  const Owned<xcb_get_property_reply_t> name(xcb_get_property_reply(c_, cookie, nullptr));
  if (!name) return "";
  return {static_cast<const char*>(xcb_get_property_value(name.get())),
          static_cast<std::size_t>(xcb_get_property_value_length(name.get()))};
}

SourceInfo X11WindowSource::info() const {
  SourceInfo info = info_;
  info.program = gone_ ? ProgramState::kUnknown : life_->state();
  return info;
}

FrameStatus X11WindowSource::wait_frame(Timestamp deadline, Frame& frame) {
  if (gone_) return FrameStatus::kGone;
  deadline = std::max(deadline, MonotonicClock::now());
  if (!heartbeat_) heartbeat_ = xcb_get_window_attributes(c_, config_.window);
  while (true) {
    read_events();
    read_heartbeat();
    if (!gone_ && grabber_->poll()) {
      read_events();  // those that came before the answer
      if (finish_grab(frame)) return FrameStatus::kFrame;
    }
    if (gone_) return FrameStatus::kGone;
    const Timestamp now = MonotonicClock::now();
    life_->look(now, info_.last_drawn);
    look_at_cursor(now);
    if (next_grab_time() <= now && !is_undrawn(now)) begin_grab(now);
    // Answers under way may come a little late; all else ends at the deadline.
    const Timestamp until =
        is_answering() ? std::min(deadline, std::max(next_event_time(), now)) : deadline + kReplyGrace;
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
  if (type == damage_event_) return on_damage(event);
  if (life_->take_event(event, MonotonicClock::now())) return;
  // Events of windows come twice where those of the root window are selected too: to the window itself, and around.
  if (type < XCB_DESTROY_NOTIFY || type > XCB_CONFIGURE_NOTIFY) return;
  if (event.as<xcb_unmap_notify_event_t>().event != config_.window) return;
  if (type == XCB_CONFIGURE_NOTIFY) {
    const auto& configure = event.as<xcb_configure_notify_event_t>();
    on_configure({configure.width, configure.height}, configure.border_width);
  } else if (type == XCB_REPARENT_NOTIFY) {
    grabber_->drop_pixmap();
    drawn_ = true;
  } else if (type == XCB_MAP_NOTIFY) {
    told_visible(event, true);
  } else if (type == XCB_UNMAP_NOTIFY) {
    told_visible(event, false);
  } else if (type == XCB_DESTROY_NOTIFY) {
    gone_ = true;
  }
}

void X11WindowSource::on_damage(const x11::Event& event) {
  // Damage that was reported before the last picture was asked for is in that picture; before a change, of the past.
  const std::uint32_t sequence = event.as<xcb_generic_event_t>().full_sequence;
  if (static_cast<std::int32_t>(sequence - cleared_sequence_) < 0) return;
  // Drawn between that request and the one that takes the picture: in the picture, but told once more.
  if (static_cast<std::int32_t>(sequence - grabber_->image_sequence()) < 0) maybe_same_ = true;
  info_.last_drawn = MonotonicClock::now();
  drawn_ = true;
  undrawn_until_ = {};
  if (config_.settle > Duration::zero()) {
    quiet_from_ = info_.last_drawn + config_.settle;
    // So that the next request of the program is told too. What was told is in the picture that is still to come.
    xcb_damage_subtract(c_, damage_, 0, 0);
  }
}

void X11WindowSource::on_configure(FrameSize size, int border_px) {
  const Timestamp now = MonotonicClock::now();
  if (size == size_ && border_px == border_px_) {  // moved: the pixmap stays
    moved_until_ = now + kMoveTime;
    return;
  }
  if (info_.num_frames > 0) ++info_.num_resizes;
  size_ = size;
  border_px_ = border_px;
  grabber_->set_size(size, border_px);
  on_change(now);
}

void X11WindowSource::told_visible(const x11::Event& event, bool visible) {
  visible_ = visible;
  visible_sequence_ = event.as<xcb_generic_event_t>().full_sequence;
  on_change(MonotonicClock::now());
}

// Its pixels are elsewhere now, and nobody drew them: not even the damage that came with the change was a drawing.
void X11WindowSource::on_change(Timestamp now) {
  grabber_->drop_pixmap();
  clear_damage();
  drawn_ = true;
  held_until_ = now + config_.settle_after_change;
  undrawn_until_ = now + config_.undrawn_after_change;
  moved_until_ = now + kMoveTime;
}

void X11WindowSource::read_heartbeat() {
  if (!heartbeat_) return;
  void* raw_reply = nullptr;
  xcb_generic_error_t* raw_error = nullptr;
  if (xcb_poll_for_reply(c_, heartbeat_->sequence, &raw_reply, &raw_error) == 0) return;
  const std::uint32_t sequence = heartbeat_->sequence;
  heartbeat_.reset();
  const Owned<xcb_get_window_attributes_reply_t> reply(static_cast<xcb_get_window_attributes_reply_t*>(raw_reply));
  const Owned<xcb_generic_error_t> error(raw_error);
  if (!reply) {
    gone_ = true;  // the only error that this request knows is that there is no such window
    return;
  }
  // An event that was read already may be newer than the answer.
  if (static_cast<std::int32_t>(visible_sequence_ - sequence) >= 0) return;
  const bool visible = reply->map_state == XCB_MAP_STATE_VIEWABLE;  // not, also when a window around it was unmapped
  if (visible == visible_) return;
  visible_ = visible;
  on_change(MonotonicClock::now());
}

void X11WindowSource::look_at_cursor(Timestamp now) {
  if (!cursor_ || !visible_ || info_.num_frames == 0) return;
  if (cursor_->poll_changed(info_.window)) drawn_ = cursor_moved_ = true;
  cursor_->look(now);
}

void X11WindowSource::clear_damage() { cleared_sequence_ = xcb_damage_subtract(c_, damage_, 0, 0).sequence; }

Timestamp X11WindowSource::next_grab_time() const {
  if (!visible_ || !drawn_ || grabber_->is_under_way()) return Timestamp::max();
  return std::max({held_until_, undrawn_until_, quiet_from_, next_by_rate_});
}

Timestamp X11WindowSource::next_event_time() const {
  const Timestamp grab = next_grab_time();
  return cursor_ && visible_ && info_.num_frames > 0 ? std::min(grab, cursor_->next_look()) : grab;
}

// Whether nobody drew after a change, and the program that has to is not able to.
bool X11WindowSource::is_undrawn(Timestamp now) {
  if (undrawn_until_ == Timestamp{}) return false;
  const ProgramState program = life_->state();
  if (program != ProgramState::kStopped && program != ProgramState::kSilent) return false;
  undrawn_until_ = now + ProgramLife::kLookPeriod;
  return true;
}

WindowGeometry X11WindowSource::captured_area() const {
  const WindowGeometry& wanted = config_.area;
  const WindowGeometry cut{wanted.x_px, wanted.y_px, std::min(wanted.width_px, size_.width_px - wanted.x_px),
                           std::min(wanted.height_px, size_.height_px - wanted.y_px)};
  return cut.width_px > 0 && cut.height_px > 0 ? cut : WindowGeometry{0, 0, size_.width_px, size_.height_px};
}

void X11WindowSource::begin_grab(Timestamp now) {
  // Clear first: what is drawn after it is reported again, so nothing is ever missed.
  clear_damage();
  if (!grabber_->begin(captured_area(), now)) {
    held_until_ = std::max(held_until_, now + kRetry);
    return;
  }
  drawn_ = false;
  unless_same_ = maybe_same_;
  maybe_same_ = false;
  undrawn_until_ = {};
  if (config_.max_rate_hz > 0.0) {
    const Duration period = period_of(config_.max_rate_hz);
    next_by_rate_ = std::max(next_by_rate_ + period, now + period / 2);  // keeps the phase, within half a period
  }
}

// True if a picture was delivered.
bool X11WindowSource::finish_grab(Frame& frame) {
  const bool unless_same = (unless_same_ || MonotonicClock::now() < moved_until_) && !cursor_moved_;
  const X11Grabber::Result result = grabber_->finish(frame, unless_same);
  if (result == X11Grabber::Result::kChanged) {
    ++info_.num_discarded;
    drawn_ = true;
    held_until_ = std::max(held_until_, MonotonicClock::now() + kRetry);
  }
  if (result != X11Grabber::Result::kTaken) return false;
  cursor_moved_ = false;
  frame.sequence = info_.num_frames++;
  info_.window = frame.window;
  return true;
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
