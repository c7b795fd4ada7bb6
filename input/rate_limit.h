// A token bucket: so many things a second on average, a second's worth at once (one thing at least).
#pragma once

#include "core/clock.h"

#include <algorithm>

namespace atl::input {

class RateLimit {
 public:
  /// `rate_per_s` > 0. Starts full.
  RateLimit(double rate_per_s, Timestamp now)
      : rate_(rate_per_s), capacity_(std::max(rate_per_s, 1.0)), tokens_(capacity_), last_(now) {}

  /// Whether `count` things may happen now; if not, none is counted.
  [[nodiscard]] bool try_take(int count, Timestamp now);

 private:
  double rate_;
  double capacity_;
  double tokens_;  // 0 .. capacity_
  Timestamp last_;
};

}  // namespace atl::input
