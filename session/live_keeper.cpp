#include "session/live_keeper.h"

#include <algorithm>

namespace atl::session {

LiveKeeper::LiveKeeper(EpisodeSink* sink, const ActionClock& clock, Origin origin, std::optional<PlayerTiming> timing)
    : sink_(sink), clock_(clock), origin_(origin), timing_(timing) {}

void LiveKeeper::finish_step(const std::optional<Answer>& answer, LiveStatistics& statistics) {
  const Timestamp begin = clock_.begin_of(next_step_);
  const Timestamp end = clock_.begin_of(next_step_ + 1);
  std::stable_sort(events_.begin(), events_.end(),
                   [](const InputEvent& a, const InputEvent& b) { return a.time < b.time; });
  std::vector<InputEvent> now;
  for (; !events_.empty() && events_.front().time < end; events_.pop_front()) now.push_back(events_.front());
  measure(now, statistics);

  datasets::RecordedAction step{.step = next_step_, .time = begin, .action = summarise(now, held_), .origin = origin_};
  // A person's hand on the controls makes the step a person's, whoever else pressed something in it.
  const auto by_person = [](const InputEvent& event) { return event.origin == Origin::kHuman; };
  if (std::any_of(now.begin(), now.end(), by_person)) step.origin = Origin::kHuman;
  if (answer) {
    step.observed_frame = answer->note.observed_frame;
    step.latency_ns = answer->note.latency.count();
  }
  step.missed = is_missed(answer);
  held_ = step.action.held;
  ++next_step_;

  if (sink_ == nullptr) {
    while (!looks_.empty() && looks_.front().step < next_step_) looks_.pop_front();
    return;
  }
  sink_->add_action(step);
  auto event = now.begin();
  // Pictures of the step, and those between it and the next one.
  const auto is_now = [&](const Look& look) { return look.step < next_step_ || time_of(look) < end; };
  for (; !looks_.empty() && is_now(looks_.front()); looks_.pop_front()) {
    const Timestamp seen = looks_.front().frame->done;
    for (; event != now.end() && event->time < seen; ++event) sink_->add_event(*event);
    keep_look(looks_.front());
  }
  for (; event != now.end(); ++event) sink_->add_event(*event);
}

void LiveKeeper::finish() {
  for (; !looks_.empty(); looks_.pop_front()) {
    if (sink_ != nullptr) keep_look(looks_.front());
  }
  for (; !events_.empty(); events_.pop_front()) {
    if (sink_ != nullptr) sink_->add_event(events_.front());
  }
}

bool LiveKeeper::anything_held() const {
  const std::vector<InputEvent> pending(events_.begin(), events_.end());
  return summarise(pending, held_).held.any();
}

// A picture may come after its step, on a busy machine; that nothing has changed since is told after it.
Timestamp LiveKeeper::time_of(const Look& look) const {
  return look.is_new ? look.frame->done : std::max(clock_.begin_of(look.step), look.frame->done);
}

void LiveKeeper::keep_look(const Look& look) {
  datasets::FrameEntry entry{.kind = look.is_new ? datasets::FrameKind::kVideo : datasets::FrameKind::kHeartbeat,
                             .sequence = look.sequence,
                             .step = look.step,
                             .requested = look.is_new ? look.frame->requested : time_of(look),
                             .done = time_of(look),
                             .window = look.frame->window};
  sink_->add_frame(entry, look.is_new ? look.frame->view() : ImageView{});
}

void LiveKeeper::measure(std::span<const InputEvent> events, LiveStatistics& statistics) const {
  const Timestamp begin = clock_.begin_of(next_step_);
  std::optional<Timestamp> first;
  Timestamp last;
  for (const InputEvent& event : events) {
    if (event.origin == Origin::kHuman) continue;
    if (!first) first = event.time;
    last = event.time;
  }
  if (!first) return;
  statistics.jitter_ms.push_back(to_ms(*first - begin));
  statistics.inject_ms.push_back(to_ms(last - *first));
}

bool LiveKeeper::is_missed(const std::optional<Answer>& answer) const {
  if (!timing_) return false;
  const auto delay = static_cast<std::uint64_t>(timing_->delay_steps);
  const auto every = static_cast<std::uint64_t>(timing_->actions_per_question);
  if (next_step_ < delay) return false;
  const std::uint64_t due_question = (next_step_ - delay) / every * every;
  return !answer || answer->note.question < due_question;
}

}  // namespace atl::session
