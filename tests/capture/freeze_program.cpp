// How long until something that stops is told: capture_freezes ROUNDS does each of these to a real program on a screen
// of its own, ROUNDS times, beside a source that is asked ten times a second, and prints one line of JSON each: kind,
// ms until it was told (-1: not within 5 s). At last, how often something was told that was not so while all was well.
#include "capture/freeze_watch.h"
#include "capture/reopening.h"
#include "capture/window_search.h"
#include "tests/capture/counter_window.h"
#include "tests/display/xvfb.h"

#include <fmt/core.h>
#include <signal.h>

#include <cstdlib>
#include <functional>
#include <memory>

namespace {

using namespace atl;
using namespace atl::capture;
using std::chrono::milliseconds;
using std::chrono::seconds;

class Rounds {
 public:
  Rounds() { start(); }

  void run(int rounds) {
    for (int i = 0; i < rounds; ++i) {
      measure(
          "program stopped", [&] { program_->send_signal(SIGSTOP); }, PictureState::kFrozen);
      program_->send_signal(SIGCONT);
      be_live();
      measure(
          "display stopped", [&] { kill(xvfb_.pid(), SIGSTOP); }, PictureState::kFrozen);
      kill(xvfb_.pid(), SIGCONT);
      be_live();
      measure(
          "picture still", [&] { program_->tell("still"); }, PictureState::kStill);
      program_->tell("draw");
      be_live();
      measure(
          "picture black", [&] { program_->tell("black"); }, PictureState::kBlank);
      program_->tell("draw");
      be_live();
      reopen();
      measure(
          "program hangs", [&] { program_->tell("hang"); }, PictureState::kFrozen);
      measure(
          "program ended", [&] { program_->end(); }, PictureState::kHidden);
      start();
    }
    fmt::print("{{\"kind\": \"false alarms\", \"count\": {}, \"seconds\": {:.1f}}}\n", num_false_, live_s_);
  }

 private:
  void start() {
    program_ = std::make_unique<tests::CounterWindow>(tests::CounterWindowConfig{
        .title = "counted",
        .environment = {"DISPLAY=" + xvfb_.display(), "SDL_VIDEODRIVER=x11", "SDL_AUDIODRIVER=dummy"}});
    if (!source_)
      source_ = create_reopening_source({.query = {.title = "counted"}, .window = {.display = xvfb_.display()}});
    be_live();
  }

  PictureState step() {
    const FrameStatus status = source_->wait_frame(MonotonicClock::now() + milliseconds(100), frame_);
    return watch_.see(status, frame_, source_->info(), MonotonicClock::now()).state;
  }

  // Until pictures run, and for a while on, in which nothing may be told.
  void be_live() {
    while (step() != PictureState::kLive) {
    }
    const Timestamp begin = MonotonicClock::now();
    bool was_live = true;
    while (MonotonicClock::now() - begin < milliseconds(500)) {
      const bool live = step() == PictureState::kLive;
      num_false_ += was_live && !live;
      was_live = live;
    }
    live_s_ += to_seconds(MonotonicClock::now() - begin);
  }

  void measure(const char* kind, const std::function<void()>& act, PictureState wanted) {
    act();
    const Timestamp begin = MonotonicClock::now();
    bool told = false;
    while (!told && MonotonicClock::now() - begin < seconds(5)) told = step() == wanted;
    print(kind, told ? to_ms(MonotonicClock::now() - begin) : -1.0);
  }

  void reopen() {
    const std::uint64_t before = source_->info().num_reopened;
    const std::uint64_t pictures = source_->info().num_frames;
    program_->tell("reopen");
    const Timestamp begin = MonotonicClock::now();
    const auto goes_on = [&] {
      const SourceInfo info = source_->info();
      return info.num_reopened > before && info.num_frames > pictures && step() == PictureState::kLive;
    };
    bool told = false;
    while (!told && MonotonicClock::now() - begin < seconds(5)) {
      step();
      told = goes_on();
    }
    print("window reopened", told ? to_ms(MonotonicClock::now() - begin) : -1.0);
    be_live();
  }

  static void print(const char* kind, double ms) {
    fmt::print("{{\"kind\": \"{}\", \"ms\": {:.1f}}}\n", kind, ms);
    std::fflush(stdout);
  }

  tests::Xvfb xvfb_;
  std::unique_ptr<tests::CounterWindow> program_;
  std::unique_ptr<FrameSource> source_;
  FreezeWatch watch_;
  Frame frame_;
  int num_false_ = 0;
  double live_s_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  Rounds().run(std::atoi(argv[1]));
}
