#include "input/chunk_timeline.h"

#include <algorithm>

namespace atl::input {

void ChunkTimeline::add(const TimedChunk& chunk, Timestamp now) {
  std::erase_if(planned_, [&](const PlannedStep& p) { return p.step >= chunk.first_step || p.begin >= chunk.start; });
  for (std::size_t i = 0; i < chunk.actions.size(); ++i) {
    planned_.push_back(
        {chunk.first_step + i, chunk.start + static_cast<std::int64_t>(i) * period_, now, chunk.actions[i]});
  }
}

// Session and guard round the clock's period each in their own way; so a small gap is none.
bool ChunkTimeline::follows(const PlannedStep& step, Timestamp end) const { return step.begin <= end + period_ / 4; }

ChunkTimeline::Due ChunkTimeline::take_due(Timestamp now) {
  Due due;
  while (!planned_.empty() && planned_.front().begin <= now) {
    const PlannedStep step = planned_.front();
    planned_.pop_front();
    const bool is_over = step.begin + period_ <= now;
    const bool is_done = last_done_ && step.step <= *last_done_;
    if (is_over || is_done) {
      due.missed.push_back(step);
      continue;
    }
    if (due.step) due.missed.push_back(*due.step);  // overlapping steps: the newest counts
    due.step = step;
  }
  if (due.step) {
    active_until_ = due.step->begin + period_;
    last_done_ = due.step->step;
  } else if (active_until_ && *active_until_ <= now &&
             (planned_.empty() || !follows(planned_.front(), *active_until_))) {
    active_until_.reset();
    due.ended = true;
  }
  return due;
}

Timestamp ChunkTimeline::next() const {
  const Timestamp begin = planned_.empty() ? Timestamp::max() : planned_.front().begin;
  if (!active_until_) return begin;
  if (!planned_.empty() && follows(planned_.front(), *active_until_)) return begin;
  return std::min(begin, *active_until_);
}

std::optional<Timestamp> ChunkTimeline::end() const {
  std::optional<Timestamp> end = active_until_;
  for (const PlannedStep& step : planned_) {
    if (end && follows(step, *end)) end = std::max(*end, step.begin + period_);
  }
  return end;
}

void ChunkTimeline::clear() {
  planned_.clear();
  active_until_.reset();
  last_done_.reset();
}

}  // namespace atl::input
