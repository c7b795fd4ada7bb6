// A game that closes its window and opens another, again and again, and draws moving stripes in each.
//
// usage: atoll_reopening_window SHOWN_MS CLOSED_MS [once]
// With `once` it closes its window once and runs on without one.
#include "tests/display/test_window.h"

#include <chrono>
#include <cstdlib>
#include <thread>
#include <vector>

namespace {

using std::chrono::milliseconds;

constexpr atl::WindowGeometry kPlace{0, 0, 320, 240};

void show(milliseconds time) {
  atl::tests::TestWindow window("", kPlace);
  std::vector<std::uint8_t> stripes(std::size_t{kPlace.width_px} * kPlace.height_px * atl::kBytesPerPixel);
  const auto end = std::chrono::steady_clock::now() + time;
  for (std::size_t shift = 0; std::chrono::steady_clock::now() < end; shift += 4) {
    for (std::size_t i = 0; i < stripes.size(); ++i) stripes[i] = (i + shift) / 64 % 2 == 0 ? 255 : 0;
    window.put(
        {stripes.data(), kPlace.width_px, kPlace.height_px, std::ptrdiff_t{kPlace.width_px} * atl::kBytesPerPixel});
    std::this_thread::sleep_for(milliseconds(20));
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const milliseconds shown(std::atoi(argv[1]));
  const milliseconds closed(std::atoi(argv[2]));
  for (;;) {
    show(shown);
    std::this_thread::sleep_for(argc > 3 ? milliseconds(60'000) : closed);  // the test ends it
  }
}
