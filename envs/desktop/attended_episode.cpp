#include "envs/desktop/attended_episode.h"

#include <fmt/core.h>

namespace atl::envs::desktop {

void AttendedEpisode::begin(double time_limit_s) {
  time_limit_s_ = time_limit_s;
  deadline_.reset();
  if (time_limit_s > 0.0) deadline_ = MonotonicClock::now() + from_seconds(time_limit_s);
}

Outcome AttendedEpisode::outcome(const std::optional<std::string>& words_of_end) const {
  Outcome outcome;
  if (words_of_end) {
    outcome.truncated = true;
    outcome.verdict = Verdict::kAborted;
    outcome.reason = *words_of_end;
  } else if (deadline_ && MonotonicClock::now() >= *deadline_) {
    outcome.truncated = true;
    outcome.verdict = Verdict::kTimeout;
    outcome.reason = fmt::format("the time of {} s is up", time_limit_s_);
  }
  return outcome;
}

}  // namespace atl::envs::desktop
