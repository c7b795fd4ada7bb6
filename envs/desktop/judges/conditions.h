// Conditions on readings, as profiles write them: "NAME OPERATOR VALUE".
//
//   node = default:dirt       equal, as numbers where both are, else as texts; != is its opposite
//   score >= 3                < <= > >=: both sides must be numbers, else it does not hold
//   item ~ item_(armor|health).*   the whole text matches the regular expression; !~ is its opposite
//   change z > 2              the value now minus that of the first reading of the episode that has one
//   distance z > 2            the same without its sign
//
// A condition on a value that a reading does not have does not hold, whatever its operator.
#pragma once

#include "envs/desktop/judges/reading.h"

#include <functional>
#include <map>
#include <regex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace atl::envs::desktop {

/// The first values of an episode, for "change" and "distance".
using Baseline = std::map<std::string, double, std::less<>>;

class Condition {
 public:
  /// Throws Error(kConfig) with what is wrong in `text`.
  explicit Condition(const std::string& text);

  [[nodiscard]] bool holds(const Reading& reading, const Baseline& baseline) const;

 private:
  enum class Base : std::uint8_t { kValue, kChange, kDistance };

  Base base_ = Base::kValue;
  std::string name_;
  std::string operator_;
  std::string value_;
  std::optional<std::regex> pattern_;
};

/// All of `texts`. Throws like Condition.
[[nodiscard]] std::vector<Condition> parse_conditions(std::span<const std::string> texts);

/// Whether there are any, and all of them hold.
[[nodiscard]] bool all_hold(std::span<const Condition> conditions, const Reading& reading, const Baseline& baseline);

/// `text` with every {name} replaced by `value_of(name)`, where that gives anything.
[[nodiscard]] std::string fill_names(std::string_view text,
                                     const std::function<std::optional<std::string>(std::string_view)>& value_of);

/// `text` such that it means itself in a regular expression.
[[nodiscard]] std::string escape_regex(std::string_view text);

}  // namespace atl::envs::desktop
