#include "envs/desktop/game/game_judge.h"

#include "core/clock.h"

#include <fmt/format.h>

namespace atl::envs::desktop {

void GameJudge::begin(const GameTask& task, const RunFolders& folders) {
  judge_ = task.judge;
  success_ = parse_conditions(judge_.success);
  wrong_ = parse_conditions(judge_.wrong);
  failure_ = parse_conditions(judge_.failure);
  num_missing_ = task.count;
  holds_since_.reset();
  baseline_.clear();
  last_.clear();
  outcome_ = {};
  std::unique_ptr<Sensor>& sensor = sensors_[judge_.name];
  if (!sensor) sensor = create_sensor(judge_, profile_);
  sensor_ = sensor.get();
  if (sensor_ != nullptr) sensor_->begin(folders, task.target);
}

void GameJudge::see(const Frame& frame) {
  if (sensor_ == nullptr || outcome_.is_over()) return;
  sensor_->see(frame);
  poll();
}

void GameJudge::poll() {
  if (sensor_ == nullptr || outcome_.is_over()) return;
  for (const Reading& reading : sensor_->poll()) {
    take(reading);
    if (outcome_.is_over()) return;
  }
  // A game whose picture stands still makes no readings, and what held goes on to hold.
  if (holds_since_ && to_seconds(MonotonicClock::now() - *holds_since_) >= judge_.hold_s)
    decide(Verdict::kSuccess, last_);
}

void GameJudge::take(const Reading& reading) {
  for (const auto& [name, value] : reading) {
    if (const auto number = to_number(value)) baseline_.try_emplace(name, *number);
  }
  last_ = reading;
  if (all_hold(success_, reading, baseline_)) {
    if (--num_missing_ > 0) return;
    if (judge_.hold_s <= 0) return decide(Verdict::kSuccess, reading);
    if (!holds_since_) holds_since_ = MonotonicClock::now();
    return;
  }
  if (judge_.hold_s > 0) holds_since_.reset();
  if (all_hold(wrong_, reading, baseline_)) return decide(Verdict::kWrongObject, reading);
  if (all_hold(failure_, reading, baseline_)) decide(Verdict::kFailed, reading);
}

void GameJudge::decide(Verdict verdict, const Reading& reading) {
  const auto value_of = [&](std::string_view name) -> std::optional<std::string> {
    const auto found = reading.find(name);
    return found == reading.end() ? std::nullopt : std::optional(to_text(found->second));
  };
  outcome_.terminated = true;
  outcome_.verdict = verdict;
  outcome_.reward = verdict == Verdict::kSuccess ? 1.0 : 0.0;
  const bool has_words = verdict == Verdict::kSuccess && !judge_.says.empty();
  outcome_.reason =
      has_words ? fill_names(judge_.says, value_of) : fmt::format("{} read: {}", judge_.name, to_text(reading));
  if (!judge_.object.empty()) outcome_.object = value_of(judge_.object).value_or("");
}

}  // namespace atl::envs::desktop
