#include "trainer/step_budget.h"

#include <algorithm>

namespace atl::trainer {

void StepBudget::begin_step(std::int64_t step) {
  if (!timed_from_ || step == config_.optimizer.warmup_steps / 2) timed_from_ = {step, MonotonicClock::now()};
}

std::int64_t StepBudget::decide(std::int64_t step, Duration evaluation) const {
  const Timestamp now = MonotonicClock::now();
  const auto timed = static_cast<double>(std::max<std::int64_t>(1, step - timed_from_->first));
  const double step_s =
      to_seconds(now - evaluation - timed_from_->second) / timed + to_seconds(evaluation) / config_.evaluate_every;
  const double left_s = config_.minutes * 60.0 - to_seconds(now - begin_);
  return step + std::max<std::int64_t>(1, static_cast<std::int64_t>(left_s / std::max(step_s, 1e-9)));
}

}  // namespace atl::trainer
