#include "input/rate_limit.h"

#include <algorithm>

namespace atl::input {

bool RateLimit::try_take(int count, Timestamp now) {
  tokens_ = std::min(capacity_, tokens_ + rate_ * to_seconds(std::max(now - last_, Duration::zero())));
  last_ = std::max(last_, now);
  if (tokens_ < count) return false;
  tokens_ -= count;
  return true;
}

}  // namespace atl::input
