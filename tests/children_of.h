// What a process has started, for tests of what is left behind.
#pragma once

#include <fmt/format.h>
#include <sys/types.h>

#include <cstdio>
#include <vector>

namespace atl::tests {

/// The processes whose parent is `pid`, as far as its first thread started them; empty if it is gone.
[[nodiscard]] inline std::vector<pid_t> children_of(pid_t pid) {
  std::vector<pid_t> children;
  FILE* file = std::fopen(fmt::format("/proc/{0}/task/{0}/children", pid).c_str(), "r");
  if (file == nullptr) return children;
  for (int child = 0; std::fscanf(file, "%d", &child) == 1;) children.push_back(child);
  std::fclose(file);
  return children;
}

}  // namespace atl::tests
