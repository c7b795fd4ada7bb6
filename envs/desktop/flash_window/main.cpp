// atoll_flash: a window that answers each key and button with the next number (capture/counter_picture.h), at once, and
// writes down when. Started by `atoll check --sync`; ends with its window or by SIGTERM.
#include "capture/counter_picture.h"
#include "core/error.h"
#include "core/log.h"
#include "core/stop.h"
#include "envs/desktop/flash_window/flash_log.h"
#include "input/x11_codes.h"
#include "x11/connection.h"

#include <CLI/CLI.hpp>
#include <xcb/xcb.h>
#include <xcb/xinput.h>

#include <optional>

namespace atl::envs::desktop {
namespace {

constexpr Duration kLookForStop = std::chrono::milliseconds(100);

class FlashWindow {
 public:
  FlashWindow(const std::string& log, FrameSize size);
  void run();

 private:
  void open();
  void select_input();
  std::optional<Flash> decode(const x11::Event& event) const;
  void show(std::uint32_t counter, Flash& flash);

  const FrameSize size_;
  x11::Connection connection_{""};
  xcb_connection_t* c_ = connection_.get();
  FlashLogWriter log_;
  std::uint8_t input_opcode_ = 0;
  xcb_window_t window_ = 0;
  xcb_gcontext_t context_ = 0;
  std::uint8_t depth_ = 0;
  std::vector<std::uint8_t> pixels_;
};

FlashWindow::FlashWindow(const std::string& log, FrameSize size)
    : size_(size),
      log_(log),
      pixels_(static_cast<std::size_t>(size.width_px) * static_cast<std::size_t>(size.height_px) * kBytesPerPixel) {
  // A picture goes over in one request, so that nobody sees half of it.
  if (pixels_.size() + 64 > std::size_t{4} * xcb_get_maximum_request_length(c_))
    fail(ErrorKind::kUsage, "a picture of {}x{} px is more than X display {} takes in one request", size.width_px,
         size.height_px, connection_.display());
  select_input();
  open();
}

// Device events and not the core's: these say which press is the keyboard's own repetition.
void FlashWindow::select_input() {
  input_opcode_ = connection_.require_extension(xcb_input_id, "XInputExtension").major_opcode;
  const x11::Owned<xcb_input_xi_query_version_reply_t> version(
      xcb_input_xi_query_version_reply(c_, xcb_input_xi_query_version(c_, 2, 2), nullptr));
  if (!version) connection_.check();
}

void FlashWindow::open() {
  const xcb_screen_t* screen = xcb_setup_roots_iterator(xcb_get_setup(c_)).data;
  depth_ = screen->root_depth;
  window_ = xcb_generate_id(c_);
  const std::uint32_t events = XCB_EVENT_MASK_STRUCTURE_NOTIFY;
  xcb_create_window(c_, depth_, window_, connection_.root(), 0, 0, static_cast<std::uint16_t>(size_.width_px),
                    static_cast<std::uint16_t>(size_.height_px), 0, XCB_WINDOW_CLASS_INPUT_OUTPUT, screen->root_visual,
                    XCB_CW_EVENT_MASK, &events);
  constexpr std::string_view kTitle = "atoll flash";
  xcb_change_property(c_, XCB_PROP_MODE_REPLACE, window_, XCB_ATOM_WM_NAME, XCB_ATOM_STRING, 8, kTitle.size(),
                      kTitle.data());
  const struct {
    xcb_input_event_mask_t head;
    std::uint32_t mask;
  } wanted{{XCB_INPUT_DEVICE_ALL_MASTER, 1},
           XCB_INPUT_XI_EVENT_MASK_KEY_PRESS | XCB_INPUT_XI_EVENT_MASK_KEY_RELEASE |
               XCB_INPUT_XI_EVENT_MASK_BUTTON_PRESS | XCB_INPUT_XI_EVENT_MASK_BUTTON_RELEASE};
  xcb_input_xi_select_events(c_, window_, 1, &wanted.head);
  context_ = xcb_generate_id(c_);
  xcb_create_gc(c_, context_, window_, 0, nullptr);
  xcb_map_window(c_, window_);
  connection_.sync();
}

void FlashWindow::run() {
  Flash flash;
  show(0, flash);  // what a window shows before it is mapped is lost: drawn again when it is
  std::uint32_t counter = 0;
  while (!stop_requested()) {
    connection_.wait_readable(MonotonicClock::now() + kLookForStop);
    while (const x11::Event event = connection_.poll_event()) {
      if (event.type() == XCB_DESTROY_NOTIFY) return;
      if (event.type() == XCB_MAP_NOTIFY) show(counter, flash);
      std::optional<Flash> answer = decode(event);
      if (!answer) continue;
      answer->counter = ++counter;
      show(counter, *answer);
      log_.add(*answer);
    }
    connection_.check();
  }
}

std::optional<Flash> FlashWindow::decode(const x11::Event& event) const {
  if (event.type() != XCB_GE_GENERIC) return std::nullopt;
  const auto& device = event.as<xcb_input_key_press_event_t>();
  if (device.extension != input_opcode_) return std::nullopt;
  Flash flash;
  flash.received = MonotonicClock::now();
  std::optional<Control> control;
  switch (device.event_type) {
    case XCB_INPUT_KEY_PRESS:
    case XCB_INPUT_KEY_RELEASE:
      if (device.flags & XCB_INPUT_KEY_EVENT_FLAGS_KEY_REPEAT) return std::nullopt;
      control = input::control_of_keycode(device.detail);
      break;
    case XCB_INPUT_BUTTON_PRESS:
    case XCB_INPUT_BUTTON_RELEASE: control = input::control_of_button(device.detail); break;
    default: break;
  }
  if (!control) return std::nullopt;
  flash.control = *control;
  flash.pressed = device.event_type == XCB_INPUT_KEY_PRESS || device.event_type == XCB_INPUT_BUTTON_PRESS;
  return flash;
}

void FlashWindow::show(std::uint32_t counter, Flash& flash) {
  capture::draw_counter(counter, size_, pixels_);
  flash.drawn_from = MonotonicClock::now();
  xcb_put_image(c_, XCB_IMAGE_FORMAT_Z_PIXMAP, window_, context_, static_cast<std::uint16_t>(size_.width_px),
                static_cast<std::uint16_t>(size_.height_px), 0, 0, 0, depth_,
                static_cast<std::uint32_t>(pixels_.size()), pixels_.data());
  connection_.sync();
  flash.drawn_by = MonotonicClock::now();
}

int run_flash(int argc, char** argv) {
  CLI::App app{"A window that answers each key with the next number; started by `atoll check --sync`", "atoll_flash"};
  std::string log;
  FrameSize size{640, 480};
  app.add_option("--log", log, "file that is told of each answer")->required();
  app.add_option("--width", size.width_px, "px")->check(CLI::Range(64, 4096))->capture_default_str();
  app.add_option("--height", size.height_px, "px")->check(CLI::Range(64, 4096))->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  FlashWindow(log, size).run();
  return 0;
}

}  // namespace
}  // namespace atl::envs::desktop

int main(int argc, char** argv) {
  try {
    atl::install_stop_signals();
    return atl::envs::desktop::run_flash(argc, argv);
  } catch (const std::exception& error) {
    atl::write_log(atl::LogLevel::kError, error.what());
    return 1;
  }
}
