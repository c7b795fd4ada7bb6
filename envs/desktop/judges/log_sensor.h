// Judge kind "log": lines that the game prints or writes, read by a regular expression with named groups.
#pragma once

#include "envs/desktop/judges/sensor.h"

#include <regex>
#include <string>
#include <utility>
#include <vector>

namespace atl::envs::desktop {

/// A regular expression (ECMAScript) whose groups may have names: "Item: \d+ (?<item>\w+)".
class NamedPattern {
 public:
  /// Throws Error(kConfig) with what is wrong.
  explicit NamedPattern(const std::string& text);

  /// The groups of the first place in `line` that matches, by name; nothing if there is none.
  [[nodiscard]] std::optional<Reading> match(const std::string& line) const;

 private:
  std::vector<std::pair<std::size_t, std::string>> names_;  // group number, name
  std::regex pattern_;
};

/// Readings: one a line that matches; the values of the groups, and the whole line as "line".
[[nodiscard]] std::unique_ptr<Sensor> create_log_sensor(const JudgeProfile& judge);

}  // namespace atl::envs::desktop
