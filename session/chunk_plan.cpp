#include "session/chunk_plan.h"

#include "core/error.h"

#include <algorithm>

namespace atl::session {

void ChunkPlan::replace_from(std::uint64_t first_step, std::span<const Action> actions, const AnswerNote& note) {
  if (first_step < next_step_) {
    actions = actions.subspan(std::min<std::size_t>(actions.size(), next_step_ - first_step));
    first_step = next_step_;
  }
  planned_.resize(first_step - next_step_);  // drops what is newer, fills a gap with nothing planned
  for (const Action& action : actions) planned_.push_back({action, note});
}

ControlSet ChunkPlan::held_before(std::uint64_t step) const {
  ATOLL_CHECK(step >= next_step_, "held before step {}, but step {} is next", step, next_step_);
  if (step == next_step_) return held_;
  const std::uint64_t index = step - next_step_ - 1;
  return index < planned_.size() ? planned_[index].action.held : ControlSet{};
}

PlannedAction ChunkPlan::take() {
  PlannedAction planned;
  if (!planned_.empty()) {
    planned = planned_.front();
    planned_.pop_front();
  }
  planned.action = normalise(planned.action, held_);
  held_ = planned.action.held;
  ++next_step_;
  return planned;
}

}  // namespace atl::session
