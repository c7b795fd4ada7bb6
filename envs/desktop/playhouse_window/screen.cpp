#include "envs/desktop/playhouse_window/screen.h"

#include "core/error.h"

#include <SDL.h>
#include <SDL_syswm.h>

#include <array>
#include <cstring>

namespace atl::envs::desktop {
namespace {

using playhouse::TickInput;

void check_sdl(bool ok, const char* attempt) {
  if (!ok) {
    fail(ErrorKind::kDevice, "playhouse window: cannot {}: {}; is DISPLAY set? xvfb-run gives a screen where none is",
         attempt, SDL_GetError());
  }
}

// By place on the keyboard, so that w a s d lie under the same fingers in every layout.
std::uint8_t key_bit(SDL_Scancode code) {
  switch (code) {
    case SDL_SCANCODE_W: return playhouse::kForward;
    case SDL_SCANCODE_A: return playhouse::kLeft;
    case SDL_SCANCODE_S: return playhouse::kBack;
    case SDL_SCANCODE_D: return playhouse::kRight;
    case SDL_SCANCODE_E: return playhouse::kGrab;
    default: return 0;
  }
}

// Writes each source pixel as a block of `scale` x `scale`.
void enlarge(ImageView picture, int scale, SDL_Surface& surface) {
  for (int y = 0; y < picture.height_px; ++y) {
    auto* first = static_cast<std::uint8_t*>(surface.pixels) + std::ptrdiff_t{y} * scale * surface.pitch;
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
  TickInput input;  // since the last take
  bool closed = false;
  bool captured = false;

  void capture(bool on) {
    captured = on && SDL_SetRelativeMouseMode(SDL_TRUE) == 0;
    if (!captured) SDL_SetRelativeMouseMode(SDL_FALSE);
  }

  void take(const SDL_Event& event) {
    switch (event.type) {
      case SDL_QUIT: closed = true; break;
      case SDL_KEYDOWN: press(event.key); break;
      case SDL_KEYUP: input.held &= static_cast<std::uint8_t>(~key_bit(event.key.keysym.scancode)); break;
      case SDL_MOUSEBUTTONDOWN: capture(true); break;
      case SDL_MOUSEMOTION:
        if (!captured) break;
        input.dx += event.motion.xrel;
        input.dy += event.motion.yrel;
        break;
      case SDL_WINDOWEVENT:
        // The server forgets what was put on a hidden window, so the picture is put there again.
        if (event.window.event == SDL_WINDOWEVENT_EXPOSED) SDL_UpdateWindowSurface(window);
        break;
      default: break;
    }
  }

  void press(const SDL_KeyboardEvent& key) {
    if (key.repeat != 0) return;
    if (key.keysym.scancode == SDL_SCANCODE_ESCAPE) capture(false);
    input.held |= key_bit(key.keysym.scancode);
    input.pressed |= key_bit(key.keysym.scancode);
  }
};

Screen::Screen(const std::string& title, FrameSize size) : state_(std::make_unique<State>()) {
  // Plain X pictures: whole frames in one request, and no GL.
  SDL_SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, "0");
  SDL_SetHint(SDL_HINT_APP_NAME, "atoll_playhouse");
  SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
  check_sdl(SDL_InitSubSystem(SDL_INIT_VIDEO) == 0, "start SDL's video");
  state_->window = SDL_CreateWindow(title.c_str(), SDL_WINDOWPOS_CENTERED, SDL_WINDOWPOS_CENTERED, size.width_px,
                                    size.height_px, SDL_WINDOW_SHOWN);
  check_sdl(state_->window != nullptr, "open a window");
  SDL_Surface* surface = SDL_GetWindowSurface(state_->window);
  check_sdl(surface != nullptr, "draw into the window");
  if (surface->format->format != SDL_PIXELFORMAT_RGB888 && surface->format->format != SDL_PIXELFORMAT_ARGB8888) {
    fail(ErrorKind::kDevice, "playhouse window: the screen's pixels are {}, expected 32 bits with blue first",
         SDL_GetPixelFormatName(surface->format->format));
  }
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

void Screen::set_title(const std::string& title) { SDL_SetWindowTitle(state_->window, title.c_str()); }

TickInput Screen::take_input() {
  SDL_Event event;
  while (SDL_PollEvent(&event) != 0) state_->take(event);
  const TickInput taken = state_->input;
  state_->input = {.held = taken.held};
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
