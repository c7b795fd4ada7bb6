// Counts on Wayland: capture_wayland PICTURES takes so many through the portal of a desktop of its own, of a window
// that counts 30 times a second, and prints one line of JSON.
#include "capture/counter_picture.h"
#include "capture/pipewire_source.h"
#include "tests/capture/counter_window.h"
#include "tests/capture/wayland_desktop.h"

#include <fmt/core.h>
#include <sys/resource.h>

#include <cstdlib>
#include <optional>

int main(int argc, char** argv) {
  using namespace atl;
  if (argc != 2) return 2;
  tests::become_user();
  const tests::WaylandDesktop desktop;
  tests::CounterWindow window({.size = {640, 480}, .rate_hz = 30.0, .environment = desktop.environment()});
  const auto source = capture::create_portal_source({.bus = desktop.bus()});
  Frame frame;
  std::optional<std::uint32_t> first;
  std::uint32_t newest = 0;
  int num_torn = 0;
  int num_old = 0;
  const int num_pictures = std::atoi(argv[1]);
  const Timestamp begin = MonotonicClock::now();
  const Timestamp deadline = begin + std::chrono::seconds(10) + num_pictures * std::chrono::milliseconds(100);
  int count = 0;
  while (count < num_pictures && MonotonicClock::now() < deadline) {
    if (source->wait_frame(MonotonicClock::now() + std::chrono::milliseconds(250), frame) !=
        capture::FrameStatus::kFrame)
      continue;
    const auto counter = capture::read_counter(frame.view());
    if (!first && !counter) continue;  // before the window was on the screen
    ++count;
    if (!counter) {
      ++num_torn;
      continue;
    }
    num_old += first && *counter < newest;
    if (!first) first = *counter;
    newest = *counter;
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const double cpu_s = static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                       static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
  fmt::print(R"({{"pictures": {}, "torn": {}, "old": {}, "counted": {}, "seconds": {:.1f}, "cpu_s": {:.2f}}})"
             "\n",
             count, num_torn, num_old, newest - first.value_or(0) + 1, to_seconds(MonotonicClock::now() - begin),
             cpu_s);
}
