#include "envs/desktop/playhouse_window/screen.h"

#include "core/error.h"
#include "envs/desktop/playhouse_window/sdl_keys.h"
#include "x11/connection.h"
#include "x11/window.h"

#include <SDL.h>
#include <SDL_syswm.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

namespace atl::envs::desktop {
namespace {

constexpr FrameSize kLeastSize{320, 240};

void check_sdl(bool ok, const char* attempt) {
  if (!ok) {
    fail(ErrorKind::kDevice, "playhouse window: cannot {}: {}; is DISPLAY set? xvfb-run gives a screen where none is",
         attempt, SDL_GetError());
  }
}

// Whether somebody is there who makes windows fullscreen.
bool is_managed() {
  const char* driver = SDL_GetCurrentVideoDriver();
  return driver == nullptr || std::string_view(driver) != "x11" || x11::has_window_manager(x11::Connection(""));
}

// Writes each source pixel as a block of `scale` x `scale`.
void enlarge(ImageView picture, int scale, SDL_Surface& surface) {
  for (int y = 0; y < picture.height_px; ++y) {
    auto* first = static_cast<std::uint8_t*>(surface.pixels) + std::ptrdiff_t{y} * scale * surface.pitch;
    if (scale == 1) {
      std::memcpy(first, picture.row(y), static_cast<std::size_t>(picture.width_px) * kBytesPerPixel);
      continue;
    }
    auto* out = reinterpret_cast<std::uint32_t*>(first);
    for (int x = 0; x < picture.width_px; ++x) {
      std::uint32_t pixel = 0;
      std::memcpy(&pixel, picture.row(y) + std::ptrdiff_t{x} * kBytesPerPixel, sizeof pixel);
      for (int i = 0; i < scale; ++i) *out++ = pixel;
    }
    const std::size_t bytes = static_cast<std::size_t>(picture.width_px) * static_cast<std::size_t>(scale) * 4;
    for (int i = 1; i < scale; ++i) std::memcpy(first + std::ptrdiff_t{i} * surface.pitch, first, bytes);
  }
}

}  // namespace

struct Screen::State {
  SDL_Window* window = nullptr;
  WindowInput input;  // since the last take
  bool closed = false;
  bool captured = false;
  bool let_go = false;  // on purpose: the focus alone does not take the mouse again
  bool has_manager = true;
  std::optional<FrameSize> size_before;  // it filled the display, without a window manager

  // SDL asks the window manager for fullscreen; where there is none, the window takes the display's place and size.
  void fill_display() {
    if (size_before) {
      SDL_SetWindowSize(window, size_before->width_px, size_before->height_px);
      SDL_SetWindowPosition(window, SDL_WINDOWPOS_CENTERED, SDL_WINDOWPOS_CENTERED);
      size_before.reset();
      return;
    }
    SDL_Rect display;
    check_sdl(SDL_GetDisplayBounds(std::max(SDL_GetWindowDisplayIndex(window), 0), &display) == 0, "see the display");
    size_before.emplace();
    SDL_GetWindowSize(window, &size_before->width_px, &size_before->height_px);
    SDL_SetWindowSize(window, display.w, display.h);
    SDL_SetWindowPosition(window, display.x, display.y);
  }

  void capture(bool on) {
    captured = on && SDL_SetRelativeMouseMode(SDL_TRUE) == 0;
    if (!captured) SDL_SetRelativeMouseMode(SDL_FALSE);
  }

  void take(const SDL_Event& event) {
    switch (event.type) {
      case SDL_QUIT: closed = true; break;
      case SDL_KEYDOWN: take_key(event.key); break;
      case SDL_TEXTINPUT: take_text(event.text.text); break;
      case SDL_KEYUP: release(control_of_scancode(event.key.keysym.scancode)); break;
      case SDL_MOUSEBUTTONDOWN: take_button(event.button); break;
      case SDL_MOUSEBUTTONUP: release(control_of_mouse_button(event.button.button)); break;
      case SDL_MOUSEMOTION:
        if (!captured) break;
        input.dx += event.motion.xrel;
        input.dy += event.motion.yrel;
        break;
      case SDL_MOUSEWHEEL:
        if (captured) input.wheel += event.wheel.direction == SDL_MOUSEWHEEL_FLIPPED ? -event.wheel.y : event.wheel.y;
        break;
      case SDL_WINDOWEVENT: take_change(event.window.event); break;
      default: break;
    }
  }

  void take_key(const SDL_KeyboardEvent& key) {
    const std::optional<Control> control = control_of_scancode(key.keysym.scancode);
    if (key.repeat == 0) return press(control);
    input.strokes.push_back({.control = control, .repeats = true});
  }

  // Comes right after the key that wrote it, if one did.
  void take_text(std::string_view text) {
    if (input.strokes.empty() || !input.strokes.back().text.empty()) input.strokes.emplace_back();
    input.strokes.back().text = text;
  }

  void take_button(const SDL_MouseButtonEvent& button) {
    if (captured) return press(control_of_mouse_button(button.button));
    let_go = false;
    capture(true);
  }

  void take_change(std::uint8_t change) {
    // The server forgets what was put on a hidden window, so the picture is put there again.
    if (change == SDL_WINDOWEVENT_EXPOSED) SDL_UpdateWindowSurface(window);
    if (change == SDL_WINDOWEVENT_FOCUS_LOST) {
      capture(false);
      input.held.reset();  // what is released elsewhere is not told here
    }
    if (change == SDL_WINDOWEVENT_FOCUS_GAINED && !let_go) capture(true);
  }

  void press(std::optional<Control> control) {
    input.strokes.push_back({.control = control});
    if (!control) return;
    input.held.set(static_cast<std::size_t>(index_of(*control)));
    input.pressed.push_back(*control);
  }

  void release(std::optional<Control> control) {
    if (control) input.held.reset(static_cast<std::size_t>(index_of(*control)));
  }
};

Screen::Screen(const ScreenOptions& options) : state_(std::make_unique<State>()) {
  // Plain X pictures: whole frames in one request, and no GL.
  SDL_SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, "0");
  SDL_SetHint(SDL_HINT_APP_NAME, "atoll_playhouse");
  SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
  check_sdl(SDL_InitSubSystem(SDL_INIT_VIDEO) == 0, "start SDL's video");
  state_->has_manager = is_managed();
  const auto flags =
      static_cast<std::uint32_t>(SDL_WINDOW_SHOWN) |
      (options.resizable ? static_cast<std::uint32_t>(SDL_WINDOW_RESIZABLE) : 0) |
      (options.fullscreen && state_->has_manager ? static_cast<std::uint32_t>(SDL_WINDOW_FULLSCREEN_DESKTOP) : 0);
  state_->window = SDL_CreateWindow(options.title.c_str(), SDL_WINDOWPOS_CENTERED, SDL_WINDOWPOS_CENTERED,
                                    options.size.width_px, options.size.height_px, flags);
  check_sdl(state_->window != nullptr, "open a window");
  if (options.fullscreen && !state_->has_manager) state_->fill_display();
  if (options.resizable) SDL_SetWindowMinimumSize(state_->window, kLeastSize.width_px, kLeastSize.height_px);
  SDL_Surface* surface = SDL_GetWindowSurface(state_->window);
  check_sdl(surface != nullptr, "draw into the window");
  if (surface->format->format != SDL_PIXELFORMAT_RGB888 && surface->format->format != SDL_PIXELFORMAT_ARGB8888) {
    fail(ErrorKind::kDevice, "playhouse window: the screen's pixels are {}, expected 32 bits with blue first",
         SDL_GetPixelFormatName(surface->format->format));
  }
  SDL_StartTextInput();
  SDL_RaiseWindow(state_->window);
  SDL_SetWindowInputFocus(state_->window);
  state_->capture(true);
}

Screen::~Screen() {
  SDL_DestroyWindow(state_->window);
  SDL_QuitSubSystem(SDL_INIT_VIDEO);
}

std::uint32_t Screen::window_id() const {
  SDL_SysWMinfo info;
  SDL_VERSION(&info.version);
  if (!SDL_GetWindowWMInfo(state_->window, &info) || info.subsystem != SDL_SYSWM_X11) return 0;
  return static_cast<std::uint32_t>(info.info.x11.window);
}

bool Screen::is_closed() const { return state_->closed; }

bool Screen::is_captured() const { return state_->captured; }

void Screen::set_captured(bool captured) {
  state_->let_go = !captured;
  state_->capture(captured);
}

FrameSize Screen::size() const {
  FrameSize size;
  SDL_GetWindowSize(state_->window, &size.width_px, &size.height_px);
  return size;
}

void Screen::toggle_fullscreen() {
  if (!state_->has_manager) return state_->fill_display();
  const bool is_full = (SDL_GetWindowFlags(state_->window) & SDL_WINDOW_FULLSCREEN_DESKTOP) != 0;
  const auto wanted = is_full ? 0 : static_cast<std::uint32_t>(SDL_WINDOW_FULLSCREEN_DESKTOP);
  check_sdl(SDL_SetWindowFullscreen(state_->window, wanted) == 0, "change to or from fullscreen");
}

void Screen::set_title(const std::string& title) { SDL_SetWindowTitle(state_->window, title.c_str()); }

WindowInput Screen::take_input() {
  SDL_Event event;
  while (SDL_PollEvent(&event) != 0) state_->take(event);
  WindowInput taken = std::exchange(state_->input, {});
  state_->input.held = taken.held;
  return taken;
}

void Screen::show(ImageView picture) {
  SDL_Surface* surface = SDL_GetWindowSurface(state_->window);
  check_sdl(surface != nullptr, "draw into the window");
  const int scale = surface->w / picture.width_px;
  ATOLL_CHECK(scale >= 1 && picture.width_px * scale == surface->w && picture.height_px * scale == surface->h,
              "picture of {}x{} in a window of {}x{}, expected a whole multiple", picture.width_px, picture.height_px,
              surface->w, surface->h);
  enlarge(picture, scale, *surface);
  check_sdl(SDL_UpdateWindowSurface(state_->window) == 0, "show a picture");
}

}  // namespace atl::envs::desktop
