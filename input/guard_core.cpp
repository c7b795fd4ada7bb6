#include "input/guard_core.h"

#include "input/action_filter.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace atl::input {
namespace {

constexpr Duration kMaxLead = std::chrono::seconds(10);  // a chunk further ahead is a mistake of clocks

std::string describe(const InputEvent& event) {
  switch (event.kind) {
    case InputKind::kControl: return std::string(info_of(event.control).name);
    case InputKind::kRelativeMotion:
    case InputKind::kAbsoluteMotion: return "mouse motion";
    case InputKind::kWheel: return "mouse wheel";
    case InputKind::kPadButton:
    case InputKind::kPadAxis: return "gamepad";
  }
  return "input";
}

// Whether a gamepad's event holds something: sticks never rest quite, and drift is no wish.
bool holds_pad(const InputEvent& event) {
  constexpr int kPartOfRange = 4;
  if (event.kind == InputKind::kPadButton) return event.pressed;
  return std::abs(event.dx) > info_of(event.pad_axis).high / kPartOfRange;
}

}  // namespace

GuardCore::GuardCore(const GuardSettings& settings, Clock& clock, InputSink& sink, GuardObserver& observer)
    : settings_(settings),
      period_(period_of(settings.action_rate_hz)),
      clock_(clock),
      sink_(sink),
      observer_(observer),
      timeline_(period_),
      event_limit_(settings.max_events_per_s, clock.now()),
      chunk_limit_(settings.max_chunks_per_s, clock.now()),
      focused_(!settings.require_focus),
      state_(focused_ ? GuardState::kArmed : GuardState::kUnfocused) {
  observer_.on_state({clock_.now(), state_, "started"});
}

void GuardCore::schedule(const TimedChunk& chunk) {
  const Timestamp now = clock_.now();
  const bool fits = !chunk.actions.empty() && chunk.actions.size() <= kMaxChunkSteps && chunk.start <= now + kMaxLead;
  if (!chunk_limit_.try_take(1, now) || !fits || state_ != GuardState::kArmed) {
    ++counts_.chunks_refused;
    return;
  }
  timeline_.add(chunk, now);
  wake();
}

void GuardCore::rearm() {
  killed_ = false;
  human_ = false;
  update_state("rearmed");
}

void GuardCore::stop() { release(); }

void GuardCore::set_focused(bool focused) {
  focused_ = focused || !settings_.require_focus;
  update_state(focused_ ? "focus gained" : "focus lost");
}

void GuardCore::set_window_gone() {
  window_gone_ = true;
  update_state("window closed");
}

void GuardCore::set_window_open() {
  release();
  window_gone_ = false;
  focused_ = !settings_.require_focus;
  update_state("another window");
}

void GuardCore::on_human(const InputEvent& event, bool is_focused) {
  const bool is_control = event.kind == InputKind::kControl;
  if (is_control && event.pressed && event.control == settings_.kill_key) {
    killed_ = true;
    update_state(fmt::format("kill key {}", describe(event)));
  }
  if (!is_focused) return;
  ++counts_.human_events;
  if (is_of_pad(event)) {
    const bool was_held = human_pads_held_.note(event, holds_pad(event));
    if (!was_held && !holds_pad(event)) return;
  }
  last_human_ = clock_.now();
  if (is_control) human_held_.set(static_cast<std::size_t>(index_of(event.control)), event.pressed);
  // Letting go is no wish to take over: the key that started the agent comes up after it started.
  const bool lets_go = (is_control && !event.pressed) || (is_of_pad(event) && !holds_pad(event));
  if (!settings_.human_takeover || lets_go) return;
  human_ = true;
  update_state(describe(event));
}

bool GuardCore::waits_for_idle() const {
  return human_ && settings_.human_idle > Duration::zero() && human_held_.none() && human_pads_held_.events().empty();
}

bool GuardCore::human_idle_over() const {
  return waits_for_idle() && clock_.now() >= last_human_ + settings_.human_idle;
}

void GuardCore::wake() {
  if (human_idle_over()) {
    human_ = false;
    update_state(fmt::format("no human input for {:.1f} s", to_seconds(settings_.human_idle)));
  }
  send_stages(clock_.now());
  const ChunkTimeline::Due due = timeline_.take_due(clock_.now());
  for (const PlannedStep& missed : due.missed) {
    ++counts_.steps_missed;
    report(missed, StepResult::kMissed);
  }
  if (due.step) carry_out(*due.step);
  if (due.ended) {
    ++counts_.chunk_ends;
    release();
  }
}

Timestamp GuardCore::next_wake() const {
  Timestamp next = timeline_.next();
  if (!stages_.empty()) next = std::min(next, stages_.front().time);
  if (waits_for_idle()) {
    next = std::min(next, last_human_ + settings_.human_idle);
  }
  return next;
}

void GuardCore::carry_out(const PlannedStep& step) {
  const FilteredAction filtered = filter_action(step.action, settings_);
  if (filtered.forbidden.any()) ++counts_.forbidden;
  if (filtered.motion_cut) ++counts_.motion_cut;
  const Action action = normalise(filtered.action, held_);
  const std::vector<InputEvent> events = expand(action, held_, clock_.now(), settings_.origin);
  const int num_events = static_cast<int>(events.size()) + std::abs(action.wheel);
  if (!event_limit_.try_take(num_events, clock_.now())) {
    ++counts_.steps_refused;
    report(step, StepResult::kRefused);
    release();
    return;
  }
  send_stages(Timestamp::max());  // of the step before, if this one came early
  plan_stages(events, std::max(step.begin, clock_.now()));
  send_stages(clock_.now());
  held_ = action.held;
  const bool is_late = step.arrival > step.begin;
  ++counts_.steps_done;
  if (is_late) ++counts_.steps_late;
  counts_.events_sent += events.size();
  observer_.on_step({step.step, step.begin, clock_.now(), is_late ? StepResult::kLate : StepResult::kDone, action,
                     filtered.forbidden});
}

void GuardCore::report(const PlannedStep& step, StepResult result) {
  observer_.on_step({step.step, step.begin, clock_.now(), result, step.action, {}});
}

// A tap whose press and release come at the same moment is lost on a game that looks at its keys once a tic. So the
// first changes of all controls are sent at once, the second ones later in the step, and so on.
void GuardCore::plan_stages(const std::vector<InputEvent>& events, Timestamp begin) {
  std::array<std::size_t, kNumControls> changes{};
  std::vector<std::vector<InputEvent>> stages(1);
  for (const InputEvent& event : events) {
    std::size_t stage = 0;
    if (event.kind == InputKind::kControl) stage = changes[static_cast<std::size_t>(index_of(event.control))]++;
    if (stage >= stages.size()) stages.resize(stage + 1);
    stages[stage].push_back(event);
  }
  for (std::size_t i = 0; i < stages.size(); ++i) {
    const auto part = static_cast<std::int64_t>(i) * period_ / static_cast<std::int64_t>(stages.size());
    stages_.push_back({begin + part, std::move(stages[i])});
  }
}

void GuardCore::send_stages(Timestamp until) {
  while (!stages_.empty() && stages_.front().time <= until) {
    Stage stage = std::move(stages_.front());
    stages_.pop_front();
    for (InputEvent& event : stage.events) event.time = clock_.now();
    sink_.send(stage.events);
  }
}

void GuardCore::release() {
  timeline_.clear();
  stages_.clear();
  sink_.release_all();
  held_.reset();
}

void GuardCore::update_state(std::string reason) {
  GuardState state = GuardState::kArmed;
  if (!focused_) state = GuardState::kUnfocused;
  if (human_) state = GuardState::kHuman;
  if (killed_) state = GuardState::kKilled;
  if (window_gone_) state = GuardState::kWindowGone;
  if (state != state_) set_state(state, std::move(reason));
}

void GuardCore::set_state(GuardState state, std::string reason) {
  if (state != GuardState::kArmed) release();
  state_ = state;
  observer_.on_state({clock_.now(), state, std::move(reason)});
}

}  // namespace atl::input
