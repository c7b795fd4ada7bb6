#include "envs/desktop/watched_window.h"

#include "capture/reopening.h"

#include <fmt/core.h>

#include <chrono>
#include <utility>

namespace atl::envs::desktop {
namespace {

constexpr const char* kWhere = "window";
// From a window's end, from which a source counts, to here.
constexpr Duration kNoticed = std::chrono::milliseconds(100);

std::unique_ptr<capture::FrameSource> create_source(const WatchedWindowConfig& config) {
  if (config.reopen_time == Duration::zero()) return capture::create_x11_window_source(config.window);
  return capture::create_reopening_source(
      {.query = config.query, .window = config.window, .gone_after = config.reopen_time, .only_new = config.only_new});
}

}  // namespace

WatchedWindow::WatchedWindow(const WatchedWindowConfig& config)
    : reopen_time_(config.reopen_time), source_(create_source(config)), closed_(MonotonicClock::now()) {
  if (source_) place_.window = source_->info().window_id;
  place_.is_gone = !source_;
}

capture::FrameStatus WatchedWindow::wait_frame(Timestamp deadline, Frame& frame) {
  if (!source_) return capture::FrameStatus::kGone;
  const capture::FrameStatus status = source_->wait_frame(deadline, frame);
  const Timestamp now = MonotonicClock::now();
  const capture::SourceInfo info = source_->info();
  const PictureHealth picture = watch_.see(status, frame, info, now);
  const bool is_gone = status == capture::FrameStatus::kGone;
  const std::lock_guard lock(mutex_);
  picture_ = picture;
  follow({is_gone ? 0 : info.window_id, info.num_reopened, is_gone}, now);
  return status;
}

// What was missed of the window: told when it goes, so that a kill leaves nothing untold, and when it is back.
void WatchedWindow::follow(const Place& now_at, Timestamp now) {
  const Place before = std::exchange(place_, now_at);
  if (before.window != 0 && now_at.number == before.number && now_at.window == 0) {
    closed_ = now;
    losses_.push_back({now, kWhere, "the window was closed: neither pictures nor input until another takes its place"});
  } else if (now_at.number != before.number && before.window != 0) {
    losses_.push_back({now, kWhere, "another window took the window's place at once"});
  } else if (now_at.number != before.number) {
    const std::string words = fmt::format("another window took its place after {:.1f} s", to_seconds(now - closed_));
    losses_.push_back({now, kWhere, words, 0});
  }
  if (now_at.is_gone && !before.is_gone) waited_ = now - closed_;
}

capture::SourceInfo WatchedWindow::info() const { return source_ ? source_->info() : capture::SourceInfo{}; }

WatchedWindow::Place WatchedWindow::place() const {
  const std::lock_guard lock(mutex_);
  return place_;
}

PictureHealth WatchedWindow::picture() const {
  const std::lock_guard lock(mutex_);
  return picture_;
}

std::vector<LiveLoss> WatchedWindow::take_losses() {
  const std::lock_guard lock(mutex_);
  return std::exchange(losses_, {});
}

std::string WatchedWindow::words_of_end(const std::string& whose) const {
  const std::lock_guard lock(mutex_);
  const std::string closed = fmt::format("the window of {} was closed", whose);
  const bool has_waited = reopen_time_ > Duration::zero() && waited_ + kNoticed >= reopen_time_;
  return has_waited ? fmt::format("{}, and no other took its place within {:g} s", closed, to_seconds(reopen_time_))
                    : closed;
}

}  // namespace atl::envs::desktop
