// What a person types at the window.
#include "envs/desktop/playhouse_window/window_loop.h"
#include "envs/wishes.h"

#include <algorithm>
#include <utility>

namespace atl::envs::desktop {
namespace {

constexpr double kLeastTime_s = 1.0;

// The same words with the time that is left.
Task rest_of(const LiveEpisode& episode) {
  Task task = episode.ready().task;
  const playhouse::World& world = episode.world();
  const int left = world.quest().limit_ticks - world.state().num_ticks;
  task.time_limit_s = std::max(static_cast<double>(left) / playhouse::kTickRateHz, kLeastTime_s);
  return task;
}

}  // namespace

void WindowLoop::ask_for_line() {
  if (partner_ || options_.agent_view || page_due_ || !episode_ || !episode_->has_started()) return;
  if (is_reported_ && is_wish_told_) return;  // the next episode is under way
  const Timestamp now = MonotonicClock::now();
  if (options_.controlled) {
    goes_on_after_line_ = !is_reported_;
    if (goes_on_after_line_) break_off(std::string(kAskedElse));
    line_due_ = now + kOverlayDelay;
  } else if (!is_reported_) {
    episode_->pause(now);
  }
  line_.emplace();
}

void WindowLoop::poll_line() {
  if (!line_due_ || MonotonicClock::now() < *line_due_) return;
  line_due_.reset();
  is_stale_ = true;
}

void WindowLoop::type(const Keystroke& stroke) {
  is_stale_ = true;
  switch (line_->take(stroke)) {
    case InstructionLine::Reply::kNothing: break;
    case InstructionLine::Reply::kDone: take_words(); break;
    case InstructionLine::Reply::kCancelled: leave_line(); break;
  }
}

void WindowLoop::take_words() {
  LiveEpisode::Asked asked = episode_->ask_here({.instruction = line_->text()});
  if (!asked.episode) return line_->refuse(std::move(asked.problem));
  go_on_here(std::move(asked.episode));
}

// Whoever changes their mind goes on where they were, with the time that was left.
void WindowLoop::leave_line() {
  line_.reset();
  if (!options_.controlled) {
    if (!is_reported_ && !awaits_hand_) episode_->resume(MonotonicClock::now());
    return;
  }
  if (!std::exchange(goes_on_after_line_, false)) return;
  LiveEpisode::Asked rest = episode_->ask_here(rest_of(*episode_));
  if (!rest.episode) return tell_wish(true);  // half done: it cannot be asked for from here
  go_on_here(std::move(rest.episode));
}

void WindowLoop::go_on_here(std::unique_ptr<LiveEpisode> episode) {
  line_.reset();
  goes_on_after_line_ = false;
  if (options_.controlled) {
    is_wish_told_ = true;
    return send(WishEvent{.task = episode->ready().task});
  }
  task_here_ = std::move(episode);
  wish_ = Wish::kTaskHere;
}

}  // namespace atl::envs::desktop
