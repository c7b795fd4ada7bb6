#include "tests/display/test_window.h"

#include "core/error.h"
#include "x11/connection.h"

#include <linux/input-event-codes.h>
#include <xcb/xcb.h>

#include <algorithm>
#include <thread>

namespace atl::tests {

using x11::Owned;

struct TestWindow::State {
  explicit State(const std::string& display) : connection(display), c(connection.get()) {}
  // Reads until an event of `type` (0: nothing in particular) has come; keeps input events.
  void wait_for(std::uint8_t type);
  void keep(const xcb_generic_event_t& event);
  void put_rows(ImageView image, int from, int to);

  x11::Connection connection;
  xcb_connection_t* c;
  std::uint32_t window = 0;
  std::uint32_t context = 0;
  FrameSize size;
  std::vector<InputEvent> events;
  xcb_key_press_event_t last_release{};
};

void TestWindow::State::wait_for(std::uint8_t type) {
  while (true) {
    const Owned<xcb_generic_event_t> event(xcb_wait_for_event(c));
    ATOLL_CHECK(event != nullptr, "test window lost its display");
    keep(*event);
    if ((event->response_type & 0x7f) == type) return;
  }
}

void TestWindow::State::keep(const xcb_generic_event_t& event) {
  const int type = event.response_type & 0x7f;
  if (type == XCB_CONFIGURE_NOTIFY) {
    const auto& configure = reinterpret_cast<const xcb_configure_notify_event_t&>(event);
    size = {configure.width, configure.height};
  }
  if (type < XCB_KEY_PRESS || type > XCB_BUTTON_RELEASE) return;
  const auto& key = reinterpret_cast<const xcb_key_press_event_t&>(event);  // buttons have the same layout
  InputEvent kept;
  kept.time = MonotonicClock::now();
  kept.pressed = type == XCB_KEY_PRESS || type == XCB_BUTTON_PRESS;
  if (type >= XCB_BUTTON_PRESS && key.detail >= 4 && key.detail <= 7) {
    kept.kind = InputKind::kWheel;
    kept.dy = key.detail == 4 ? 1 : key.detail == 5 ? -1 : 0;
    if (kept.pressed) events.push_back(kept);
    return;
  }
  constexpr std::uint16_t kButtons[10] = {0, BTN_LEFT, BTN_MIDDLE, BTN_RIGHT, 0, 0, 0, 0, BTN_SIDE, BTN_EXTRA};
  const int code = type >= XCB_BUTTON_PRESS ? kButtons[std::min<int>(key.detail, 9)] : key.detail - 8;
  const auto control = control_of_evdev(static_cast<std::uint16_t>(code));
  ATOLL_CHECK(control.has_value(), "test window received X detail {}, which is no control", key.detail);
  kept.control = *control;
  events.push_back(kept);
}

TestWindow::TestWindow(const std::string& display, WindowGeometry place, const std::string& window_class,
                       const std::string& title)
    : state_(std::make_unique<State>(display)) {
  State& s = *state_;
  s.window = xcb_generate_id(s.c);
  s.size = {place.width_px, place.height_px};
  const std::uint32_t events = XCB_EVENT_MASK_STRUCTURE_NOTIFY | XCB_EVENT_MASK_KEY_PRESS | XCB_EVENT_MASK_KEY_RELEASE |
                               XCB_EVENT_MASK_BUTTON_PRESS | XCB_EVENT_MASK_BUTTON_RELEASE;
  xcb_create_window(s.c, XCB_COPY_FROM_PARENT, s.window, s.connection.root(), static_cast<std::int16_t>(place.x_px),
                    static_cast<std::int16_t>(place.y_px), static_cast<std::uint16_t>(place.width_px),
                    static_cast<std::uint16_t>(place.height_px), 0, XCB_WINDOW_CLASS_INPUT_OUTPUT, XCB_COPY_FROM_PARENT,
                    XCB_CW_EVENT_MASK, &events);
  const std::string wm_class = std::string("test") + '\0' + window_class + '\0';
  xcb_change_property(s.c, XCB_PROP_MODE_REPLACE, s.window, XCB_ATOM_WM_CLASS, XCB_ATOM_STRING, 8,
                      static_cast<std::uint32_t>(wm_class.size()), wm_class.data());
  xcb_change_property(s.c, XCB_PROP_MODE_REPLACE, s.window, XCB_ATOM_WM_NAME, XCB_ATOM_STRING, 8,
                      static_cast<std::uint32_t>(title.size()), title.data());
  s.context = xcb_generate_id(s.c);
  xcb_create_gc(s.c, s.context, s.window, 0, nullptr);
  map();
}

TestWindow::~TestWindow() = default;

std::uint32_t TestWindow::id() const { return state_->window; }

void TestWindow::State::put_rows(ImageView image, int from, int to) {
  std::vector<std::uint8_t> packed;
  copy_packed(image, packed);
  const std::size_t row = static_cast<std::size_t>(image.width_px) * kBytesPerPixel;
  xcb_put_image(c, XCB_IMAGE_FORMAT_Z_PIXMAP, window, context, static_cast<std::uint16_t>(image.width_px),
                static_cast<std::uint16_t>(to - from), 0, static_cast<std::int16_t>(from), 0, 24,
                static_cast<std::uint32_t>(row * static_cast<std::size_t>(to - from)),
                packed.data() + row * static_cast<std::size_t>(from));
}

void TestWindow::put(ImageView image) {
  state_->put_rows(image, 0, image.height_px);
  state_->connection.sync();
}

void TestWindow::put_in_two(ImageView image, Duration pause) {
  state_->put_rows(image, 0, image.height_px / 2);
  state_->connection.sync();
  SystemClock().sleep_until(MonotonicClock::now() + pause);
  state_->put_rows(image, image.height_px / 2, image.height_px);
  state_->connection.sync();
}

void TestWindow::move(int x_px, int y_px) {
  const std::uint32_t values[] = {static_cast<std::uint32_t>(x_px), static_cast<std::uint32_t>(y_px)};
  xcb_configure_window(state_->c, state_->window, XCB_CONFIG_WINDOW_X | XCB_CONFIG_WINDOW_Y, values);
  state_->connection.sync();
}

void TestWindow::resize(FrameSize size) {
  const std::uint32_t values[] = {static_cast<std::uint32_t>(size.width_px),
                                  static_cast<std::uint32_t>(size.height_px)};
  xcb_configure_window(state_->c, state_->window, XCB_CONFIG_WINDOW_WIDTH | XCB_CONFIG_WINDOW_HEIGHT, values);
  state_->size = size;
  state_->connection.sync();
}

FrameSize TestWindow::poll_size() {
  while (const Owned<xcb_generic_event_t> event{xcb_poll_for_event(state_->c)}) state_->keep(*event);
  return state_->size;
}

void TestWindow::raise() {
  const std::uint32_t above = XCB_STACK_MODE_ABOVE;
  xcb_configure_window(state_->c, state_->window, XCB_CONFIG_WINDOW_STACK_MODE, &above);
  state_->connection.sync();
}

void TestWindow::map() {
  xcb_map_window(state_->c, state_->window);
  xcb_flush(state_->c);
  state_->wait_for(XCB_MAP_NOTIFY);
}

void TestWindow::unmap() {
  xcb_unmap_window(state_->c, state_->window);
  state_->connection.sync();
}

void TestWindow::destroy() {
  xcb_destroy_window(state_->c, state_->window);
  state_->connection.sync();
}

void TestWindow::focus() {
  xcb_set_input_focus(state_->c, XCB_INPUT_FOCUS_PARENT, state_->window, XCB_CURRENT_TIME);
  state_->connection.sync();
}

void TestWindow::drop_focus() {
  xcb_set_input_focus(state_->c, XCB_INPUT_FOCUS_NONE, XCB_INPUT_FOCUS_NONE, XCB_CURRENT_TIME);
  state_->connection.sync();
}

std::vector<InputEvent> TestWindow::received() {
  state_->connection.sync();
  while (const Owned<xcb_generic_event_t> event{xcb_poll_for_event(state_->c)}) state_->keep(*event);
  return std::exchange(state_->events, {});
}

struct KeyWatcher::State {
  explicit State(const std::string& display) : connection(display) {}
  x11::Connection connection;
};

KeyWatcher::KeyWatcher(const std::string& display) : state_(std::make_unique<State>(display)) {}
KeyWatcher::~KeyWatcher() = default;

ControlSet KeyWatcher::down() {
  xcb_connection_t* c = state_->connection.get();
  const auto keys_cookie = xcb_query_keymap(c);
  const auto pointer_cookie = xcb_query_pointer(c, state_->connection.root());
  const Owned<xcb_query_keymap_reply_t> keys(xcb_query_keymap_reply(c, keys_cookie, nullptr));
  const Owned<xcb_query_pointer_reply_t> pointer(xcb_query_pointer_reply(c, pointer_cookie, nullptr));
  ATOLL_CHECK(keys && pointer, "key watcher lost its display");
  ControlSet down;
  for (std::size_t i = 0; i < kNumKeys; ++i) {
    const int code = control_table()[i].evdev_code + 8;
    if ((keys->keys[code / 8] >> (code % 8)) & 1) down.set(i);
  }
  for (const auto& [name, mask] : {std::pair{"mouse_left", XCB_BUTTON_MASK_1},
                                   {"mouse_middle", XCB_BUTTON_MASK_2},
                                   {"mouse_right", XCB_BUTTON_MASK_3}}) {
    if (pointer->mask & mask) down.set(static_cast<std::size_t>(index_of(control_named(name))));
  }
  return down;
}

bool KeyWatcher::is_clear() {
  xcb_connection_t* c = state_->connection.get();
  const auto keys_cookie = xcb_query_keymap(c);
  const auto pointer_cookie = xcb_query_pointer(c, state_->connection.root());
  const Owned<xcb_query_keymap_reply_t> keys(xcb_query_keymap_reply(c, keys_cookie, nullptr));
  const Owned<xcb_query_pointer_reply_t> pointer(xcb_query_pointer_reply(c, pointer_cookie, nullptr));
  ATOLL_CHECK(keys && pointer, "key watcher lost its display");
  const bool keys_clear =
      std::all_of(std::begin(keys->keys), std::end(keys->keys), [](auto byte) { return byte == 0; });
  return keys_clear && (pointer->mask & 0x1f00) == 0;
}

PointerPosition KeyWatcher::pointer() {
  xcb_connection_t* c = state_->connection.get();
  const Owned<xcb_query_pointer_reply_t> pointer(
      xcb_query_pointer_reply(c, xcb_query_pointer(c, state_->connection.root()), nullptr));
  ATOLL_CHECK(pointer != nullptr, "key watcher lost its display");
  return {pointer->root_x, pointer->root_y};
}

}  // namespace atl::tests
