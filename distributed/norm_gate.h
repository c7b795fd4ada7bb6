// Tells a delta that is much larger than those before it: an island that blew up harms itself alone. One thread.
#pragma once

#include <cstddef>
#include <deque>
#include <vector>

namespace atl::distributed {

class NormGate {
 public:
  /// `max_ratio`: of a delta's norm to the median of the last ones of its fragment; 0: any is let through.
  NormGate(std::size_t num_fragments, double max_ratio) : known_(num_fragments), max_ratio_(max_ratio) {}

  /// Whether it is too large; if not, it counts among those that others are compared with.
  [[nodiscard]] bool refuses(std::size_t fragment, double norm);

 private:
  std::vector<std::deque<double>> known_;  // newest last
  double max_ratio_;
};

}  // namespace atl::distributed
