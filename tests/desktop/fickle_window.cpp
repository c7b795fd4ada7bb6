// A game that changes its mind: opens windows and closes each within some milliseconds, then keeps the last one and
// draws stripes there. What finds one of the first is too late to watch it.
#include "tests/display/test_window.h"

#include <chrono>
#include <thread>
#include <vector>

int main() {
  using namespace std::chrono_literals;
  constexpr int kFickleWindows = 150;
  constexpr atl::WindowGeometry kPlace{0, 0, 320, 240};
  for (int i = 0; i < kFickleWindows; ++i) {
    const atl::tests::TestWindow window("", kPlace);
    std::this_thread::sleep_for(200us * (i % 10));
  }
  atl::tests::TestWindow window("", kPlace);
  std::vector<std::uint8_t> stripes(std::size_t{320} * 240 * atl::kBytesPerPixel);
  for (std::size_t i = 0; i < stripes.size(); ++i) stripes[i] = i / 64 % 2 == 0 ? 255 : 0;
  window.put({stripes.data(), 320, 240, std::ptrdiff_t{320} * atl::kBytesPerPixel});
  std::this_thread::sleep_for(60s);  // the test ends it
}
