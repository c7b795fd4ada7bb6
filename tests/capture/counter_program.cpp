// A program as games are, drawing a counter picture (capture/counter_picture.h) into an SDL window of any driver:
// counter_program WIDTH HEIGHT RATE_HZ TITLE. Lines on its stdin:
//   still     draws no more        draw      goes on       black    all black instead of counters
//   hang      neither draws nor reads its window's events, for good
//   minimise  restore              reopen    closes its window and opens another one
// Its end: stdin's end. It prints "up" once its first picture is shown.
#include "capture/counter_picture.h"
#include "core/clock.h"

#include <SDL.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>

namespace {

using atl::FrameSize;

class Program {
 public:
  Program(FrameSize size, std::string title) : size_(size), title_(std::move(title)) { open(); }

  void obey(const std::string& command) {
    if (command == "still") mode_ = Mode::kStill;
    if (command == "draw") mode_ = Mode::kDraw;
    if (command == "black") mode_ = Mode::kBlack;
    if (command == "hang") mode_ = Mode::kHang;
    if (command == "minimise") SDL_MinimizeWindow(window_);
    if (command == "restore") SDL_RestoreWindow(window_);
    if (command == "reopen") {
      SDL_DestroyWindow(window_);
      open();
    }
  }

  void tick() {
    if (mode_ == Mode::kHang) return;
    SDL_Event event;
    bool exposed = false;
    while (SDL_PollEvent(&event) != 0) exposed |= event.type == SDL_WINDOWEVENT;
    if (mode_ == Mode::kStill && !exposed) return;
    SDL_Surface* surface = SDL_GetWindowSurface(window_);
    if (surface == nullptr) return;  // between two sizes
    const auto bytes = static_cast<std::size_t>(surface->pitch) * static_cast<std::size_t>(surface->h);
    const std::span pixels(static_cast<std::uint8_t*>(surface->pixels), bytes);
    if (mode_ == Mode::kDraw) ++counter_;
    if (mode_ == Mode::kBlack) {
      std::memset(pixels.data(), 0, bytes);
    } else {
      atl::capture::draw_counter(counter_, {surface->w, surface->h}, pixels);
    }
    if (SDL_UpdateWindowSurface(window_) == 0 && !up_) {
      up_ = true;
      std::puts("up");
      std::fflush(stdout);
    }
  }

 private:
  enum class Mode { kDraw, kStill, kBlack, kHang };

  void open() {
    window_ = SDL_CreateWindow(title_.c_str(), 60, 40, size_.width_px, size_.height_px, SDL_WINDOW_RESIZABLE);
    if (window_ == nullptr) {
      std::fprintf(stderr, "counter_program: no window: %s\n", SDL_GetError());
      std::exit(1);
    }
  }

  const FrameSize size_;
  const std::string title_;
  SDL_Window* window_ = nullptr;
  Mode mode_ = Mode::kDraw;
  std::uint32_t counter_ = 0;
  bool up_ = false;
};

// Reads what there is of stdin; false at its end.
bool read_commands(std::string& text) {
  char part[256];
  while (true) {
    const ssize_t num_read = read(STDIN_FILENO, part, sizeof part);
    if (num_read == 0) return false;
    if (num_read < 0) return true;
    text.append(part, static_cast<std::size_t>(num_read));
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  if (SDL_Init(SDL_INIT_VIDEO) != 0) {
    std::fprintf(stderr, "counter_program: no video: %s\n", SDL_GetError());
    return 1;
  }
  Program program({std::atoi(argv[1]), std::atoi(argv[2])}, argv[4]);
  const atl::Duration period = atl::period_of(std::atof(argv[3]));
  fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
  std::string text;
  atl::SystemClock clock;
  for (atl::Timestamp next = clock.now(); read_commands(text); clock.sleep_until(next)) {
    for (std::size_t end = 0; (end = text.find('\n')) != std::string::npos; text.erase(0, end + 1))
      program.obey(text.substr(0, end));
    program.tick();
    next = std::max(next + period, clock.now());
  }
  SDL_Quit();
}
