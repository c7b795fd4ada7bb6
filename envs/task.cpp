#include "envs/task.h"

#include <algorithm>
#include <array>

namespace atl::envs {
namespace {
constexpr std::array<std::string_view, 7> kVerdictNames{"running", "success",    "wrong_object", "failed",
                                                        "timeout", "impossible", "aborted"};
}

void describe(ConfigVisitor& v, Task& task) {
  v.field("family", &task.family);
  v.field("split", &task.split);
  v.field("target", &task.target);
  v.field("instruction", &task.instruction);
  v.field("time_limit_s", &task.time_limit_s, {.min = 0, .max = 1e6});
}

std::string_view to_string(Verdict verdict) { return kVerdictNames.at(static_cast<std::size_t>(verdict)); }

std::optional<Verdict> find_verdict(std::string_view name) {
  const auto it = std::find(kVerdictNames.begin(), kVerdictNames.end(), name);
  if (it == kVerdictNames.end()) return std::nullopt;
  return static_cast<Verdict>(it - kVerdictNames.begin());
}

}  // namespace atl::envs
