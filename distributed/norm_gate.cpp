#include "distributed/norm_gate.h"

#include <algorithm>

namespace atl::distributed {

bool NormGate::refuses(std::size_t fragment, double norm) {
  constexpr std::size_t kFewest = 8;  // before so many, nothing is known
  constexpr std::size_t kMost = 64;
  std::deque<double>& known = known_.at(fragment);
  if (max_ratio_ > 0 && known.size() >= kFewest) {
    std::vector<double> sorted(known.begin(), known.end());
    std::ranges::sort(sorted);
    const double median = sorted[sorted.size() / 2];
    if (median > 0 && norm > max_ratio_ * median) return true;
  }
  known.push_back(norm);
  if (known.size() > kMost) known.pop_front();
  return false;
}

}  // namespace atl::distributed
