#include "datasets/activity.h"

#include <algorithm>

namespace atl::datasets {

bool is_idle(const Action& action) {
  const bool taps = std::any_of(action.presses.begin(), action.presses.end(), [](std::uint8_t n) { return n > 0; });
  return action.held.none() && !taps && action.dx == 0 && action.dy == 0 && action.wheel == 0 && !action.pointer;
}

double idle_seconds(std::span<const RecordedAction> actions, double rate_hz) {
  const auto count =
      std::count_if(actions.begin(), actions.end(), [](const RecordedAction& step) { return is_idle(step.action); });
  return static_cast<double>(count) / rate_hz;
}

double instructed_seconds(const Episode& episode, Timestamp end) {
  Duration total{};
  Timestamp covered = episode.start.time;
  for (const Instruction& instruction : episode.instructions) {  // by their begin
    if (instruction.text.empty()) continue;
    const Timestamp from = std::max(covered, instruction.begin);
    const Timestamp to = std::min(end, instruction.end.value_or(end));
    if (to <= from) continue;
    total += to - from;
    covered = to;
  }
  return to_seconds(total);
}

}  // namespace atl::datasets
