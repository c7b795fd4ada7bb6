#include "session/live_camera.h"

#include "core/priority.h"

#include <algorithm>

namespace atl::session {

LiveCamera::LiveCamera(envs::LiveEnvironment& world, const ActionClock& clock, double frame_rate_hz, LiveAsker* asker,
                       BoundedQueue<Look>& kept, LiveStatistics& statistics)
    : world_(world),
      clock_(clock),
      period_(frame_rate_hz > 0.0 ? period_of(frame_rate_hz) : Duration::zero()),
      asker_(asker),
      kept_(kept),
      statistics_(statistics) {}

void LiveCamera::run(std::shared_ptr<const Frame> first, const std::atomic<bool>& done) {
  prefer_this_thread();
  next_picture_ = first->done + period_;
  look_ = {0, std::move(first), 0, true};
  keep(look_);
  show(look_);
  for (;;) {
    const std::uint64_t next = look_.step + 1;
    const Timestamp begin = clock_.begin_of(next);
    look_.step = next;
    if (period_ > Duration::zero()) look_between(begin, done);
    system_clock_.sleep_until(begin);
    if (done) return;
    look_.step = std::max(next, clock_.step_at(MonotonicClock::now()));
    num_skipped_ += look_.step - next;
    statistics_.num_skipped_steps += look_.step - next;
    look_at_step();
  }
}

// The step that begins next is the first one whose player can have seen these.
void LiveCamera::look_between(Timestamp until, const std::atomic<bool>& done) {
  while (!done && next_picture_ < until) {
    system_clock_.sleep_until(next_picture_);
    if (!take(world_.observe(until))) return;
    keep(look_);
  }
}

void LiveCamera::look_at_step() {
  const Timestamp asked = MonotonicClock::now();
  const bool is_new = take(world_.observe(asked));
  statistics_.captures.push_back(
      {look_.step, to_ms(is_new ? look_.frame->done - look_.frame->requested : MonotonicClock::now() - asked)});
  if (is_new) keep(look_);
  look_.is_new = seen_new_;
  if (!seen_new_) {
    ++statistics_.num_heartbeats;
    keep(look_);
  }
  seen_new_ = false;
  show(look_);
}

bool LiveCamera::take(std::optional<Frame> frame) {
  if (!frame) return false;
  // Keeps the rate where pictures come early and late by turns.
  next_picture_ = std::max(next_picture_ + period_, frame->requested + period_ / 2);
  look_.frame = std::make_shared<const Frame>(std::move(*frame));
  ++look_.sequence;
  look_.is_new = true;
  seen_new_ = true;
  return true;
}

void LiveCamera::keep(const Look& look) {
  if (!kept_.try_push(look)) {
    // That nothing changed is no picture: nothing is lost with it.
    if (look.is_new) {
      ++num_unkept_;
      ++statistics_.num_unkept;
    }
  }
  statistics_.num_waiting.push_back(kept_.size());
}

void LiveCamera::show(const Look& look) {
  if (asker_ == nullptr) return;
  if (look.step % static_cast<std::uint64_t>(asker_->timing().actions_per_question) == 0) asker_->show(look);
}

}  // namespace atl::session
