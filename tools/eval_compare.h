// `atoll eval --compare`: what several evaluations left, as one table.
#pragma once

#include <string>
#include <vector>

namespace atl::tools {

/// Whether arguments of `atoll eval` ask for a comparison.
[[nodiscard]] bool is_comparison(const std::vector<std::string>& arguments);

/// Prints the table (or JSON) and, with --out, writes comparison.html and comparison.json. Returns the exit code.
int run_comparison(const std::vector<std::string>& arguments);

}  // namespace atl::tools
