// Counts on Wayland: capture_wayland PICTURES ROUNDS takes so many pictures through the portal of a desktop of its own,
// of a window that counts 30 times a second, and prints one line of JSON. Then so many times each it lets the picture
// stand still and stops the desktop's PipeWire, asks ten times a second, and prints a line each: what was done, and ms
// until it was told (-1: not within 5 s).
#include "capture/counter_picture.h"
#include "capture/freeze_watch.h"
#include "capture/pipewire_source.h"
#include "tests/capture/counter_window.h"
#include "tests/capture/wayland_desktop.h"

#include <fmt/core.h>
#include <signal.h>
#include <sys/resource.h>

#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>

namespace {

using namespace atl;
using namespace atl::capture;
using std::chrono::milliseconds;
using std::chrono::seconds;

class Desk {
 public:
  void count(int num_pictures) {
    std::optional<std::uint32_t> first;
    std::uint32_t newest = 0;
    int num_torn = 0;
    int num_old = 0;
    const Timestamp begin = MonotonicClock::now();
    const Timestamp deadline = begin + seconds(10) + num_pictures * milliseconds(100);
    int count = 0;
    while (count < num_pictures && MonotonicClock::now() < deadline) {
      if (source_->wait_frame(MonotonicClock::now() + milliseconds(250), frame_) != FrameStatus::kFrame) continue;
      const auto counter = read_counter(frame_.view());
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

  void freeze() {
    if (!comes(PictureState::kLive)) return;
    measure(
        "picture still", [&] { window_.tell("still"); }, PictureState::kStill);
    window_.tell("draw");
    if (!comes(PictureState::kLive)) return;
    measure(
        "PipeWire stopped", [&] { desktop_.send_signal("pipewire", SIGSTOP); }, PictureState::kFrozen);
    desktop_.send_signal("pipewire", SIGCONT);
  }

 private:
  PictureState step() {
    const FrameStatus status = source_->wait_frame(MonotonicClock::now() + milliseconds(100), frame_);
    return watch_.see(status, frame_, source_->info(), MonotonicClock::now()).state;
  }

  bool comes(PictureState state) {
    for (const Timestamp deadline = MonotonicClock::now() + seconds(5); MonotonicClock::now() < deadline;)
      if (step() == state) return true;
    return false;
  }

  void measure(const char* kind, const std::function<void()>& act, PictureState state) {
    const Timestamp begin = MonotonicClock::now();
    act();
    const bool was_told = comes(state);
    fmt::print("{{\"kind\": \"{}\", \"ms\": {:.1f}}}\n", kind, was_told ? to_ms(MonotonicClock::now() - begin) : -1.0);
  }

  tests::WaylandDesktop desktop_;
  tests::CounterWindow window_{{.size = {640, 480}, .rate_hz = 30.0, .environment = desktop_.environment()}};
  std::unique_ptr<FrameSource> source_ = create_portal_source({.bus = desktop_.bus()});
  FreezeWatch watch_;
  Frame frame_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  tests::become_user();
  Desk desk;
  desk.count(std::atoi(argv[1]));
  for (int i = 0; i < std::atoi(argv[2]); ++i) desk.freeze();
}
