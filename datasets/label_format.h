// Lines of a labels file: see datasets/labels.h, whose part this is.
#pragma once

#include "datasets/labels.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace atl::datasets {

/// The first line: what the others belong to.
struct LabelHeader {
  int version = kLabelsVersion;
  std::string annotator;
  std::uint64_t recorded = 0;  // how many instructions the recording has
};

/// Every other line. `undo` or `redo`: the edit whose changes are taken back or done again.
struct LabelEdit {
  std::uint64_t number = 0;  // 1, 2, ...
  std::int64_t wall_ns = 0;  // since the Unix epoch
  std::string what{};
  std::vector<LabelChange> changes{};
  std::optional<std::uint64_t> undo{};
  std::optional<std::uint64_t> redo{};
};

// With the line's end. Throw Error(kUsage) for text that is no UTF-8.
[[nodiscard]] std::string to_line(const LabelHeader& header);
[[nodiscard]] std::string to_line(const LabelEdit& edit);

// Throw Error(kFormat) with what does not fit; a newer header Error(kVersion).
[[nodiscard]] LabelHeader parse_label_header(std::string_view line);
[[nodiscard]] LabelEdit parse_label_edit(std::string_view line);

}  // namespace atl::datasets
