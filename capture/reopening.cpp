#include "capture/reopening.h"

#include "capture/process_state.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <vector>

namespace atl::capture {
namespace {

constexpr Duration kLookPeriod = std::chrono::milliseconds(100);    // for a new window
constexpr Duration kHiddenEnough = std::chrono::milliseconds(250);  // before another window is looked for

class ReopeningSource final : public FrameSource {
 public:
  explicit ReopeningSource(const ReopeningConfig& config)
      : config_(config), window_(config.window), lost_at_(MonotonicClock::now()) {
    past_.name = fmt::format("the window of {}", to_string(config.query));
    past_.cursor = config.window.cursor;
    if (window_.window != 0) source_ = create_x11_window_source(window_);
    was_open_ = source_ != nullptr;
    if (was_open_) pid_ = source_->info().pid;
    if (config_.only_new && window_.window != 0) note_others(false);
    if (!source_) look();
  }

  FrameStatus wait_frame(Timestamp deadline, Frame& frame) override;
  SourceInfo info() const override;

 private:
  void lose();
  bool look();
  void note_others(bool spare_own_process);
  [[nodiscard]] std::optional<WindowMatch> next_window();
  bool is_over(Timestamp now) const;

  const ReopeningConfig config_;
  X11WindowConfig window_;  // the present one
  std::unique_ptr<FrameSource> source_;
  SourceInfo past_;  // of the windows before
  bool was_open_ = false;
  int pid_ = 0;                        // of the present or last window
  std::vector<std::uint32_t> others_;  // windows that are not the program's
  bool gone_ = false;
  Timestamp lost_at_;  // since when there is no window
  std::optional<Timestamp> hidden_since_;
  Timestamp next_look_{};
};

FrameStatus ReopeningSource::wait_frame(Timestamp deadline, Frame& frame) {
  while (!gone_) {
    if (source_) {
      // A hidden window is left early, so that one that took its place is found.
      const Timestamp now = MonotonicClock::now();
      const Timestamp until = hidden_since_ ? std::min(deadline, now + kLookPeriod) : deadline;
      const FrameStatus status = source_->wait_frame(until, frame);
      if (status == FrameStatus::kFrame) frame.sequence += past_.num_frames;
      if (status != FrameStatus::kHidden) hidden_since_.reset();
      if (status != FrameStatus::kHidden && status != FrameStatus::kGone) return status;
      if (status == FrameStatus::kGone) lose();
      if (status == FrameStatus::kHidden && !hidden_since_) hidden_since_ = now;
    }
    const Timestamp now = MonotonicClock::now();
    const bool is_hidden_long = hidden_since_ && now - *hidden_since_ >= kHiddenEnough;
    const bool wanted = !source_ || (is_hidden_long && !config_.only_new);
    if (wanted && now >= next_look_ && look()) continue;
    if (!source_ && is_over(now)) gone_ = true;
    if (gone_ || now >= deadline) break;
    if (!source_) SystemClock().sleep_until(std::min(deadline, next_look_));
  }
  return gone_ ? FrameStatus::kGone : FrameStatus::kHidden;
}

// Keeps what the window that is gone has done.
void ReopeningSource::lose() {
  past_ = info();
  past_.window_id = 0;
  past_.program = ProgramState::kUnknown;
  source_.reset();
  hidden_since_.reset();
  lost_at_ = MonotonicClock::now();
  if (config_.only_new) note_others(true);
}

// What is open now and matches does not take the window's place.
void ReopeningSource::note_others(bool spare_own_process) {
  WindowQuery query = config_.query;
  query.hidden_too = true;
  for (const WindowMatch& match : find_windows(config_.window.display, query)) {
    const bool is_own = source_ ? match.id == window_.window : spare_own_process && pid_ != 0 && match.pid == pid_;
    if (!is_own) others_.push_back(match.id);
  }
}

std::optional<WindowMatch> ReopeningSource::next_window() {
  WindowQuery query = config_.query;
  query.hidden_too = config_.only_new;
  std::vector<WindowMatch> found = find_windows(config_.window.display, query);
  // The display gives the id of a window that was closed to a new one.
  std::erase_if(others_, [&](std::uint32_t id) {
    return std::none_of(found.begin(), found.end(), [&](const WindowMatch& match) { return match.id == id; });
  });
  std::erase_if(found, [&](const WindowMatch& match) {
    return !match.is_visible || std::find(others_.begin(), others_.end(), match.id) != others_.end();
  });
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

// True if there is another window than the present one, which is taken then.
bool ReopeningSource::look() {
  next_look_ = MonotonicClock::now() + kLookPeriod;
  const auto match = next_window();
  if (!match || (source_ && match->id == window_.window)) return false;
  X11WindowConfig window = window_;
  window.window = match->id;
  auto source = create_x11_window_source(window);
  if (!source) return false;  // closed just now
  if (source_) lose();
  if (was_open_ || past_.num_frames > 0) ++past_.num_reopened;
  was_open_ = true;
  window_ = window;
  source_ = std::move(source);
  pid_ = source_->info().pid;
  return true;
}

bool ReopeningSource::is_over(Timestamp now) const {
  const bool ended = config_.query.pid != 0 && has_ended(process_state(config_.query.pid));
  return ended || now - lost_at_ >= config_.gone_after;
}

SourceInfo ReopeningSource::info() const {
  if (!source_) return past_;
  SourceInfo info = source_->info();
  if (info.num_frames == 0) info.window = past_.window;
  info.last_drawn = std::max(info.last_drawn, past_.last_drawn);
  info.num_frames += past_.num_frames;
  info.num_heartbeats += past_.num_heartbeats;
  info.num_discarded += past_.num_discarded;
  info.num_resizes += past_.num_resizes;
  info.num_reopened = past_.num_reopened;
  return info;
}

}  // namespace

std::unique_ptr<FrameSource> create_reopening_source(const ReopeningConfig& config) {
  return std::make_unique<ReopeningSource>(config);
}

}  // namespace atl::capture
