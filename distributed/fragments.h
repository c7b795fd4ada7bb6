// Fragments: the sets of parameters that are synchronised together, and when. DiLoCo has one, with all parameters and
// all islands; Streaming DiLoCo has several, each with its turn; DiPaCo has one for each module, with the islands whose
// paths use it. Values: any thread.
#pragma once

#include "core/config.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace atl::distributed {

/// A tensor of the model, in the order in which all of them lie in the flat vector of parameters.
struct TensorPlace {
  std::string name;
  std::size_t begin = 0;
  std::size_t size = 0;
};

/// A run of parameters in the flat vector.
struct Range {
  std::size_t begin = 0;
  std::size_t size = 0;
  friend bool operator==(const Range&, const Range&) = default;
};

struct Fragment {
  std::string name;
  std::vector<Range> ranges;         // rising, apart from each other; its values are theirs in this order
  std::vector<std::string> islands;  // that take part; empty: all
  friend bool operator==(const Fragment&, const Fragment&) = default;

  [[nodiscard]] std::size_t num_values() const;
  [[nodiscard]] bool has(const std::string& island) const;
};

/// Which islands take part in a fragment, and how large it is: what can be known of it without the model.
struct FragmentFacts {
  std::vector<std::string> islands;  // empty: all
  std::size_t num_values = 1;

  [[nodiscard]] bool has(const std::string& island) const;
};

/// Values of `fragment` out of all parameters and back.
void gather(const Fragment& fragment, std::span<const float> parameters, std::span<float> values);
void scatter(const Fragment& fragment, std::span<const float> values, std::span<float> parameters);

/// A module that some islands train: DiPaCo.
struct ModuleConfig {
  std::string prefix;                // tensors whose names begin so
  std::vector<std::string> islands;  // that train it
};

struct FragmentConfig {
  int count = 1;                      // of the tensors that are in no module
  std::string pattern = "strided";    // "strided": layer by layer in turn; "sequential": neighbours together; "packed":
                                      // tensors dealt so that sizes are as equal as can be
  std::vector<ModuleConfig> modules;  // further fragments
};

void describe(ConfigVisitor& v, ModuleConfig& config);
void describe(ConfigVisitor& v, FragmentConfig& config);

/// Every tensor in one fragment and each fragment with at least one. A layer is all tensors whose names are the same up
/// to the first number ("blocks.3."); what has no number comes to the first fragment, as in MaxText. Throws
/// Error(kConfig) where there are fewer layers (tensors) than fragments, or a module has none.
[[nodiscard]] std::vector<Fragment> make_fragments(const FragmentConfig& config, std::span<const TensorPlace> tensors);

/// When fragments are due, from the number of inner steps done: each once in `period` steps, evenly apart (MaxText's
/// schedule; Streaming DiLoCo's offsets).
class FragmentSchedule {
 public:
  /// `steps`: between two turns of a fragment (H). The period is the nearest number of steps that `fragments` divide,
  /// at least one for each.
  FragmentSchedule(std::int64_t steps, std::size_t fragments);

  [[nodiscard]] std::int64_t period() const { return apart_ * static_cast<std::int64_t>(fragments_); }
  /// The fragment that is sent after `step` inner steps, if any; never after none.
  [[nodiscard]] std::optional<std::size_t> due(std::int64_t step) const;
  /// The first step after `step` at which `fragment` is due.
  [[nodiscard]] std::int64_t next_due(std::size_t fragment, std::int64_t step) const;

 private:
  std::int64_t apart_;
  std::size_t fragments_;
};

}  // namespace atl::distributed
