// One HTML file with the curves of a training run: the parts of the loss, pointing, pictures per second. Used by `atoll
// show`.
#pragma once

#include <string>
#include <string_view>

namespace atl::tools {

/// `metrics`: the text of a run's metrics.jsonl. The page needs no other file and no network. A last line that a kill
/// has torn is left out. Throws Error(kFormat) naming the line for any other line that is no JSON object with a step,
/// and for a run without a single line.
[[nodiscard]] std::string run_page(std::string_view title, std::string_view metrics);

}  // namespace atl::tools
