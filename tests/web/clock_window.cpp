// A game that shows the time: the milliseconds of CLOCK_MONOTONIC (32 bits), as a picture of black and white cells that
// any viewer can read, drawn anew 60 times a second until it is ended.
#include "capture/counter_picture.h"
#include "core/clock.h"
#include "tests/display/test_window.h"

#include <vector>

int main() {
  constexpr atl::FrameSize kSize{640, 480};
  atl::tests::TestWindow window("", {0, 0, kSize.width_px, kSize.height_px}, "AtollClock", "clock");
  std::vector<std::uint8_t> pixels(std::size_t{640} * 480 * atl::kBytesPerPixel);
  atl::SystemClock clock;
  for (atl::Timestamp next = clock.now();; next += atl::period_of(60.0)) {
    clock.sleep_until(next);
    const auto ms = static_cast<std::uint32_t>(atl::to_ns(clock.now()) / 1'000'000);
    atl::capture::draw_counter(ms, kSize, pixels);
    window.put({pixels.data(), kSize.width_px, kSize.height_px, std::ptrdiff_t{640} * atl::kBytesPerPixel});
  }
}
