// How figures of the live loop are summed up, alike in `atoll play` and in `atoll bench live`.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace atl::tools {

/// The measured value below which the share `part` (0 .. 1) of `values` lies, never one between two; 0 for no values.
[[nodiscard]] inline double percentile(std::vector<double> values, double part) {
  if (values.empty()) return 0.0;
  const auto index = static_cast<std::size_t>(part * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(index), values.end());
  return values[index];
}

}  // namespace atl::tools
