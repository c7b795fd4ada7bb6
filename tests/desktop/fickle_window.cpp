// A game that changes its mind: opens windows and closes each within some milliseconds, then keeps the last one and
// shows it white. What finds one of the first is too late to watch it.
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
  const std::vector<std::uint8_t> white(std::size_t{320} * 240 * atl::kBytesPerPixel, 255);
  window.put({white.data(), 320, 240, std::ptrdiff_t{320} * atl::kBytesPerPixel});
  std::this_thread::sleep_for(60s);  // the test ends it
}
