// How an episode ends in a live world that is only looked at while a person plays: nobody judges it.
#pragma once

#include "core/clock.h"
#include "envs/environment.h"

#include <optional>
#include <string>

namespace atl::envs::desktop {

/// One thread.
class AttendedEpisode {
 public:
  /// `time_limit_s` 0: none.
  void begin(double time_limit_s);
  /// Truncated once the time is up, or when there are `words_of_end`: what is looked at is gone.
  [[nodiscard]] Outcome outcome(const std::optional<std::string>& words_of_end) const;

 private:
  double time_limit_s_ = 0.0;
  std::optional<Timestamp> deadline_;
};

}  // namespace atl::envs::desktop
