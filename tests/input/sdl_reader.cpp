// A game's view of keyboard and mouse for tests: an SDL2 window that prints what it receives, a line an event. SDL
// reads the display in its own way, so it is an independent reader of what the guard injects.
//
// usage: sdl_reader DISPLAY absolute|relative
// Lines: `ready WINDOW` once it has the focus; `key NAME DOWN REPEAT`, `button NUMBER DOWN CLICKS`, `wheel DY`,
// `motion DX DY`. Ends when stdin does.
#include <SDL2/SDL.h>
#include <SDL2/SDL_syswm.h>
#include <poll.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

void print(const SDL_Event& event, bool is_relative) {
  switch (event.type) {
    case SDL_KEYDOWN:
    case SDL_KEYUP:
      std::printf("key %d %d %s\n", event.type == SDL_KEYDOWN, event.key.repeat,
                  SDL_GetScancodeName(event.key.keysym.scancode));
      break;
    case SDL_MOUSEBUTTONDOWN:
    case SDL_MOUSEBUTTONUP:
      std::printf("button %d %d %d\n", event.button.button, event.type == SDL_MOUSEBUTTONDOWN, event.button.clicks);
      break;
    case SDL_MOUSEWHEEL: std::printf("wheel %d\n", event.wheel.y); break;
    case SDL_MOUSEMOTION:
      if (is_relative) std::printf("motion %d %d\n", event.motion.xrel, event.motion.yrel);
      break;
    default: break;
  }
}

bool is_over() {
  pollfd in{STDIN_FILENO, POLLIN, 0};
  return poll(&in, 1, 0) > 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  setenv("DISPLAY", argv[1], 1);
  setenv("SDL_VIDEODRIVER", "x11", 1);
  const bool is_relative = std::string_view(argv[2]) == "relative";
  if (SDL_Init(SDL_INIT_VIDEO) != 0) return 3;
  SDL_Window* window = SDL_CreateWindow("sdl reader", 400, 200, 480, 320, SDL_WINDOW_SHOWN);
  if (window == nullptr) return 3;
  bool is_ready = false;
  SDL_Event event;
  while (!is_over()) {
    while (SDL_WaitEventTimeout(&event, 2) != 0) print(event, is_relative);
    if (!is_ready && SDL_GetKeyboardFocus() == window) {
      SDL_SysWMinfo info;
      SDL_VERSION(&info.version);
      if (is_relative && SDL_SetRelativeMouseMode(SDL_TRUE) != 0) return 4;
      SDL_PumpEvents();
      SDL_FlushEvent(SDL_MOUSEMOTION);
      if (SDL_GetWindowWMInfo(window, &info) == SDL_FALSE) return 5;
      std::printf("ready %lu\n", static_cast<unsigned long>(info.info.x11.window));
      is_ready = true;
    }
    std::fflush(stdout);
  }
  SDL_Quit();
}
