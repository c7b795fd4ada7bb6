// A program as games are, drawing a counter picture (capture/counter_picture.h) into an SDL window of any driver:
// counter_program WIDTH HEIGHT RATE_HZ TITLE [X Y]. Lines on its stdin:
//   still     draws no more        draw      goes on       black    all black instead of counters
//   film      a landscape that pans and things that move, instead of counters: what video is measured with
//   hang      neither draws nor reads its window's events, for good
//   minimise  restore              reopen    closes its window and opens another one
// Its end: stdin's end. It prints "up" once its first picture is shown.
#include "capture/counter_picture.h"
#include "core/clock.h"

#include <SDL.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace {

using atl::FrameSize;

// Textured ground of twice the picture's size that pans in a circle, and rectangles that cross it: smooth parts, edges
// and fine grain, as games have. The same for the same number.
class Film {
 public:
  explicit Film(FrameSize size = {})
      : size_(size), ground_(static_cast<std::size_t>(size.width_px * size.height_px * 4)) {
    std::minstd_rand random(7);
    constexpr int kCell = 32;  // px between random heights
    const int columns = 2 * size.width_px / kCell + 2;
    std::vector<float> heights(static_cast<std::size_t>(columns * (2 * size.height_px / kCell + 2)));
    for (float& height : heights) height = static_cast<float>(random() % 160);
    for (int y = 0; y < 2 * size.height_px; ++y) {
      for (int x = 0; x < 2 * size.width_px; ++x) {
        const float* cell = heights.data() + (y / kCell) * columns + x / kCell;
        const float u = static_cast<float>(x % kCell) / kCell;
        const float v = static_cast<float>(y % kCell) / kCell;
        const float height =
            (cell[0] * (1 - u) + cell[1] * u) * (1 - v) + (cell[columns] * (1 - u) + cell[columns + 1] * u) * v;
        const auto grey = static_cast<std::uint32_t>(height) + 40 + random() % 12;
        ground_[static_cast<std::size_t>(y * 2 * size.width_px + x)] = grey / 2 | grey << 8 | (grey * 3 / 4) << 16;
      }
    }
  }

  [[nodiscard]] FrameSize size() const { return size_; }

  void draw(std::uint32_t number, std::span<std::uint8_t> pixels) const {
    const double turn = number / 240.0 * 6.2831853;
    const int left = static_cast<int>((1 + std::cos(turn)) * 0.49 * size_.width_px);
    const int top = static_cast<int>((1 + std::sin(turn)) * 0.49 * size_.height_px);
    const auto row_bytes = static_cast<std::size_t>(size_.width_px) * 4;
    for (int y = 0; y < size_.height_px; ++y) {
      const std::uint32_t* from = ground_.data() + static_cast<std::ptrdiff_t>(y + top) * 2 * size_.width_px + left;
      std::memcpy(pixels.data() + static_cast<std::size_t>(y) * row_bytes, from, row_bytes);
    }
    for (int i = 0; i < 12; ++i) {
      const int side = 16 + 6 * i;
      const int x = static_cast<int>((number * static_cast<unsigned>(i + 1) + 97U * static_cast<unsigned>(i)) %
                                     static_cast<unsigned>(size_.width_px - side));
      const int y = (i * 53) % (size_.height_px - side);
      for (int row = y; row < y + side; ++row)
        std::memset(pixels.data() + static_cast<std::size_t>(row) * row_bytes + 4 * x, 20 * i + 10,
                    static_cast<std::size_t>(side) * 4);
    }
  }

 private:
  FrameSize size_;
  std::vector<std::uint32_t> ground_;  // [2 * height, 2 * width]
};

class Program {
 public:
  Program(FrameSize size, std::string title, SDL_Point place) : size_(size), title_(std::move(title)), place_(place) {
    open();
  }

  void obey(const std::string& command) {
    if (command == "still") mode_ = Mode::kStill;
    if (command == "draw") mode_ = Mode::kDraw;
    if (command == "black") mode_ = Mode::kBlack;
    if (command == "film") mode_ = Mode::kFilm;
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
    while (SDL_PollEvent(&event) != 0) {
      exposed |= event.type == SDL_WINDOWEVENT;
      if (event.type == SDL_QUIT) std::exit(0);
    }
    if (mode_ == Mode::kStill && !exposed) return;
    SDL_Surface* surface = SDL_GetWindowSurface(window_);
    if (surface == nullptr) return;  // between two sizes
    const auto bytes = static_cast<std::size_t>(surface->pitch) * static_cast<std::size_t>(surface->h);
    const std::span pixels(static_cast<std::uint8_t*>(surface->pixels), bytes);
    if (mode_ == Mode::kDraw || mode_ == Mode::kFilm) ++counter_;
    if (mode_ == Mode::kBlack) {
      std::memset(pixels.data(), 0, bytes);
    } else if (mode_ == Mode::kFilm) {
      if (film_.size().width_px != surface->w) film_ = Film({surface->w, surface->h});
      film_.draw(counter_, pixels);
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
  enum class Mode { kDraw, kStill, kBlack, kFilm, kHang };

  void open() {
    window_ =
        SDL_CreateWindow(title_.c_str(), place_.x, place_.y, size_.width_px, size_.height_px, SDL_WINDOW_RESIZABLE);
    if (window_ == nullptr) {
      std::fprintf(stderr, "counter_program: no window: %s\n", SDL_GetError());
      std::exit(1);
    }
  }

  const FrameSize size_;
  const std::string title_;
  const SDL_Point place_;
  SDL_Window* window_ = nullptr;
  Mode mode_ = Mode::kDraw;
  Film film_;
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
  if (argc != 5 && argc != 7) return 2;
  if (SDL_Init(SDL_INIT_VIDEO) != 0) {
    std::fprintf(stderr, "counter_program: no video: %s\n", SDL_GetError());
    return 1;
  }
  Program program({std::atoi(argv[1]), std::atoi(argv[2])}, argv[4],
                  argc == 7 ? SDL_Point{std::atoi(argv[5]), std::atoi(argv[6])} : SDL_Point{60, 40});
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
